// Keeps a WebSocket open for what the server pushes, and knows whether the server can be reached at all.
// The socket alone is a poor witness (some networks forbid it, and a browser never says why it closed), so
// after each opening and each closing the conversation is fetched over HTTP: that fills the gap, and its
// outcome decides between "connected" and "lost". Where no socket works, the retries amount to slow polling.
import { Offline } from './client.js';

const FIRST_MS = 800;
const LONGEST_MS = 30_000;
const STEADY_MS = 10_000;

export class Connection {
  #tries = 0;
  #socket = null;
  #timer = null;
  #running = false;

  /** `url()` of the socket; `sync()` fetches what is new; `onPush(payload)`; `onState(isLost)`. */
  constructor({ url, sync, onPush, onState }) {
    Object.assign(this, { url, sync, onPush, onState });
    this.lost = false;
    window.addEventListener('offline', () => this.suspect());
    window.addEventListener('online', () => this.#now());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#now();
    });
  }

  get isOpen() {
    return this.#socket !== null && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Says something that needs no answer, if it can be said just now. */
  send(frame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  stop() {
    this.#running = false;
    this.#drop();
  }

  /** Somebody else noticed that the server does not answer. */
  suspect() {
    if (!this.#running) return;
    this.#drop();
    this.#setLost(true);
    this.#later();
  }

  #now() {
    if (!this.#running) return;
    this.#tries = 0;
    if (this.isOpen) this.#check();
    else this.#connect();
  }

  #connect() {
    this.#drop();
    const socket = new WebSocket(this.url());
    let opened = 0;
    this.#socket = socket;
    socket.onopen = () => {
      opened = Date.now();
      this.#check();
    };
    socket.onmessage = (event) => {
      try {
        this.onPush(JSON.parse(event.data));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (opened && Date.now() - opened > STEADY_MS) this.#tries = 0;
      this.#check();
      this.#later();
    };
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.close();
    }
  }

  #later() {
    clearTimeout(this.#timer);
    if (!this.#running) return;
    const delay = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
    this.#tries += 1;
    // Spread out, so that a restarted server does not meet every shopper in the same second.
    this.#timer = setTimeout(() => this.#connect(), delay * (0.7 + 0.6 * Math.random()));
  }

  async #check() {
    try {
      await this.sync();
      this.#setLost(false);
    } catch (error) {
      if (error instanceof Offline || error.status >= 500) this.#setLost(true);
    }
  }

  #setLost(lost) {
    if (!this.#running || lost === this.lost) return;
    this.lost = lost;
    this.onState(lost);
  }
}
