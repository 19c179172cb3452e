// On a phone the details come as a sheet over the conversation.

const BEHIND = '.top, .bar, .talk';

export function startSide() {
  const side = document.querySelector('#side');
  const button = () => document.querySelector('[data-side]');

  function toggle(open) {
    document.body.toggleAttribute('data-side-open', open);
    button()?.setAttribute('aria-expanded', String(open));
    for (const node of document.querySelectorAll(BEHIND)) node.inert = open;
    if (open) {
      side.tabIndex = -1;
      side.focus({ preventScroll: true });
    } else {
      button()?.focus();
    }
  }

  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-side]')) {
      event.preventDefault();
      toggle(true);
    } else if (event.target.closest('[data-side-close]')) {
      toggle(false);
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.body.hasAttribute('data-side-open') && !event.defaultPrevented) toggle(false);
  });
  window.matchMedia('(min-width: 901px)').addEventListener('change', (event) => {
    if (event.matches && document.body.hasAttribute('data-side-open')) toggle(false);
  });
}
