// Keyboard shortcuts. Single keys can be turned off (they get in the way of some who dictate), and none works while one is typing.

const STORE = 'retour-console:keys';
const PAUSE_MS = 1_200;

const isTyping = (target) => target.closest?.('input, textarea, select, [contenteditable]') !== null;

function areOn() {
  try {
    return localStorage.getItem(STORE) !== 'off';
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(STORE, on ? 'on' : 'off');
  } catch {
    // A browser that keeps nothing has them on.
  }
}

/** `extra`: what else keys do on this page, by key. */
export function startKeys(extra) {
  const help = document.querySelector('#help');
  const box = document.querySelector('#keys-on');
  const showHelp = () => { if (!help.open) help.showModal(); };
  let pending = 0;
  box.checked = areOn();
  box.addEventListener('change', () => remember(box.checked));
  for (const button of document.querySelectorAll('[data-help]')) button.addEventListener('click', showHelp);

  function press(key) {
    const button = document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`);
    if (button) button.click();
    return button !== null;
  }

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (event.key === 'Escape' && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target)) return;
    if (event.key === '?') {
      event.preventDefault();
      showHelp();
      return;
    }
    if (!box.checked) return;
    const key = Date.now() - pending < PAUSE_MS ? `g ${event.key}` : event.key;
    pending = event.key === 'g' ? Date.now() : 0;
    const act = extra[key];
    if (act) {
      event.preventDefault();
      act();
    } else if (key.length < 4 && key !== 'g' && press(key)) {
      event.preventDefault();
    }
  });
}
