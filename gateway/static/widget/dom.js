// The only place where elements are made. Text goes in as text nodes, never as markup: what people and
// servers write is hostile until proven otherwise, and so a page's CSP has nothing to forbid here.

/** `on<event>` props become listeners, the others attributes; null, undefined and false are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  chat: ['M4 5.5h16v11H9.5L5 20v-3.5H4z', 'M8 9.5h8M8 12.5h5'],
  close: ['M6 6l12 12M18 6L6 18'],
  send: ['M4 12l16-7-5 15-3.5-6z', 'M11.5 14L20 5'],
  camera: ['M4 8h3.5L9 5.5h6L16.5 8H20v11H4z', 'M12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z'],
  label: ['M6 3.5h8.5L18 7v13.5H6z', 'M14 3.5V7.5h4', 'M9 12v5M11 12v5M13.5 12v5M15 12v5'],
  open: ['M13 5h6v6', 'M19 5l-8 8', 'M17 14v5H5V7h5'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  person: ['M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5'],
  parcel: ['M4 8l8-4 8 4v8.5l-8 4-8-4z', 'M4 8l8 4 8-4M12 12v8.5', 'M8 6l8 4'],
};

/** A line drawing of 24 by 24, hidden from screen readers: the control around it carries the words. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  for (const d of PATHS[name]) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
