// Reads what the server says into the conversation: new messages, echoes of our own, who answers, what is asked.
import { Question } from './question.js';

export class Thread {
  #question = null;
  #held = [];
  #unnamed = [];
  #offered = null;
  #expects = null;
  #shown = null;
  #unread = 0;

  /** `isConnected()`: nothing pushed can have been missed; `onStale()`: ask the server how things stand;
   *  `onAnswer(choice, label, byKeyboard)`. */
  constructor({ strings, memory, log, panel, outbox, isConnected, onStale, onAnswer }) {
    Object.assign(this, { strings, memory, log, panel, outbox, isConnected, onStale, onAnswer });
    this.forget();
  }

  forget() {
    this.log.clear();
    this.#question = null;
    this.#held = [];
    this.#unnamed = [];
    this.#offered = null;
    this.#expects = null;
    this.#shown = null;
    this.turn = 0;
    this.last = null; // the message up to which nothing was missed
    this.owner = 'assistant';
    this.panel.setOwner(this.owner);
    this.panel.setExpects(null);
    this.read();
  }

  /** The shopper sees it all. */
  read() {
    this.#unread = 0;
    this.panel.unread(0);
    if (this.#shown !== null) this.memory.seen = this.#shown;
  }

  /** The shopper is answering, one way or another. */
  interrupt() {
    if (this.#question) this.#question.enable(false);
  }

  askAgain() {
    // What still waits to be sent may well be the answer.
    if (this.#question) this.#question.enable(this.outbox.entries.length === 0);
  }

  /** What arrives while one of our own messages is under way may be its echo: it waits for the answer. */
  receive(payload, how = {}) {
    if (this.outbox.busy) this.#held.push({ payload, how });
    else this.#apply(payload, how);
  }

  answered(entry, answer) {
    const mine = (answer.messages || []).find((message) => message.from === 'shopper');
    this.log.settle(entry, mine ? mine.id : null);
    this.log.accept(entry);
    if (!mine) this.#unnamed.push(entry);
    this.turn += 1;
    this.#apply(answer);
    this.#release(true);
  }

  refused(entry, text) {
    entry.state = 'refused';
    this.log.refuse(entry);
    this.log.note(text, 'error');
    this.askAgain();
    this.#release(false);
  }

  /** Whether what was held knew of our message nobody can tell: its messages count, what it expects is asked anew. */
  #release(echo) {
    const held = this.#held.splice(0);
    for (const { payload, how } of held) this.#apply(payload, { ...how, echo, stale: true });
    if (held.length) this.onStale();
  }

  #apply(payload, { echo = false, synced = false, stale = false } = {}) {
    const follow = this.log.isAtEnd;
    let asked = null;
    let answered = false;
    let first = null;
    for (const message of payload.messages || []) {
      if (message.from === 'shopper' && !this.log.has(message.id)) this.#recognise(message, echo);
      const node = this.log.add(message);
      if (synced || this.isConnected()) this.last = message.id;
      if (node) {
        this.#shown = message.id;
        first ??= node;
        answered = message.from === 'shopper';
        if ((message.choices || []).length) asked = { node, choices: message.choices };
        if (!answered && !this.panel.isOpen) this.#unread += 1;
      }
      if (message.id === this.memory.seen) this.#unread = 0;
    }
    if (this.panel.isOpen) this.read();
    else this.panel.unread(this.#unread);
    if (stale) this.#offered = asked;
    else this.#settle(payload, asked || this.#offered, answered, first !== null);
    if (first && follow) this.log.toEnd(first);
    if (first) this.panel.showBelow();
  }

  /** Who answers from now on, and what is asked. */
  #settle(payload, asked, answered, isNew) {
    this.#offered = null;
    if ('owner' in payload) this.owner = payload.owner === 'person' ? 'person' : 'assistant';
    this.panel.setOwner(this.owner);
    if ('expects' in payload) {
      this.#expects = payload.expects;
      this.panel.setExpects(payload.expects);
    }
    // In a history, choices answered in between are over, unless the thread came back to them.
    const isOver = answered && !['choice', 'choices'].includes(this.#expects?.kind);
    this.#ask(isOver ? null : asked, isNew);
  }

  /** One of our own messages, told by another way than the answer to it. */
  #recognise(message, echo) {
    const waiting = this.outbox.entries.filter((entry) => entry.tries > 0);
    const isSame = (entry) => (entry.photo ? !message.text : entry.text === message.text);
    const entry = [...this.#unnamed, ...waiting].find(isSame) || (echo ? this.#unnamed[0] : null);
    if (!entry) return;
    this.#unnamed = this.#unnamed.filter((other) => other !== entry);
    this.log.settle(entry, message.id);
  }

  #ask(asked, isNew) {
    const expects = this.#expects;
    if (!asked && this.#question && this.#question.isAskedBy(expects)) {
      this.askAgain();
      return;
    }
    if (!asked && !isNew) return;
    this.interrupt();
    this.#question = null;
    let offer = asked;
    if (!offer && expects && expects.kind === 'confirm' && this.log.lastBot) {
      const { yes, no } = this.strings;
      offer = { node: this.log.lastBot, choices: [{ label: yes, value: 'yes' }, { label: no, value: 'no' }] };
    }
    if (!offer) return;
    const { strings, onAnswer } = this;
    this.#question = new Question({ choices: offer.choices, expects, strings, onAnswer });
    offer.node.append(this.#question.node);
    this.askAgain();
  }
}
