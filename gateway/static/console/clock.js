// Counts on how long somebody has waited, in the words that the server began with (gateway/console/words.py).

const EVERY_MS = 15_000;
const UNITS = [['day', 86_400], ['hour', 3_600], ['minute', 60]];

function span(seconds, language) {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) || [];
  if (!unit) return null;
  const number = Math.floor(seconds / size);
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }).format(number);
}

export function tick() {
  for (const node of document.querySelectorAll('time[data-since]')) {
    const text = span((Date.now() - Date.parse(node.dataset.since)) / 1000, document.documentElement.lang);
    if (text && node.textContent !== text) node.textContent = text;
  }
}

export const startClock = () => setInterval(tick, EVERY_MS);
