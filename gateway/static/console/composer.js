// Where the agent writes: the draft, the canned answers, Ctrl+Enter. What it finds in the page it asks for each time, for the
// server may have rendered it anew.
import { newKey } from './net.js';
import { closeMenus } from './menus.js';

const PREFIX = 'retour-console:draft:';
const OLD_MS = 7 * 24 * 3_600_000;
const TYPING_EVERY_MS = 2_000;

function shelf(work) {
  try {
    return work(window.localStorage);
  } catch {
    return null; // A browser that keeps nothing: the draft lives as long as the page.
  }
}

/** Drafts hold what was written to people: on logging out nothing of it stays. */
export function forgetDrafts(olderThan = 0) {
  shelf((store) => {
    for (const name of Object.keys(store)) {
      if (!name.startsWith(PREFIX)) continue;
      const { at = 0 } = JSON.parse(store.getItem(name)) || {};
      if (Date.now() - at >= olderThan) store.removeItem(name);
    }
  });
}

export class Composer {
  #typed = 0;

  /** `onTyping()` now and then while an answer to the shopper is written. */
  constructor({ root, conversation, login, onTyping }) {
    Object.assign(this, { root, onTyping });
    this.name = `${PREFIX}${login}:${conversation}`;
    forgetDrafts(OLD_MS);
    this.#restore();
    root.addEventListener('input', (event) => this.#changed(event.target));
    root.addEventListener('change', (event) => this.#changed(event.target));
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('click', (event) => {
      const answer = event.target.closest('[data-canned]');
      if (answer) this.#insert(answer.querySelector('span').textContent);
    });
  }

  get form() { return this.root.querySelector('form'); }

  get field() { return this.root.querySelector('textarea'); }

  get isNote() { return this.root.querySelector('#mode-note').checked; }

  /** 'reply' or 'note'; the focus goes to the text. */
  focus(kind) {
    const mode = this.root.querySelector(`#mode-${kind}`);
    if (mode.disabled) return;
    mode.checked = true;
    this.field.focus();
    this.#keep();
  }

  sent() {
    this.field.value = '';
    this.form.querySelector('[name=key]').value = newKey();
    shelf((store) => store.removeItem(this.name));
    this.#grow();
  }

  /** After the server rendered it anew. */
  settle() {
    this.#grow();
  }

  #changed(target) {
    if (target === this.field) {
      this.#grow();
      if (!this.isNote && this.field.value.trim() && Date.now() - this.#typed >= TYPING_EVERY_MS) {
        this.#typed = Date.now();
        this.onTyping();
      }
    }
    this.#keep();
  }

  #key(event) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing || event.target !== this.field) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #insert(text) {
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? ' ' : '';
    field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, 'end');
    closeMenus();
    field.focus();
    this.#changed(field);
  }

  #keep() {
    const text = this.field.value;
    const kind = this.isNote ? 'note' : 'reply';
    shelf((store) => {
      if (text.trim()) store.setItem(this.name, JSON.stringify({ text, kind, at: Date.now() }));
      else store.removeItem(this.name);
    });
  }

  #restore() {
    const kept = shelf((store) => JSON.parse(store.getItem(this.name)));
    if (kept && typeof kept.text === 'string' && !this.field.value) {
      this.field.value = kept.text;
      const mode = this.root.querySelector(kept.kind === 'note' ? '#mode-note' : '#mode-reply');
      if (!mode.disabled) mode.checked = true;
    }
    this.#grow();
  }

  #grow() {
    const { field } = this;
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight + 2, 220)}px`;
  }
}
