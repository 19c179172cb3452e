// The launcher and the frame around the conversation, in a shadow root so that neither the shop's style sheet
// nor ours reaches the other's elements.
import { el, icon } from './dom.js';
import { applyAccent } from './theme.js';

const FOUND_MS = 3_000;
const TYPING_AFTER_MS = 250;
const TYPING_LASTS_MS = 4_000;

export class Panel {
  #typingTimer = null;
  #bannerTimer = null;
  #personTimer = null;

  /** `log` and `composer` are placed in the frame; `onToggle(open)` reports what the shopper did. */
  constructor({ strings, server, language, position, accent, title, log, composer, onToggle }) {
    Object.assign(this, { strings, log, composer, onToggle });
    this.host = el('div', { 'data-retour': true, lang: language });
    this.phone = window.matchMedia('(max-width: 480px)');
    applyAccent(this.host, accent);
    this.badge = el('span', { class: 'badge', 'data-badge': true, hidden: true });
    this.launcher = el('button', {
      type: 'button', class: 'launcher', 'aria-label': strings.openPanel, 'aria-expanded': 'false', 'aria-controls': 'panel',
      'aria-haspopup': 'dialog', 'data-launcher': true, onclick: () => this.toggle(true, true),
    }, icon('chat'), this.badge);
    this.subtitle = el('p', { class: 'subtitle', role: 'status' }, strings.machine);
    this.bannerNode = el('div', { class: 'banner', role: 'status', 'data-banner': true });
    this.below = el('div', { class: 'below', hidden: true }, el('button', {
      type: 'button', 'data-below': true,
      onclick: () => {
        log.toEnd();
        composer.focus();
      },
    }, `↓ ${strings.below}`));
    this.typing = el('div', { class: 'typing', role: 'status', 'data-typing': true });
    this.mark = el('span', { class: 'mark' });
    this.node = el('section', {
      id: 'panel', class: 'panel', role: 'dialog', 'aria-labelledby': 'title', tabindex: '-1', hidden: true, 'data-panel': true,
      onkeydown: (event) => this.#key(event),
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => composer.takeDrop(event),
    },
    el('header', { class: 'header' },
      this.mark,
      el('div', { class: 'names' }, el('h2', { id: 'title', class: 'title' }, title), this.subtitle),
      el('button', {
        type: 'button', class: 'round', 'aria-label': strings.closePanel, 'data-close': true,
        onclick: () => this.toggle(false, true),
      }, icon('close'))),
    this.bannerNode, log.node, this.below, this.typing, composer.node);
    const frame = el('div', { class: 'frame', 'data-position': position }, this.launcher, this.node);
    const root = this.host.attachShadow({ mode: 'open' });
    const sheet = el('link', { rel: 'stylesheet', href: new URL('static/widget.css', server).href });
    // Unstyled, the frame would push the shop's page around for a moment.
    frame.hidden = true;
    this.ready = new Promise((done) => {
      sheet.addEventListener('load', done);
      sheet.addEventListener('error', done);
    }).then(() => { frame.hidden = false; });
    root.append(sheet, frame);
    document.body.append(this.host);
    if (window.visualViewport) {
      for (const name of ['resize', 'scroll']) window.visualViewport.addEventListener(name, () => this.#fit());
    }
    this.phone.addEventListener('change', () => this.#fit());
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** `byShopper`: the focus follows. A panel reopened by a page load must not steal it. */
  toggle(open, byShopper = false) {
    if (open === this.isOpen) return;
    this.node.hidden = !open;
    this.launcher.hidden = open;
    this.launcher.setAttribute('aria-expanded', String(open));
    if (open) {
      this.unread(0);
      this.#fit();
      this.log.toEnd();
      if (byShopper) (this.#touch ? this.node : this.composer.field).focus({ preventScroll: true });
    } else if (byShopper) {
      this.launcher.focus();
    }
    this.onToggle(open);
  }

  /** Something new stands under what is being read. */
  showBelow() {
    this.below.hidden = this.log.isAtEnd;
  }

  hideBelow() {
    if (this.log.isAtEnd) this.below.hidden = true;
  }

  unread(count) {
    this.badge.hidden = count === 0;
    this.badge.textContent = count > 9 ? '9+' : String(count);
    const { openPanel, unread } = this.strings;
    this.launcher.setAttribute('aria-label', count ? `${openPanel} (${unread(count)})` : openPanel);
  }

  setOwner(owner) {
    if (this.node.dataset.owner === owner) return;
    this.node.dataset.owner = owner;
    this.mark.replaceChildren(icon(owner === 'person' ? 'person' : 'parcel'));
    const text = owner === 'person' ? this.strings.person : this.strings.machine;
    this.subtitle.textContent = text;
  }

  setExpects(expects) {
    const { slot = '', kind = '', line = '' } = expects || {};
    this.node.dataset.expects = slot;
    this.node.dataset.expectsKind = kind;
    this.node.dataset.line = line ?? '';
    this.composer.expect(expects);
  }

  setTyping(on, text = this.strings.typing) {
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#personTimer);
    if (!on) {
      this.typing.replaceChildren();
      return;
    }
    if (this.typing.firstChild) return;
    // An answer within a blink needs no announcement.
    this.#typingTimer = setTimeout(() => {
      const follow = this.log.isAtEnd;
      this.typing.replaceChildren(el('span', { class: 'unseen' }, text),
        ...[1, 2, 3].map(() => el('span', { class: 'dot', 'aria-hidden': 'true' })));
      if (follow) this.log.toEnd();
    }, TYPING_AFTER_MS);
  }

  /** Somebody of the team writes; whoever stops says nothing more. */
  personTypes() {
    this.setTyping(true, this.strings.personTyping);
    this.#personTimer = setTimeout(() => this.setTyping(false), TYPING_LASTS_MS);
  }

  /** `kind`: lost, found or trouble; null takes the banner away. */
  banner(kind, text = '', action = null) {
    clearTimeout(this.#bannerTimer);
    this.bannerNode.dataset.banner = kind || '';
    this.bannerNode.replaceChildren(...(kind ? [el('span', {}, text)] : []));
    if (action) this.bannerNode.append(el('button', { type: 'button', onclick: action.run }, action.text));
    if (kind === 'found') this.#bannerTimer = setTimeout(() => this.banner(null), FOUND_MS);
  }

  /** After an answer the clicked button is gone. A keyboard goes on writing; on a touch screen that would only
   *  raise the keyboard over the answer. */
  refocus(byKeyboard) {
    if (byKeyboard || !this.#touch) this.composer.focus();
    else this.node.focus({ preventScroll: true });
  }

  get #touch() {
    return window.matchMedia('(hover: none) and (pointer: coarse)').matches;
  }

  #key(event) {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      this.toggle(false, true);
    } else if (event.key === 'Tab' && this.phone.matches) {
      this.#keepFocus(event);
    }
  }

  /** Full screen, the page behind is not there for anybody's Tab key either. */
  #keepFocus(event) {
    const stops = [...this.node.querySelectorAll('a[href], button:enabled, input:enabled, textarea, [tabindex="0"]')]
      .filter((node) => node.tabIndex >= 0 && node.getClientRects().length);
    const current = this.host.shadowRoot.activeElement;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (current !== edge && current !== this.node) return;
    if (current === this.node && !event.shiftKey) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  /** iOS lays its keyboard over the page without telling dvh; the visual viewport is what is really seen. */
  #fit() {
    const seen = window.visualViewport;
    const full = this.isOpen && this.phone.matches && seen;
    this.node.toggleAttribute('data-full', Boolean(full));
    this.node.setAttribute('aria-modal', String(Boolean(full)));
    this.node.style.height = full ? `${seen.height}px` : '';
    this.node.style.top = full ? `${seen.offsetTop}px` : '';
    if (full) this.log.toEnd();
  }
}
