// What the shopper said and the server has not confirmed yet. One at a time and in order; a retry carries the
// key of the first try, so the server never hears it twice.
import { Offline, messageKey } from './client.js';

const PAUSES_MS = [1_000, 3_000];
const MOST_LOST_TRIES = 5;

/** An entry is `{key, text, choice?, photo?, state}`; `text` is what the shopper sees in the conversation.
 *  States: queued, sending, waiting (`seconds`), failed; it leaves the box when accepted or refused. */
export class Outbox {
  #entries = [];
  #busy = false;
  #timer = null;

  /** `deliver(entry)` sends; `onChange(entry)` shows its state; `onDone(entry, answer)`; `onRefused(entry, problem)`;
   *  `onOffline()`; `onExpired(problem)` for a 401. */
  constructor({ memory, deliver, onChange, onDone, onRefused, onOffline, onExpired }) {
    Object.assign(this, { memory, deliver, onChange, onDone, onRefused, onOffline, onExpired });
  }

  /** A request is under way: what arrives meanwhile may be its own echo. */
  get busy() {
    return this.#busy;
  }

  get entries() {
    return this.#entries;
  }

  /** The messages a reload interrupted. They go out again with their own keys. */
  restore() {
    this.#entries = this.memory.unsent.map((entry) => ({ ...entry, state: 'queued', tries: 0 }));
    return this.#entries;
  }

  add(said) {
    const entry = { ...said, key: messageKey(), state: 'queued', tries: 0 };
    for (const older of this.#entries) if (older.state === 'failed') this.#requeue(older);
    this.#entries.push(entry);
    this.#save();
    return entry;
  }

  retry(entry) {
    this.#requeue(entry);
    this.flush();
  }

  discard(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#save();
    this.flush();
  }

  /** A new conversation offers other choices: only what was said in words still makes sense. */
  keepOnlyWords() {
    const dropped = this.#entries.filter((entry) => entry.choice !== undefined || entry.photo);
    this.#entries = this.#entries.filter((entry) => !dropped.includes(entry));
    for (const entry of this.#entries) entry.key = messageKey();
    this.#save();
    return dropped;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#entries = [];
    this.#save();
  }

  async flush() {
    if (this.#busy) return;
    clearTimeout(this.#timer);
    this.#busy = true;
    try {
      for (let goOn = true; goOn && this.#isReady();) goOn = await this.#try(this.#entries[0]);
    } finally {
      this.#busy = false;
    }
  }

  /** What failed for good, or was asked to wait, holds back what was said after it. */
  #isReady() {
    const [first] = this.#entries;
    if (!first || first.state === 'failed') return false;
    const pause = (first.notBefore || 0) - Date.now();
    if (pause > 0) this.#timer = setTimeout(() => this.flush(), pause);
    return pause <= 0;
  }

  async #try(entry) {
    this.#mark(entry, 'sending');
    let answer;
    try {
      answer = await this.deliver(entry);
    } catch (error) {
      return this.#trouble(entry, error);
    }
    this.#remove(entry);
    this.onDone(entry, answer);
    return true;
  }

  #trouble(entry, error) {
    entry.tries += 1;
    if (error instanceof Offline) {
      this.#mark(entry, entry.tries < MOST_LOST_TRIES || !navigator.onLine ? 'queued' : 'failed');
      this.onOffline();
      return false;
    }
    if (error.status === 401) {
      this.#mark(entry, 'queued');
      this.onExpired(error);
      return false;
    }
    if (error.retryAfter && [409, 429, 503].includes(error.status)) {
      entry.seconds = error.retryAfter;
      return this.#again(entry, 'waiting', error.retryAfter * 1_000);
    }
    if (error.status >= 500 || error.status === 429) {
      const pause = PAUSES_MS[entry.tries - 1];
      if (pause) return this.#again(entry, 'sending', pause);
      this.#mark(entry, 'failed');
      return false;
    }
    if (error.status === undefined) {
      this.#mark(entry, 'failed');
      throw error;
    }
    this.#remove(entry);
    this.onRefused(entry, error);
    return true;
  }

  #again(entry, state, delay) {
    entry.notBefore = Date.now() + delay;
    this.#mark(entry, state);
    return true; // #isReady sets the clock
  }

  #requeue(entry) {
    entry.tries = 0;
    entry.notBefore = 0;
    this.#mark(entry, 'queued');
  }

  #mark(entry, state) {
    entry.state = state;
    this.onChange(entry);
  }

  #remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#save();
  }

  #save() {
    this.memory.unsent = this.#entries.filter((entry) => !entry.photo)
      .map(({ key, text, choice }) => ({ key, text, choice }));
  }
}
