// One conversation: its parts as they change, and what is done with it.
import { tick } from './clock.js';
import { closeMenus } from './menus.js';
import { merge, remember } from './merge.js';
import { read, send } from './net.js';

const PARTS = ['bar', 'thread', 'composer', 'panel'];
const SETTLE_MS = 60;
const NEAR_PX = 120;
const TO_NOTICE_MS = 600;

export class Conversation {
  #timer = null;
  #asking = false;
  #again = false;
  #marks;
  #acts = Promise.resolve();

  /** `composer` is told what became of the text; `onTrouble(error)` for what the server could not say; `onSaid(text)`. */
  constructor({ base, mark, onTrouble, onSaid }) {
    Object.assign(this, { base, onTrouble, onSaid, composer: null });
    this.#marks = [{ mark, at: 0 }];
    this.scroll = document.querySelector('#scroll');
    this.below = document.querySelector('#below');
    this.troubles = document.querySelector('#trouble');
    for (const name of PARTS) remember(document.querySelector(`#${name}`));
    this.#toEnd();
    this.below.addEventListener('click', () => this.#toEnd());
    this.scroll.addEventListener('scroll', () => { if (this.#isAtEnd) this.below.hidden = true; }, { passive: true });
    document.addEventListener('submit', (event) => {
      if (!event.target.matches('[data-act]')) return;
      event.preventDefault();
      this.act(event.target, event.submitter);
    });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.changed(); });
  }

  changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), SETTLE_MS);
  }

  async #refresh() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      const { ok, body } = await read(`${this.base}/parts${document.hidden ? '' : '?seen=1'}`);
      if (ok) this.#show(body);
    } catch (error) {
      this.onTrouble(error);
    } finally {
      this.#asking = false;
      if (this.#again) {
        this.#again = false;
        this.changed();
      }
    }
  }

  /** What the agent can have noticed: news of the last moment does not count as seen yet. */
  get #mark() {
    return (this.#marks.findLast(({ at }) => Date.now() - at >= TO_NOTICE_MS) || this.#marks[0]).mark;
  }

  /** One after the other: what the one before did is then seen. Pressed twice is pressed once. */
  act(form, submitter) {
    if (form.dataset.busy) return;
    form.dataset.busy = 'yes';
    const run = () => this.#act(form, submitter);
    this.#acts = this.#acts.then(run, run);
  }

  async #act(form, submitter) {
    const isText = form.id === 'write';
    try {
      const { body } = await send(form, submitter, { mark: this.#mark });
      const done = 'said' in body;
      if (done) {
        if (isText) this.composer.sent();
        else form.reset();
        closeMenus();
        this.#closeDetails(form);
        this.onSaid(body.said);
      }
      this.#tell(body);
      if (body.parts) this.#show(body, true);
      if (done && isText) this.#toEnd();
    } catch (error) {
      this.onTrouble(error);
    } finally {
      delete form.dataset.busy;
    }
  }

  #closeDetails(form) {
    const around = form.closest('details');
    if (around) around.open = false;
  }

  #tell(body) {
    this.troubles.replaceChildren();
    if (body.trouble) {
      this.troubles.innerHTML = body.trouble;
    } else if (body.detail) {
      const box = document.createElement('div');
      box.className = 'trouble';
      box.textContent = body.detail;
      this.troubles.append(box);
    }
  }

  #show({ parts, mark, title }, own = false) {
    const follow = this.#isAtEnd;
    const had = document.activeElement;
    let added = [];
    for (const name of PARTS) {
      const keys = merge(document.querySelector(`#${name}`), parts[name], { own });
      if (name === 'thread') added = keys;
    }
    for (const field of document.querySelectorAll('input[name="mark"]')) field.value = mark;
    if (this.#marks.at(-1).mark !== mark) this.#marks.push({ mark, at: Date.now() });
    // Whoever acted looks at what came of it.
    if (own) this.#marks.at(-1).at = 0;
    this.#marks.splice(0, this.#marks.length - 20);
    document.title = document.title.replace(/^.*(?= · )/, () => title);
    this.composer.settle();
    tick();
    if (follow) this.#toEnd();
    else if (added.some((key) => key.startsWith('m'))) this.below.hidden = false;
    // A button that is gone leaves the focus nowhere.
    if (had && !had.isConnected && document.activeElement === document.body) document.querySelector('#main').focus({ preventScroll: true });
  }

  get #isAtEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_PX;
  }

  #toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.below.hidden = true;
  }
}
