// The chat API over HTTP. Two kinds of trouble come out of it: Offline (nobody answered, the same request may
// be tried again) and Problem (the server said no, and why).

const PATIENCE_MS = 45_000;

export class Offline extends Error {}

export class Problem extends Error {
  /** `retryAfter` is in seconds, null when the server names no delay; `token` is the one that was used. */
  constructor(status, detail, retryAfter, token) {
    super(detail || `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
    this.retryAfter = retryAfter;
    this.token = token;
  }
}

function retryAfter(response) {
  const value = response.headers.get('Retry-After');
  if (!value) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : null;
}

/** A name for one message, the same on every try. `randomUUID` is missing on plain http. */
export function messageKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class Client {
  constructor(server, language) {
    this.server = server;
    this.language = language;
  }

  openSession() {
    return this.#ask('api/chat/sessions', { method: 'POST', body: { language: this.language } });
  }

  history(token, after) {
    const query = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    return this.#ask(`api/chat/messages${query}`, { token });
  }

  /** `entry` is `{key, text}`, `{key, choice}` or `{key, photo}`, a Blob. */
  send(token, entry) {
    let body;
    if (entry.photo) {
      body = new FormData();
      body.append('photo', entry.photo, entry.photo.name || 'photo.jpg');
    } else {
      body = entry.choice === undefined ? { text: entry.text } : { choice: entry.choice };
    }
    return this.#ask('api/chat/messages', { method: 'POST', token, key: entry.key, body });
  }

  socketUrl(token) {
    const url = new URL('api/chat/ws', this.server);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('token', token);
    url.searchParams.set('typing', '1');
    return url.href;
  }

  async #ask(path, { method = 'GET', token = null, key = null, body = null }) {
    const headers = { Accept: 'application/json', 'Accept-Language': this.language };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (key) headers['Idempotency-Key'] = key;
    if (body && !(body instanceof FormData)) {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(body);
    }
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const response = await fetch(new URL(path, this.server), {
        method, headers, body, signal: patience.signal, credentials: 'omit', cache: 'no-store',
      });
      if (response.ok) return await response.json();
      const problem = await response.json().catch(() => ({}));
      throw new Problem(response.status, problem.detail || problem.title || '', retryAfter(response), token);
    } catch (error) {
      // An unreadable 200 is a captive portal or a proxy: nobody of ours has answered.
      throw error instanceof Problem ? error : new Offline(String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}
