// One message as the shopper sees it.
import { el, icon } from './dom.js';

const LINK = /https?:\/\/[^\s<>"']+/g;
const RETURN_NUMBER = /(RT-[0-9A-Z]{8})/;
const TRAILING = /[.,;:!?)\]}»]+$/;

/** An absolute http(s) address, or null: `javascript:` and its kin never become a link. */
function safeUrl(address, server) {
  try {
    const url = new URL(address, server);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

/** A return number is copied on parcels by hand: it stays on one line. */
const unbroken = (text) => text.split(RETURN_NUMBER)
  .map((part) => (RETURN_NUMBER.test(part) ? el('span', { class: 'number' }, part) : part));

/** Only addresses of the assistant's own server become links: another one in a text may be somebody's trap. */
function linkified(text, server) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, '');
    const url = safeUrl(address, server);
    if (!url || url.origin !== new URL(server).origin) continue;
    parts.push(...unbroken(text.slice(end, match.index)));
    parts.push(el('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, address));
    end = match.index + address.length;
  }
  parts.push(...unbroken(text.slice(end)));
  return parts;
}

function attachment({ kind, url: address, mime }, strings, server) {
  const told = safeUrl(address, server);
  if (!told) return null;
  // Labels and photos are the server's own: under localhost or another of its names they are there too, and the page's
  // policy allows no picture from elsewhere.
  const url = new URL(told.pathname, server);
  const link = { href: url.href, target: '_blank', rel: 'noopener noreferrer', 'data-attachment': kind };
  if (kind === 'label') {
    const type = (String(mime || '').split('/')[1] || 'pdf').toUpperCase();
    return el('a', { ...link, class: 'card' },
      el('span', { class: 'card-icon' }, icon('label')),
      el('span', { class: 'card-text' },
        el('strong', {}, strings.label), el('span', {}, strings.labelHint(type))),
      icon('open'));
  }
  const name = kind === 'qr' ? strings.qr : strings.photo;
  const image = el('img', { src: url.href, alt: name, class: kind === 'qr' ? 'qr' : 'photo' });
  const figure = el('a', { ...link, class: 'picture' }, image);
  if (kind === 'qr') figure.append(el('span', { class: 'caption' }, strings.qr));
  return figure;
}

/** `message` as in the API. A shopper's own picture not sent yet comes as `preview`, a blob address. */
export function bubble(message, strings, server, preview = null) {
  const from = ['bot', 'agent', 'shopper', 'system'].includes(message.from) ? message.from : 'system';
  const author = { bot: strings.bot, agent: strings.agent, shopper: strings.you }[from];
  const node = el('div', { class: 'message', 'data-from': from, 'data-id': message.id });
  if (author) node.append(el('span', { class: from === 'agent' ? 'author' : 'unseen' }, `${author}: `));
  if (message.text) node.append(el('div', { class: 'text', dir: 'auto' }, ...linkified(message.text, server)));
  if (preview) node.append(el('span', { class: 'picture' }, el('img', { src: preview, alt: strings.photo, class: 'photo' })));
  for (const item of message.attachments || []) {
    const shown = attachment(item, strings, server);
    if (shown) node.append(shown);
  }
  return node;
}
