// The queue: its rows as they change, and the keys to move in it.
import { tick } from './clock.js';
import { merge, remember } from './merge.js';
import { read } from './net.js';

const SETTLE_MS = 120;

const PLACE = 'retour-console:queue';

/** The queue as it was last looked at in this tab. */
export function lastQueue() {
  try {
    return `/console${sessionStorage.getItem(PLACE) || ''}`;
  } catch {
    return '/console';
  }
}

function rememberPlace() {
  try {
    sessionStorage.setItem(PLACE, location.search);
  } catch {
    // A browser that keeps nothing goes back to the usual view.
  }
}

export class Queue {
  #timer = null;
  #asking = false;
  #again = false;

  constructor({ onTrouble }) {
    this.onTrouble = onTrouble;
    this.rows = document.querySelector('#rows');
    this.views = document.querySelector('#views');
    rememberPlace();
    remember(this.rows);
    remember(this.views);
    const filters = document.querySelector('#filters');
    filters.addEventListener('change', (event) => { if (event.target.matches('select')) filters.requestSubmit(); });
    // What is not asked for has no business in the address.
    filters.addEventListener('formdata', (event) => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
    });
  }

  /** Several changes in one moment are one look. */
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
      const { ok, body } = await read(`/console/rows${location.search}`);
      if (ok) {
        merge(this.views, body.parts.views);
        merge(this.rows, body.parts.rows);
        document.title = document.title.replace(/^.*(?= · )/, () => body.title);
        tick();
      }
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

  move(step) {
    const links = [...this.rows.querySelectorAll('a.row')];
    if (!links.length) return;
    const current = links.indexOf(document.activeElement);
    const next = current < 0 ? 0 : Math.min(links.length - 1, Math.max(0, current + step));
    links[next].focus();
    links[next].scrollIntoView({ block: 'nearest' });
  }

  get keys() {
    const search = document.querySelector('#search');
    return { j: () => this.move(1), k: () => this.move(-1), '/': () => search.focus() };
  }
}
