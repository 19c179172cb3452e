// Asking the server. Two kinds of trouble come out of it: LoggedOut, and a TypeError of `fetch` when nobody answered.

const HEADERS = { 'X-Requested-With': 'fetch', Accept: 'application/json' };

export class LoggedOut extends Error {}

async function ask(address, options = {}) {
  const response = await fetch(address, { headers: HEADERS, credentials: 'same-origin', cache: 'no-store', ...options });
  const isJson = (response.headers.get('Content-Type') || '').startsWith('application/json');
  const body = isJson ? await response.json() : {};
  if (body.login) throw new LoggedOut();
  // A page in the place of the answer is a proxy's, not ours.
  if (!isJson) throw new TypeError(`HTTP ${response.status}`);
  return { ok: response.ok, status: response.status, body };
}

export const read = (address) => ask(address);

/** Sends `form` as the browser would have; `changes` replace fields of it. */
export function send(form, submitter, changes = {}) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  for (const [name, value] of Object.entries(changes)) if (fields.has(name)) fields.set(name, value);
  return ask(form.getAttribute('action'), { method: 'POST', body: fields });
}

/** A name for one message. `randomUUID` is missing on plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
