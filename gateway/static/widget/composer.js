// Where the shopper writes. It is always there, whatever is asked: every question may be answered in words.
import { el, icon } from './dom.js';
import { PhotoError, prepare } from './photo.js';

const PLAIN = { inputmode: 'text', autocomplete: 'off', autocapitalize: 'sentences' };
const HINTS = {
  email: { inputmode: 'email', autocomplete: 'email', autocapitalize: 'none' },
  contact: { inputmode: 'text', autocomplete: 'email', autocapitalize: 'none' },
  order_number: { inputmode: 'text', autocomplete: 'off', autocapitalize: 'characters' },
  code: { inputmode: 'numeric', autocomplete: 'one-time-code', autocapitalize: 'none' },
};

const TYPING_EVERY_MS = 2_000;

export class Composer {
  #photo = null;
  #typed = 0;

  /** `onSend({text, photo})`, either may be empty; `onProblem(text)`; `onTyping()` now and then while the shopper writes. */
  constructor({ strings, onSend, onProblem, onTyping }) {
    Object.assign(this, { strings, onSend, onProblem, onTyping });
    this.field = el('textarea', {
      rows: '1', class: 'field', 'aria-label': strings.input, placeholder: strings.placeholder, enterkeyhint: 'send',
      'data-input': true, ...PLAIN,
      oninput: () => {
        this.#grow();
        this.#types();
      },
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#take(event.clipboardData, event),
    });
    this.file = el('input', {
      type: 'file', accept: 'image/*', class: 'unseen', tabindex: '-1', 'aria-label': strings.attach, 'data-file': true,
      onchange: () => {
        this.attach(this.file.files[0]);
        this.file.value = '';
      },
    });
    this.dock = el('div', { class: 'dock' });
    this.sendButton = el('button', {
      type: 'submit', class: 'round send', 'aria-label': strings.send, 'data-send': true,
    }, icon('send'));
    this.node = el('form', {
      class: 'composer', novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        this.#send();
      },
    }, this.dock, el('div', { class: 'row' },
      el('button', {
        type: 'button', class: 'round quiet', 'aria-label': strings.attach, title: strings.attach, 'data-attach': true,
        onclick: () => this.file.click(),
      }, icon('camera')),
      this.file, this.field, this.sendButton));
    this.#grow();
  }

  expect(expects) {
    const { slot, kind } = expects || {};
    const hints = HINTS[slot] && kind !== 'email' ? HINTS[slot] : HINTS[kind] || PLAIN;
    for (const [name, value] of Object.entries(hints)) this.field.setAttribute(name, value);
    this.field.placeholder = this.strings.placeholders[slot] || (kind === 'email' ? this.strings.email : this.strings.placeholder);
    this.wantsPhoto = kind === 'photo';
    this.#showDock();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** Words put in the shopper's mouth by a link of the page: shown, never sent on their behalf. */
  suggest(text) {
    if (this.field.value.trim()) return;
    this.field.value = text;
    this.#grow();
    this.field.setSelectionRange(text.length, text.length);
  }

  takeDrop(event) {
    this.#take(event.dataTransfer, event);
  }

  async attach(file) {
    if (!file) return;
    this.#discardPhoto();
    this.dock.replaceChildren(el('div', { class: 'preview', role: 'status' }, this.strings.photoPreparing));
    try {
      const photo = await prepare(file);
      this.#photo = { photo, address: URL.createObjectURL(photo) };
    } catch (error) {
      if (!(error instanceof PhotoError)) throw error;
      this.onProblem(this.strings[error.reason]);
    } finally {
      this.#showDock();
      this.#grow();
    }
    if (this.#photo) this.sendButton.focus({ preventScroll: true });
  }

  #take(data, event) {
    const file = [...((data && data.files) || [])][0];
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  #send() {
    const text = this.field.value.trim();
    const photo = this.#photo ? this.#photo.photo : null;
    if (!text && !photo) return;
    this.field.value = '';
    this.#discardPhoto();
    this.#showDock();
    this.#grow();
    this.onSend({ text, photo });
  }

  #discardPhoto() {
    if (this.#photo) URL.revokeObjectURL(this.#photo.address);
    this.#photo = null;
  }

  #showDock() {
    const { strings } = this;
    if (this.#photo) {
      this.dock.replaceChildren(el('div', { class: 'preview', 'data-preview': true },
        el('img', { src: this.#photo.address, alt: strings.photo }),
        el('span', { role: 'status' }, strings.photoReady),
        el('button', {
          type: 'button', class: 'round quiet', 'aria-label': strings.removePhoto, 'data-remove-photo': true,
          onclick: () => {
            this.#discardPhoto();
            this.#showDock();
            this.#grow();
            this.focus();
          },
        }, icon('close'))));
    } else if (this.wantsPhoto) {
      this.dock.replaceChildren(el('button', {
        type: 'button', class: 'upload', 'data-slot': 'photo', onclick: () => this.file.click(),
      }, icon('camera'), el('span', {}, el('strong', {}, strings.attach), el('span', { class: 'hint' }, strings.attachHint))));
    } else {
      this.dock.replaceChildren();
    }
  }

  #key(event) {
    // 229: an input method is still composing the word, and its Enter is not ours.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #types() {
    if (!this.field.value.trim() || Date.now() - this.#typed < TYPING_EVERY_MS) return;
    this.#typed = Date.now();
    this.onTyping();
  }

  #grow() {
    this.field.style.height = 'auto';
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
    this.sendButton.toggleAttribute('data-ready', Boolean(this.field.value.trim() || this.#photo));
  }
}
