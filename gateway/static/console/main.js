// Ties the parts together. Every page works without any of this, by reloading.
import { startClock } from './clock.js';
import { Composer, forgetDrafts } from './composer.js';
import { Conversation } from './conversation.js';
import { startKeys } from './keys.js';
import { Line } from './line.js';
import { openMenu, startMenus } from './menus.js';
import { LoggedOut } from './net.js';
import { Queue, lastQueue } from './queue.js';
import { startSide } from './side.js';

const SAID_MS = 2_500;
const TYPING_MS = 4_000;

const { page, conversation, base, mark, login } = document.body.dataset;
const byId = (id) => document.getElementById(id);

function said(text) {
  byId('said').textContent = text;
  clearTimeout(said.timer);
  said.timer = setTimeout(() => { byId('said').textContent = ''; }, SAID_MS);
}

function lost(isLost) {
  byId('lost').hidden = !isLost;
  document.body.toggleAttribute('data-live', !isLost);
}

function ended() {
  byId('ended').hidden = false;
  lost(false);
}

function trouble(error) {
  if (error instanceof LoggedOut) ended();
  else if (error instanceof TypeError) lost(true);
  else throw error;
}

function typing(text) {
  byId('typing').textContent = text;
  clearTimeout(typing.timer);
  if (text) typing.timer = setTimeout(() => typing(''), TYPING_MS);
}

function present(text) {
  document.body.dataset.presence = text;
  const node = byId('presence');
  if (node && node.textContent !== text) node.textContent = text;
}

function startQueue() {
  const queue = new Queue({ onTrouble: trouble });
  new Line({ conversation: null, onChanged: () => queue.changed(), onState: lost, onEnded: ended });
  startKeys(queue.keys);
}

function startConversation() {
  const thread = new Conversation({ base, mark, onTrouble: trouble, onSaid: said });
  const line = new Line({
    conversation,
    onChanged: (id) => {
      if (id !== null && id !== conversation) return;
      typing('');
      thread.changed();
    },
    onPresence: present,
    onTyping: typing,
    onState: lost,
    onEnded: ended,
  });
  thread.composer = new Composer({ root: byId('composer'), conversation, login, onTyping: () => line.types() });
  startSide();
  document.addEventListener('click', (event) => {
    const back = event.target.closest('[data-back]');
    if (back) back.href = lastQueue();
  });
  startKeys({
    r: () => thread.composer.focus('reply'),
    n: () => thread.composer.focus('note'),
    s: () => openMenu(byId('menu-snooze')),
    c: () => openMenu(byId('menu-canned')),
    u: () => location.assign(lastQueue()),
    '/': () => location.assign('/console#search'),
  });
}

// On a phone the sections are wider than the bar: the one that is open stands in view.
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
startMenus();
startClock();
document.querySelector('[data-logout]')?.addEventListener('submit', () => forgetDrafts());
if (page === 'queue') startQueue();
else if (page === 'conversation') startConversation();
else startKeys({ u: () => location.assign('/console') });
if (page === 'queue' && location.hash === '#search') byId('search').focus();
