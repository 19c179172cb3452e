// How an open parcel is shown, and what of it can be changed with the finger.

import { el } from '../widget/dom.js';
import { Parcel } from './parcel.js';
import { say } from './said.js';

const GRADES = ['as_new', 'opened', 'used', 'damaged', 'incomplete'];
const WAYS = ['restock', 'refurbish', 'repair', 'return_to_vendor', 'liquidate', 'donate', 'recycle', 'destroy'];

const option = (value, text, selected, disabled = false) => el('option', { value, selected, disabled }, text);

function field(text, control) {
  return el('label', {}, text, control);
}

function lotRow(parcel, line, one, place, again) {
  // Of several lots each has a name of its own: people hear it, and the page finds by it where the cursor was.
  const which = line.lots.length > 1 ? ` (${line.lots.indexOf(one) + 1})` : '';
  const name = `${place}. ${line.name}${which}`;
  const count = el('input', {
    type: 'number', min: 0, max: 1000, inputmode: 'numeric', value: one.quantity, 'aria-label': `${say('count')}, ${name}`,
    onchange: (event) => { one.quantity = Math.max(0, Number(event.target.value) || 0); again(); },
  });
  const grade = el('select', {
    'aria-label': `${say('grade')}, ${name}`,
    onchange: (event) => { [one.grade, one.way] = [event.target.value, null]; again(); },
  }, ...GRADES.map((value) => option(value, say(`grade_${value}`), value === one.grade)));
  const proposal = line.proposals[one.grade];
  const way = Parcel.wayOf(line, one);
  const ways = WAYS.map((value) => {
    const forbidden = proposal?.forbidden.includes(value) ?? false;
    const text = forbidden ? `${say(`way_${value}`)} (${say('forbidden')})` : say(`way_${value}`);
    return option(value, text, value === way, forbidden);
  });
  const where = el('select', {
    'aria-label': `${say('way')}, ${name}`, disabled: !one.accepted || !proposal,
    onchange: (event) => { one.way = event.target.value === proposal.disposition ? null : event.target.value; again(); },
  }, ...(one.accepted ? ways : [option('', say('refuse'), true)]));
  const refuse = el('button', {
    type: 'button', class: 'button toggle', 'aria-pressed': String(!one.accepted), 'aria-label': `${say('refuse')}, ${name}`,
    onclick: () => { one.accepted = !one.accepted; again(); },
  }, say('refuse'));
  const wants = one.quantity > 0 && !parcel.countOnly && (!one.accepted || one.way !== null || proposal?.needs_word.includes(way));
  const why = wants ? field(say('why'), el('input', {
    maxlength: 500, value: one.why, 'aria-label': `${say('why')}, ${name}`, oninput: (event) => { one.why = event.target.value; },
  })) : null;
  why?.classList.add('why');
  if (parcel.bare) return el('div', { class: 'lot' }, field(say('count'), count));
  return el('div', { class: 'lot' }, field(say('count'), count), field(say('grade'), grade), field(say('way'), where), refuse, why);
}

function lineRow(parcel, line, place, again) {
  const apart = line.lots.some((one) => one.quantity > 0 && line.proposals[one.grade]?.apart);
  const facts = [
    line.reason ? say('shopper_says', { reason: line.reason }) : null,
    line.bought ? say('bought', { count: line.bought }) : say('announced', { count: line.announced }),
    line.received ? say('came', { count: line.received }) : null,
    line.uninspected ? say('to_inspect', { count: line.uninspected }) : null,
    line.rejected ? say('was_refused', { count: line.rejected }) : null,
    line.missing ? say('was_missing', { count: line.missing }) : null,
  ].filter(Boolean).join(' · ');
  const photo = line.photo
    ? el('a', { href: line.photo, target: '_blank', rel: 'noopener' }, el('img', { src: line.photo, alt: say('shopper_photo') }))
    : null;
  return el('div', { class: `goods-line${apart ? ' apart' : ''}`, 'data-line': line.id },
    el('div', { class: 'line-head' },
      el('span', { class: 'line-number' }, String(place)),
      el('div', {}, el('b', { dir: 'auto' }, line.name), el('br'), el('span', { class: 'soft' }, `${line.sku} · ${facts}`)),
      photo),
    ...line.lots.map((one) => lotRow(parcel, line, one, place, again)),
    parcel.bare ? null : el('button', {
      type: 'button', class: 'button small', 'aria-label': `${say('split')}, ${place}. ${line.name}`,
      onclick: () => { parcel.command(`${place}+1d`, { d: 'damaged' }); again(); },
    }, say('split')),
    apart ? el('p', { class: 'alarm' }, say('apart')) : null);
}

