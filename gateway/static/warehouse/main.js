// Ties the receiving page together. The cursor stays in the scan field: a scanner types there and ends with Enter, and so does a person
// who works by keyboard alone. Enter on an empty field saves what is shown.

import { LoggedOut, newKey, read } from '../console/net.js';
import { el } from '../widget/dom.js';
import { parcelCard, pickCard, strayCard } from './card.js';
import { Outbox } from './outbox.js';
import { Parcel } from './parcel.js';
import { sendPhoto } from './photo.js';
import { LETTERS, say } from './said.js';

const SHOWN = 8;
const { csrf } = document.body.dataset;
const byId = (id) => document.getElementById(id);
const field = byId('code');

let parcel = null;
let picks = [];

function tell(text, kind = '') {
  byId('state').textContent = text;
  byId('state').dataset.kind = kind;
}

function ended() {
  byId('ended').hidden = false;
}

function show(...nodes) {
  byId('open').replaceChildren(...nodes);
}

/** Back to the scan field. What was typed into it meanwhile is the next scan's: it stays. */
function ready() {
  field.focus();
}

/** Puts a scan back that was not taken, unless the next one is being typed. */
function giveBack(text) {
  if (!field.value) field.value = text;
  field.focus();
  field.select();
}

function close() {
  parcel = null;
  picks = [];
  show();
}

function leave() {
  close();
  tell(say('scan_hint'));
  ready();
}

const outbox = new Outbox({
  csrf,
  onChange: (waiting) => {
    byId('sending').hidden = waiting === 0;
    byId('sending').textContent = say('waiting', { count: waiting });
    document.body.dataset.waiting = String(waiting);
  },
  onDone: (entry, body) => {
    document.querySelector(`[data-entry="${entry.key}"]`)?.removeAttribute('data-unsent');
    if (entry.then === 'open' && body.returns && !parcel) open(body.returns[0], entry.scanned);
    if (body.parcel || entry.then === 'strays') strays();
    if (body.parcel) tell(`${say('parcel_kept')} ${body.note ?? ''}`, 'bad');
  },
  onRefused: refused,
  onLoggedOut: ended,
});

function refused(entry, { detail, counted }, status) {
  document.querySelector(`[data-entry="${entry.key}"]`)?.remove();
  const why = say(counted ? 'only_counted' : 'trouble', { number: entry.number, why: detail ?? `HTTP ${status}` });
  const row = el('div', { class: 'trouble-row', role: 'alert', 'data-trouble': entry.number }, why,
    el('button', { type: 'button', class: 'button small', onclick: () => { row.remove(); take(entry.number); } }, say('retry')),
    el('button', { type: 'button', class: 'button small', onclick: () => { row.remove(); ready(); } }, say('drop')));
  byId('troubles').append(row);
  tell('');
}

function note(entry, summary) {
  const words = summary.map((one) => {
    const way = one.accepted ? (one.way ? say(`way_${one.way}`) : say('counted', { count: one.quantity })) : say('refuse');
    return el('span', { class: `way${one.apart || !one.accepted ? ' alert' : ''}` }, `${one.quantity} × ${one.name} → ${way}${one.apart ? ` (${say('apart')})` : ''}`);
  });
  const row = el('li', { 'data-entry': entry.key, 'data-unsent': true }, el('b', {}, entry.number), ...words);
  let list = byId('done').querySelector('ol');
  if (!list) {
    list = el('ol');
    byId('done').append(list);
  }
  list.prepend(row);
  while (list.children.length > SHOWN) list.lastChild.remove();
}

