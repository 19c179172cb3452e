// The page's words, in the language of whoever is logged in.

const { said, letters } = JSON.parse(document.getElementById('said-words').textContent);

export const LETTERS = letters;

/** The text of `key`, with {name} replaced. */
export function say(key, values = {}) {
  return (said[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
