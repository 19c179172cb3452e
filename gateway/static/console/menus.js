// Menus are <details>: they work without this. Here they close when one looks elsewhere, and give the focus back.

const open = () => [...document.querySelectorAll('details.menu[open]')];

function close(menu, refocus = false) {
  menu.open = false;
  if (refocus) menu.querySelector('summary').focus();
}

export function closeMenus() {
  for (const menu of open()) close(menu);
}

/** Opens the menu and puts the focus on its first choice. */
export function openMenu(menu) {
  if (!menu) return;
  menu.open = true;
  const first = menu.querySelector('.sheet-menu button, .sheet-menu input:not([type=hidden]), .sheet-menu select');
  if (first) first.focus();
}

export function startMenus() {
  document.addEventListener('click', (event) => {
    for (const menu of open()) if (!menu.contains(event.target) && !menu.classList.contains('ask')) close(menu);
  });
  document.addEventListener('toggle', (event) => {
    if (!event.target.open || !event.target.matches?.('details.menu')) return;
    for (const menu of open()) if (menu !== event.target && !menu.contains(event.target)) close(menu);
  }, true);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = open().at(-1);
    if (!menu) return;
    event.preventDefault();
    event.stopPropagation();
    close(menu, menu.contains(document.activeElement));
  }, true);
  document.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const menu = event.target.closest?.('details.menu[open] .canned');
    if (!step || !menu) return;
    event.preventDefault();
    const choices = [...menu.querySelectorAll('button')];
    choices[(choices.indexOf(document.activeElement) + step + choices.length) % choices.length].focus();
  });
}
