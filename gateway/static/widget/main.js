// Ties the parts together and looks after the session: opened with the panel, remembered, renewed.
import { Client } from './client.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { Log } from './log.js';
import { Memory } from './memory.js';
import { Outbox } from './outbox.js';
import { Panel } from './panel.js';
import { languageOf, stringsFor } from './strings.js';
import { Thread } from './thread.js';

class Assistant {
  #starting = null;

  constructor({ server, language, accent, position, title }) {
    const lang = languageOf(language, document.documentElement.lang, navigator.language);
    const strings = stringsFor(lang);
    const name = title && typeof title === 'object' ? title[lang] : title;
    this.strings = strings;
    this.memory = new Memory(server);
    this.client = new Client(server, lang);
    this.log = new Log({
      strings, server, language: lang,
      onRetry: (entry) => this.outbox.retry(entry),
      onDiscard: (entry) => {
        this.log.drop(entry);
        this.outbox.discard(entry);
        this.thread.askAgain();
      },
      onScroll: () => this.panel.hideBelow(),
    });
    this.composer = new Composer({
      strings,
      onSend: ({ text, photo }) => {
        if (photo) this.#say({ photo, text: strings.photo });
        if (text) this.#say({ text });
      },
      onProblem: (text) => this.log.note(text, 'error'),
      onTyping: () => this.connection.send({ typing: true }),
    });
    this.panel = new Panel({
      strings, server, language: lang, accent, title: name || strings.title,
      position: position === 'left' ? 'left' : 'right',
      log: this.log, composer: this.composer, onToggle: (open) => this.#toggled(open),
    });
    this.outbox = new Outbox({
      memory: this.memory,
      deliver: (entry) => this.client.send(this.memory.token, entry),
      onChange: (entry) => this.#changed(entry),
      onDone: (entry, answer) => {
        this.panel.setTyping(false);
        this.thread.answered(entry, answer);
      },
      onRefused: (entry, problem) => {
        this.panel.setTyping(false);
        this.thread.refused(entry, problem.detail || strings.generic);
      },
      onOffline: () => this.connection.suspect(),
      onExpired: (problem) => this.#renew(problem),
    });
    this.connection = new Connection({
      url: () => this.client.socketUrl(this.memory.token),
      sync: () => this.#sync().catch((error) => {
        this.#renew(error);
        throw error;
      }),
      onPush: (payload) => {
        if (payload.typing) {
          this.panel.personTypes();
          return;
        }
        if ((payload.messages || []).some((message) => message.from === 'agent')) this.panel.setTyping(false);
        this.thread.receive(payload);
      },
      onState: (lost) => this.#reachable(!lost),
    });
    this.thread = new Thread({
      strings, memory: this.memory, log: this.log, panel: this.panel, outbox: this.outbox,
      isConnected: () => this.connection.isOpen,
      onStale: () => this.#sync().catch((error) => this.#renew(error)),
      onAnswer: (choice, label, byKeyboard) => {
        this.#say({ choice, text: label });
        this.panel.refocus(byKeyboard);
      },
    });
    window.addEventListener('online', () => {
      if (this.panel.isOpen) this.#resume();
    });
  }

  async begin(open) {
    await this.panel.ready;
    for (const entry of this.outbox.restore()) this.log.addEntry(entry);
    if (open || this.memory.open) this.panel.toggle(true);
    else if (this.memory.token) this.#resume();
  }

  /** `text` is put into the input for the shopper to send or change. */
  open({ text = '' } = {}) {
    if (this.panel.isOpen) this.composer.focus();
    else this.panel.toggle(true, true);
    if (text) this.composer.suggest(String(text));
  }

  close() {
    this.panel.toggle(false, true);
  }

  /** Forgets the conversation on this device; for a shop to call when its customer logs out. */
  reset() {
    this.connection.stop();
    this.outbox.clear();
    this.thread.forget();
    this.memory.token = null;
    this.memory.seen = null;
    if (this.panel.isOpen) this.#resume();
  }

  #toggled(open) {
    this.memory.open = open;
    if (!open) return;
    this.thread.read();
    this.#resume();
  }

  /** One start at a time: of the conversation remembered, or of a new one once the panel is open. */
  #resume() {
    this.#starting ??= this.#start().finally(() => { this.#starting = null; });
    return this.#starting;
  }

  async #start() {
    // The history first: what a reload interrupted may have been heard, and belongs after it.
    if (this.memory.token && this.thread.last === null) await this.#sync().catch((error) => this.#expire(error));
    if (!this.memory.token && !(this.panel.isOpen && await this.#openSession())) return;
    this.connection.start();
    this.outbox.flush();
  }

  async #openSession() {
    this.panel.setTyping(true);
    try {
      const { token, ...payload } = await this.client.openSession();
      this.memory.token = token;
      this.thread.receive(payload);
    } catch (error) {
      const text = (error.status && error.detail) || this.strings.cannotStart;
      const seconds = error.retryAfter ? ` (${error.retryAfter} s)` : '';
      this.panel.banner('trouble', text + seconds, { text: this.strings.tryAgain, run: () => this.#resume() });
      return false;
    } finally {
      this.panel.setTyping(false);
    }
    this.panel.banner(null);
    return true;
  }

  /** A token that is expired or unknown (401) ends the conversation, unless another tab has a good one by now. */
  #expire(error) {
    if (error.status !== 401) return false;
    this.connection.stop();
    if (this.memory.token === error.token) this.memory.token = null;
    this.outbox.keepOnlyWords();
    this.thread.forget();
    if (this.panel.isOpen) this.log.note(this.strings.expired, 'expired');
    for (const entry of this.outbox.entries) this.log.addEntry(entry);
    return true;
  }

  #renew(error) {
    if (this.#expire(error)) this.#resume();
  }

  async #sync() {
    const { turn, last } = this.thread;
    const payload = await this.client.history(this.memory.token, last);
    const how = { synced: true, stale: turn !== this.thread.turn };
    if (last === null) this.log.quietly(() => this.thread.receive(payload, how));
    else this.thread.receive(payload, how);
  }

  #reachable(yes) {
    this.panel.banner(yes ? 'found' : 'lost', yes ? this.strings.found : this.strings.lost);
    if (yes) this.outbox.flush();
    else this.panel.setTyping(false);
  }

  #say(said) {
    this.thread.interrupt();
    this.log.addEntry(this.outbox.add(said));
    if (!this.memory.token) this.#resume();
    else if (!this.connection.lost) this.outbox.flush();
  }

  #changed(entry) {
    this.log.showState(entry);
    this.panel.setTyping(entry.state === 'sending' && this.thread.owner === 'assistant');
  }
}

/** Options as documented in docs/widget.md. Gives `{open, close, reset}` once the widget is on the page. */
export async function start(options) {
  if (document.readyState === 'loading') {
    await new Promise((done) => { document.addEventListener('DOMContentLoaded', done, { once: true }); });
  }
  const assistant = new Assistant(options);
  await assistant.begin(options.open === true || options.open === 'true');
  return assistant;
}
