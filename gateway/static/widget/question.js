// The choices under a message. They are offered once: after an answer, by click or in words, they go inert.
import { el, icon } from './dom.js';

let serial = 0;

export class Question {
  /** `choices` are `{label, value}`; `expects` as in the API or null; `onAnswer(choice, label, byKeyboard)`. */
  constructor({ choices, expects, strings, onAnswer }) {
    this.slot = expects ? expects.slot : null;
    this.line = expects ? expects.line : null;
    this.strings = strings;
    this.onAnswer = onAnswer;
    const many = expects && expects.kind === 'choices';
    serial += 1;
    this.node = el('div', {
      class: many ? 'choices many' : 'choices',
      role: 'group',
      'aria-label': many ? strings.pickSome : strings.pickOne,
      'data-choices': true,
      'data-slot': this.slot,
      'data-kind': expects ? expects.kind : null,
      'data-line': this.line,
    }, ...(many ? this.#boxes(choices) : this.#buttons(choices)));
  }

  /** The same thing is asked again, or still: an interruption was answered and the thread resumes. */
  isAskedBy(expects) {
    return Boolean(expects) && expects.slot === this.slot && (expects.line ?? null) === (this.line ?? null);
  }

  enable(on) {
    this.node.toggleAttribute('data-inert', !on);
    for (const control of this.node.querySelectorAll('button, input')) control.disabled = !on;
    if (on) {
      for (const button of this.node.querySelectorAll('[data-chosen]')) button.removeAttribute('data-chosen');
      this.#count();
    }
  }

  #buttons(choices) {
    return choices.map(({ label, value }) => el('button', {
      type: 'button',
      class: 'choice',
      'data-value': value,
      onclick: (event) => {
        event.currentTarget.setAttribute('data-chosen', '');
        this.onAnswer(value, label, event.detail === 0);
      },
    }, label));
  }

  #boxes(choices) {
    this.boxes = choices.map(({ label, value }) => {
      const box = el('input', {
        type: 'checkbox', id: `choice-${serial}-${value}`, 'data-value': value, onchange: () => this.#count(),
      });
      return { box, label, value };
    });
    this.done = el('button', {
      type: 'button',
      class: 'choice done',
      'data-confirm': true,
      disabled: true,
      onclick: (event) => {
        const chosen = this.boxes.filter(({ box }) => box.checked);
        this.onAnswer(chosen.map(({ value }) => value), chosen.map(({ label }) => label).join(', '), event.detail === 0);
      },
    }, this.strings.confirmChoice);
    const rows = this.boxes.map(({ box, label }) => el('label', { class: 'choice box', for: box.id },
      box, el('span', { class: 'tick' }, icon('check')), el('span', {}, label)));
    return [...rows, this.done];
  }

  #count() {
    if (!this.boxes) return;
    const count = this.boxes.filter(({ box }) => box.checked).length;
    this.done.disabled = count === 0;
    this.done.textContent = count > 1 ? this.strings.confirmCount(count) : this.strings.confirmChoice;
  }
}
