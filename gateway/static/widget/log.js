// The conversation, in the order people said things. What the shopper has written and the server has not yet
// heard stays at the bottom; messages of the server are known by their id and never shown twice.
import { bubble } from './bubble.js';
import { el } from './dom.js';

const PAUSE_MS = 30 * 60_000;
const NEAR_PX = 80;

export class Log {
  #byId = new Map();
  #byKey = new Map();
  #lastAt = null;

  constructor({ strings, server, language, onRetry, onDiscard, onScroll }) {
    Object.assign(this, { strings, server, language, onRetry, onDiscard });
    this.node = el('div', {
      class: 'log', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': strings.log,
      tabindex: '0', 'data-log': true, onscroll: onScroll,
    });
  }

  has(id) {
    return this.#byId.has(String(id));
  }

  get lastBot() {
    return [...this.node.querySelectorAll('[data-from="bot"], [data-from="agent"]')].at(-1) || null;
  }

  /** Gives the element, or null when this message is there already. */
  add(message) {
    if (this.has(message.id)) return null;
    const node = bubble(message, this.strings, this.server);
    this.#byId.set(String(message.id), node);
    this.#pauseBefore(message.at);
    this.#insert(node);
    return node;
  }

  addEntry(entry) {
    const text = entry.photo ? '' : entry.text;
    const preview = entry.photo ? URL.createObjectURL(entry.photo) : null;
    const node = bubble({ from: 'shopper', text }, this.strings, this.server, preview);
    node.dataset.key = entry.key;
    node.append(el('div', { class: 'state' }));
    this.#byKey.set(entry, node);
    this.node.append(node);
    this.showState(entry);
    this.toEnd();
  }

  showState(entry) {
    const node = this.#byKey.get(entry);
    if (!node) return;
    node.dataset.state = entry.state;
    const { strings } = this;
    const line = node.querySelector('.state');
    if (entry.state === 'failed') {
      line.replaceChildren(el('span', {}, `${strings.failed} `),
        el('button', { type: 'button', 'data-retry': true, onclick: () => this.onRetry(entry) }, strings.retry),
        el('button', { type: 'button', 'data-discard': true, onclick: () => this.onDiscard(entry) }, strings.discard));
    } else if (entry.state === 'waiting') {
      line.textContent = strings.waiting(entry.seconds);
    } else {
      line.textContent = { queued: strings.queued, sending: strings.sending, refused: strings.refused }[entry.state] || '';
    }
  }

  /** The server's name for what the shopper wrote, when known: its echo must not show it again. */
  settle(entry, id = null) {
    const node = this.#byKey.get(entry) || entry.node;
    if (!node) return;
    if (id !== null && this.has(id) && this.#byId.get(String(id)) !== node) {
      node.remove(); // heard before a reload: the history shows it already
    } else if (id !== null) {
      this.#byId.set(String(id), node);
      node.dataset.id = id;
    }
  }

  accept(entry) {
    const node = this.#byKey.get(entry);
    if (!node) return;
    delete node.dataset.state;
    node.querySelector('.state').remove();
    this.#byKey.delete(entry);
    entry.node = node;
  }

  /** It stays to be read and copied, but is over. */
  refuse(entry) {
    this.showState(entry);
    this.#byKey.delete(entry);
  }

  drop(entry) {
    const node = this.#byKey.get(entry);
    if (node) node.remove();
    this.#byKey.delete(entry);
  }

  note(text, kind = 'note') {
    const node = el('div', { class: 'note', 'data-note': kind }, text);
    this.#insert(node);
    this.toEnd();
  }

  clear() {
    this.#byId.clear();
    this.#byKey.clear();
    this.#lastAt = null;
    this.node.replaceChildren();
  }

  /** History is not read aloud again. */
  quietly(work) {
    this.node.setAttribute('aria-live', 'off');
    work();
    requestAnimationFrame(() => this.node.setAttribute('aria-live', 'polite'));
  }

  get isAtEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_PX;
  }

  /** To the end, but never past the beginning of `first`: a long answer is read from its top. */
  toEnd(first = null) {
    const end = this.node.scrollHeight - this.node.clientHeight;
    const top = first ? first.offsetTop - 12 : end;
    this.node.scrollTop = Math.min(end, top);
  }

  #insert(node) {
    const unheard = [...this.#byKey].find(([entry]) => entry.state !== 'sending');
    this.node.insertBefore(node, unheard ? unheard[1] : null);
  }

  #pauseBefore(at) {
    const time = Date.parse(at);
    if (Number.isNaN(time)) return;
    if (this.#lastAt !== null && time - this.#lastAt > PAUSE_MS) {
      const text = new Intl.DateTimeFormat(this.language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
      this.#insert(el('div', { class: 'when' }, text));
    }
    this.#lastAt = time;
  }
}
