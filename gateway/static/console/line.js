// The WebSocket: news that something changed, who else is here, who is typing. After each opening everything is asked anew, so
// nothing is missed; where no socket works, the retries amount to slow polling.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const STEADY_MS = 10_000;
const ENDED = 4401;

export class Line {
  #socket = null;
  #tries = 0;
  #timer = null;

  /** `conversation` is what the page shows, null for the queue. `onChanged(id)`: null for any; `onPresence(text)`; `onTyping(text)`;
   *  `onState(isLost)`; `onEnded()`. */
  constructor({ conversation, onChanged, onPresence = () => {}, onTyping = () => {}, onState, onEnded }) {
    Object.assign(this, { conversation, onChanged, onPresence, onTyping, onState, onEnded });
    window.addEventListener('online', () => this.#connect());
    window.addEventListener('pagehide', () => this.#drop());
    // A page that comes back from the browser's cache has no socket any more.
    window.addEventListener('pageshow', (event) => { if (event.persisted) this.#connect(); });
    this.#connect();
  }

  types() {
    this.#say({ typing: true });
  }

  #say(frame) {
    if (this.#socket && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.close();
  }

  #connect() {
    this.#drop();
    const url = new URL('/console/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    let opened = 0;
    this.#socket = socket;
    socket.onopen = () => {
      opened = Date.now();
      this.#say({ view: this.conversation });
      this.onState(false);
      this.onChanged(null);
    };
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (event.code === ENDED) {
        this.onEnded();
        return;
      }
      if (opened && Date.now() - opened > STEADY_MS) this.#tries = 0;
      this.onState(true);
      const delay = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
      this.#tries += 1;
      // Spread out, so that a restarted server does not meet the whole team in the same moment.
      this.#timer = setTimeout(() => {
        this.#connect();
        this.onChanged(null);
      }, delay * (0.7 + 0.6 * Math.random()));
    };
  }

  #hear(frame) {
    if ('changed' in frame) this.onChanged(frame.changed);
    if ('presence' in frame) this.onPresence(frame.presence);
    if ('typing' in frame) this.onTyping(frame.typing);
  }
}
