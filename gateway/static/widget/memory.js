// What outlives a page: the token (every tab of this shop, per server), the messages not yet sent and whether
// the panel is open (this tab only, so that two tabs never send each other's). Browsers that refuse storage
// get a conversation that ends with the page.

class Shelf {
  #fallback = new Map();

  constructor(storage, prefix) {
    this.storage = storage;
    this.prefix = prefix;
  }

  get(name) {
    try {
      return JSON.parse(this.storage().getItem(this.prefix + name)) ?? this.#fallback.get(name) ?? null;
    } catch {
      return this.#fallback.get(name) ?? null;
    }
  }

  set(name, value) {
    this.#fallback.delete(name);
    try {
      if (value === null) this.storage().removeItem(this.prefix + name);
      else this.storage().setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      this.#fallback.set(name, value);
    }
  }
}

export class Memory {
  #everywhere;
  #here;

  constructor(server) {
    const prefix = `retour:${server}:`;
    this.#everywhere = new Shelf(() => window.localStorage, prefix);
    this.#here = new Shelf(() => window.sessionStorage, prefix);
  }

  get token() { return this.#everywhere.get('token'); }
  set token(value) { this.#everywhere.set('token', value); }

  get seen() { return this.#everywhere.get('seen'); }
  set seen(value) { this.#everywhere.set('seen', value); }

  get unsent() { return this.#here.get('unsent') || []; }
  set unsent(value) { this.#here.set('unsent', value.length ? value : null); }

  get open() { return this.#here.get('open') === true; }
  set open(value) { this.#here.set('open', value || null); }
}