function draw() {
  const focused = document.activeElement?.getAttribute?.('aria-label');
  show(parcelCard(parcel, { again: draw, save, leave, takePhoto }));
  if (focused) byId('open').querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

function open(card, scanned) {
  picks = [];
  parcel = new Parcel(card, scanned);
  draw();
  tell(say('enter_saves'));
  ready();
}

async function takePhoto(file) {
  if (!file) return;
  try {
    const photo = await sendPhoto(file, csrf);
    if (parcel) [parcel.photo] = [photo];
    else byId('open').dataset.photo = String(photo);
    if (parcel) draw();
    tell(say('photo_kept'), 'good');
  } catch {
    tell(say('offline'), 'bad');
  }
  ready();
}

function save() {
  if (!parcel) {
    byId('open').querySelector('[data-keep]')?.click(); // a parcel that nobody can place
    return;
  }
  parcel.addOther();
  if (parcel.isEmpty) {
    tell(say(parcel.isDone ? 'all_here' : 'nothing_counted'), 'bad');
    return;
  }
  if (parcel.isOnlyWaiting) {
    tell(say('here_already'), 'bad');
    return;
  }
  if (parcel.lacksRest) {
    tell(say('no_rest'), 'bad');
    return;
  }
  const wanting = parcel.wanting();
  if (wanting) {
    tell(say('say_why', { name: wanting.name }), 'bad');
    draw();
    [...byId('open').querySelectorAll(`[data-line="${CSS.escape(wanting.id)}"] .why input`)].find((why) => !why.value.trim())?.focus();
    return;
  }
  const { order, scanned, bare, apart } = parcel;
  const entry = apart
    ? { address: `/warehouse/returns/${parcel.number}/apart`, key: newKey(), document: parcel.document(), number: parcel.number, then: 'open', scanned }
    : bare
    ? { address: `/warehouse/orders/${encodeURIComponent(order)}`, key: newKey(), document: parcel.document(), number: order, then: 'open', scanned }
    : { address: `/warehouse/returns/${parcel.number}`, key: newKey(), document: parcel.document(), number: parcel.number };
  if (!bare && !apart) note(entry, parcel.summary());
  // What is saved now was seen with its trouble.
  for (const row of document.querySelectorAll(`[data-trouble="${CSS.escape(entry.number)}"]`)) row.remove();
  close();
  tell(say('saved', { number: entry.number, what: '✓' }), 'good');
  ready();
  outbox.put(entry);
}

function saveStray(scanned, goods, words) {
  const photo = Number(byId('open').dataset.photo) || null;
  const contents = goods ? [{ name: goods, quantity: 1 }] : [];
  delete byId('open').dataset.photo;
  outbox.put({
    address: '/warehouse/parcels', key: newKey(), number: scanned, then: 'strays',
    document: { scanned, contents, ...(words ? { note: words } : {}), ...(photo ? { photo } : {}) },
  });
  close();
  tell(say('parcel_kept'), 'good');
  ready();
}

async function find(text) {
  const query = new URLSearchParams({ q: text, ...(parcel ? { open: parcel.number ?? '', order: parcel.order } : {}) });
  const answer = await read(`/warehouse/find?${query}`);
  if (!answer.ok) throw new TypeError(`HTTP ${answer.status}`);
  return answer.body;
}

async function scan(text) {
  tell(say('searching'));
  let found;
  try {
    found = await find(text);
  } catch (error) {
    if (error instanceof LoggedOut) ended();
    tell(say('offline'), 'bad');
    giveBack(text);
    return;
  }
  if (found.kind === 'item') {
    item(found);
  } else if (parcel && (parcel.bare || found.returns[0]?.number !== parcel.number)) {
    // Another parcel while one is open: what is shown may be half done, so nothing is thrown away or saved unasked.
    tell(say('unsaved', { number: parcel.number ?? parcel.order }), 'bad');
    ready();
  } else {
    begin(text, found);
  }
}

function item(found) {
  if (found.line === null) {
    tell(say('not_this_order', { order: parcel.order }), 'bad');
  } else {
    const line = parcel.countItem(found.line, found.unit ? found.epc : null);
    draw();
    tell(say('item_counted', { name: line.name, count: line.lots[0].quantity }), 'good');
  }
  ready();
}

function choose(returns, text) {
  picks = returns;
  show(pickCard(returns, (index) => open(returns[index], text)));
  ready();
}

function begin(text, found) {
  const { kind, returns } = found;
  if (kind === 'loose_item' && returns.length) {
    // Others may have sent the same article back: a person picks, also where there is one only.
    choose(returns, text);
    tell(say('loose_in', { count: returns.length }));
  } else if (returns.length === 1) {
    open(returns[0], text);
  } else if (returns.length > 1) {
    choose(returns, text);
    tell(say('several'));
  } else if (kind === 'bare_order') {
    open(found.bought, text);
    tell(say('no_return', { order: found.order }));
  } else {
    tell(say(kind === 'mistyped' ? 'mistyped' : kind === 'loose_item' ? 'loose' : 'unknown'), 'bad');
    show(kind === 'mistyped' || kind === 'loose_item' ? '' : strayCard(text, (goods, words) => saveStray(text, goods, words), leave, takePhoto));
    ready();
  }
}

let before = Promise.resolve();

/** Takes what was scanned or typed, one after the other: a scanner does not wait for an answer. */
function take(text) {
  before = before.then(() => entered(text));
}

async function entered(text) {
  if (!text) {
    save();
    return;
  }
  if (picks[Number(text) - 1]) {
    open(picks[Number(text) - 1], text);
    return;
  }
  try {
    if (parcel?.command(text, LETTERS)) {
      draw();
      tell(say('enter_saves'));
      ready();
      return;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    tell(say('bad_command', { line: error.message }), 'bad');
    ready();
    return;
  }
  await scan(text);
}

async function strays() {
  const answer = await read('/warehouse/parcels').catch(() => null);
  if (!answer?.ok) return;
  const { parcels } = answer.body;
  byId('strays-count').textContent = String(parcels.length);
  byId('strays-list').replaceChildren(...parcels.map((one) => {
    const outcome = el('input', { maxlength: 300, 'aria-label': say('outcome') });
    const settle = () => {
      if (!outcome.value.trim()) return outcome.focus();
      outbox.put({ address: `/warehouse/parcels/${one.id}`, key: newKey(), document: { outcome: outcome.value.trim() }, number: one.scanned ?? String(one.id), then: 'strays' });
      return ready();
    };
    return el('article', { class: 'card' },
      el('p', {}, el('b', { dir: 'auto' }, one.scanned ?? one.number ?? `#${one.id}`), ` ${one.goods.join(', ')}`),
      el('p', { class: 'soft', dir: 'auto' }, [one.note, one.number, one.by, one.at].filter(Boolean).join(' · ')),
      one.photo ? el('img', { src: one.photo, alt: say('photo'), loading: 'lazy' }) : null,
      el('div', { class: 'extra' }, el('label', { class: 'wide' }, say('outcome'), outcome), el('button', { type: 'button', class: 'button', onclick: settle }, say('settle'))));
  }));
}

byId('scan').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  field.value = '';
  take(text);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !byId('help').open) {
    event.preventDefault();
    leave();
  } else if (event.key === 'Enter' && event.target.closest?.('#open input') && event.target.type !== 'file') {
    event.preventDefault();
    event.target.dispatchEvent(new Event('change'));
    save();
  }
}, true);
// A scan that was sent before this ran, or a link that names a parcel.
const asked = new URLSearchParams(location.search).get('code')?.trim();
if (asked) {
  history.replaceState(null, '', '/warehouse');
  take(asked);
}
ready();
strays();
document.body.dataset.ready = '';
