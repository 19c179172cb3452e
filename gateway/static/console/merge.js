// Puts what the server rendered anew into the page, element by element: what is the same stays as it is, with its focus,
// its open menus and what was typed into it. Elements are known by their data-key; markup comes from our own server only,
// which escapes what people wrote.

const shown = new WeakMap();
const CONTROLS = 'a[href], button, input, select, textarea, summary';

/** What an element says, without what is new in every rendering of it. */
function fingerprint(node) {
  const copy = node.cloneNode(true);
  for (const field of copy.querySelectorAll('input[name="mark"], [data-fresh]')) field.removeAttribute('value');
  return copy.outerHTML;
}

/** To be called before anything else changes the page. */
export function remember(target) {
  for (const node of target.children) shown.set(node, fingerprint(node));
}

function carryControl(from, to) {
  if (from.type === 'checkbox' || from.type === 'radio') {
    if (from.checked !== from.defaultChecked && !to.disabled) to.checked = from.checked;
  } else if (from instanceof HTMLSelectElement) {
    const usual = [...from.options].find((option) => option.defaultSelected) || from.options[0];
    if (usual && from.value !== usual.value) to.value = from.value;
  } else if (from.type !== 'hidden' && from.value !== from.defaultValue) {
    to.value = from.value;
  }
}

function carry(old, fresh) {
  for (const from of old.querySelectorAll('[id]')) {
    const to = fresh.querySelector(`#${CSS.escape(from.id)}`);
    if (!to) continue;
    if (from instanceof HTMLDetailsElement) to.open = from.open;
    else if (from.matches('input, select, textarea')) carryControl(from, to);
  }
}

function focusWithin(old) {
  const active = document.activeElement;
  if (!active || !old.contains(active)) return null;
  const { id, selectionStart, selectionEnd } = active;
  return { id, index: [...old.querySelectorAll(CONTROLS)].indexOf(active), selectionStart, selectionEnd };
}

function refocus(fresh, was) {
  const target = (was.id && fresh.querySelector(`#${CSS.escape(was.id)}`)) || [...fresh.querySelectorAll(CONTROLS)][was.index];
  if (!target) return;
  target.focus({ preventScroll: true });
  if (target instanceof HTMLTextAreaElement) target.setSelectionRange(was.selectionStart, was.selectionEnd);
}

function replace(old, fresh) {
  const was = focusWithin(old);
  carry(old, fresh);
  old.replaceWith(fresh);
  if (was) refocus(fresh, was);
}

/** Makes the children of `target` those of `html`; the keys of the new ones. What holds (data-hold) is replaced by the answer to
 *  one's own act only. */
export function merge(target, html, { own = false } = {}) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const before = new Map([...target.children].map((node) => [node.dataset.key, node]));
  const added = [];
  let place = target.firstElementChild;
  for (const fresh of [...template.content.children]) {
    const { key } = fresh.dataset;
    const old = before.get(key);
    const print = fingerprint(fresh);
    let node = fresh;
    if (old && (shown.get(old) === print || (!own && old.hasAttribute('data-hold')))) {
      node = old;
    } else {
      shown.set(fresh, print);
      if (old) {
        if (place === old) place = old.nextElementSibling;
        replace(old, fresh);
      } else {
        added.push(key);
      }
    }
    before.delete(key);
    if (node === place) place = place.nextElementSibling;
    else target.insertBefore(node, place);
  }
  for (const gone of before.values()) if (own || !gone.hasAttribute('data-hold')) gone.remove();
  return added;
}