function extras(parcel, again, takePhoto) {
  const complete = el('input', { type: 'checkbox', checked: parcel.complete, onchange: (event) => { parcel.complete = event.target.checked; } });
  const later = el('input', {
    type: 'checkbox', checked: parcel.countOnly, 'aria-label': say('count_only'), disabled: parcel.apart || parcel.card.undecided,
    onchange: (event) => { parcel.countOnly = event.target.checked; again(); },
  });
  const stray = el('input', {
    maxlength: 200, value: parcel.other, 'aria-label': say('other_name'), oninput: (event) => { parcel.other = event.target.value; },
  });
  const addStray = () => { parcel.addOther(); again(); };
  const picture = el('input', { type: 'file', accept: 'image/*', capture: 'environment', class: 'unseen', 'aria-label': say('photo'), onchange: (event) => takePhoto(event.target.files[0]) });
  const also = parcel.card.others.filter((line) => !parcel.line(line.id));
  return el('div', { class: 'extra' },
    el('label', { class: 'check' }, complete, say('rest_missing')),
    el('label', { class: 'check' }, later, say('count_only')),
    also.length ? field(say('add_line'), el('select', {
      'aria-label': say('add_line'),
      onchange: (event) => { parcel.add(also.find((line) => line.id === event.target.value)); again(); },
    }, option('', '…', true), ...also.map((line) => option(line.id, line.name, false)))) : null,
    ...parcel.others.map((other) => el('span', { class: 'button small' }, `${other.quantity} × ${other.name}`)),
    el('label', { class: 'wide' }, say('others'), stray),
    el('button', { type: 'button', class: 'button', onclick: addStray }, say('other_goods')),
    el('label', { class: 'wide' }, say('note'), el('input', { maxlength: 500, value: parcel.note, oninput: (event) => { parcel.note = event.target.value; } })),
    el('label', { class: 'button' }, parcel.photo ? say('photo_kept') : say('photo'), picture));
}

/** The card of an open parcel; `again` shows it anew. */
export function parcelCard(parcel, { again, save, leave, takePhoto }) {
  const head = parcel.bare
    ? [el('h2', {}, parcel.order), el('span', {}, say('new_return'))]
    : [el('h2', {}, parcel.number), el('span', { class: 'soft' }, parcel.order), el('span', {}, parcel.card.status_words)];
  return el('article', { class: 'card', 'data-number': parcel.number ?? parcel.order },
    el('div', { class: 'card-head' }, ...head),
    parcel.card.settled ? el('p', { class: 'soft' }, say('settled_already')) : null,
    parcel.card.undecided ? el('p', { class: 'soft' }, say('undecided')) : null,
    parcel.card.declined ? el('p', { class: 'soft' }, say('declined')) : null,
    el('div', { class: 'lot-list' }, ...parcel.lines.map((line, index) => lineRow(parcel, line, index + 1, again))),
    parcel.bare ? null : extras(parcel, again, takePhoto),
    el('div', { class: 'buttons' },
      el('button', { type: 'button', class: 'button main', id: 'save', onclick: save }, say('save')),
      parcel.card.settled ? el('button', {
        type: 'button', class: 'button toggle', 'aria-pressed': String(parcel.apart), onclick: () => { parcel.setApart(!parcel.apart); again(); },
      }, say('own_return')) : null,
      el('button', { type: 'button', class: 'button', onclick: leave }, say('leave'))));
}

/** Several returns of one order: one is picked by its place. */
export function pickCard(cards, pick) {
  return el('article', { class: 'card picks' }, ...cards.map((card, index) => el('button', {
    type: 'button', class: 'button', onclick: () => pick(index),
  }, `${index + 1}. ${card.number} · ${card.status_words} · ${card.lines.map((line) => line.name).join(', ')}`)));
}

/** A parcel that nobody can place. */
export function strayCard(scanned, save, leave, takePhoto) {
  const goods = el('input', { maxlength: 200, 'aria-label': say('other_name') });
  const note = el('input', { maxlength: 500, 'aria-label': say('note') });
  const picture = el('input', { type: 'file', accept: 'image/*', capture: 'environment', class: 'unseen', onchange: (event) => takePhoto(event.target.files[0]) });
  return el('article', { class: 'card' },
    el('div', { class: 'card-head' }, el('h2', { dir: 'auto' }, scanned)),
    el('div', { class: 'extra' }, el('label', { class: 'wide' }, say('other_name'), goods), el('label', { class: 'wide' }, say('note'), note),
      el('label', { class: 'button' }, say('photo'), picture)),
    el('div', { class: 'buttons' },
      el('button', { type: 'button', class: 'button main', 'data-keep': true, onclick: () => save(goods.value.trim(), note.value.trim()) }, say('keep_parcel')),
      el('button', { type: 'button', class: 'button', onclick: leave }, say('leave'))));
}
