// What was saved and is not sent yet: kept in the browser, sent in order, each under its own key until the server has answered.
// A phone behind three shelves loses its connection all the time; nothing that was counted may be lost or counted twice.

import { LoggedOut } from '../console/net.js';

const STORE = 'retour-warehouse:outbox';
const AGAIN_MS = 4_000;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
}

export class Outbox {
  /** `onChange(waiting)`, `onDone(entry, body)`, `onRefused(entry, body, status)`, `onLoggedOut()`. */
  constructor({ csrf, onChange, onDone, onRefused, onLoggedOut }) {
    Object.assign(this, { csrf, onChange, onDone, onRefused, onLoggedOut });
    this.entries = kept();
    this.busy = false;
    addEventListener('online', () => this.send());
    if (this.entries.length) this.send();
  }

  put(entry) {
    this.entries.push(entry);
    this.keep();
    this.send();
  }

  keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(this.entries));
    } catch {
      // A browser that keeps nothing still sends.
    }
    this.onChange(this.entries.length);
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    while (this.entries.length) {
      const entry = this.entries[0];
      let answer;
      try {
        answer = await this.post(entry);
      } catch (error) {
        if (error instanceof LoggedOut) this.onLoggedOut();
        break;
      }
      this.entries.shift();
      this.keep();
      if (answer.ok) this.onDone(entry, answer.body);
      else this.onRefused(entry, answer.body, answer.status);
    }
    this.busy = false;
    clearTimeout(this.timer);
    if (this.entries.length) this.timer = setTimeout(() => this.send(), AGAIN_MS);
  }

  async post({ address, key, document }) {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'X-Requested-With': 'fetch', Accept: 'application/json' },
      credentials: 'same-origin',
      body: new URLSearchParams({ csrf: this.csrf, key, document: JSON.stringify(document) }),
    });
    const isJson = (response.headers.get('Content-Type') || '').startsWith('application/json');
    const body = isJson ? await response.json() : {};
    if (body.login) throw new LoggedOut();
    // No answer of ours, a busy one, or one that is still being worked on: later again, under the same key.
    if (!isJson || response.status >= 500 || response.status === 429) throw new TypeError(`HTTP ${response.status}`);
    return { ok: response.ok, status: response.status, body };
  }
}
