// What any shop writes to have the assistant on its pages. The first line lets Retour.run() be called before
// the async script has arrived.
window.Retour = window.Retour || { q: [], run(...args) { this.q.push(args); } };
window.Retour.run({ language: document.documentElement.lang });

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-ask]');
  if (!opener || !window.Retour.open) return;
  window.Retour.open({ text: opener.dataset.ask });
});
