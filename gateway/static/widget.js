// The one file a shop includes. It stays a classic script so that `document.currentScript` tells where the
// server is; the rest is loaded from there as modules, only once somebody calls Retour.run().
(() => {
  'use strict';
  if (window.Retour && window.Retour.loaded) return;

  const script = document.currentScript;
  const home = new URL('.', script ? script.src : window.location.href).href;
  const waiting = (window.Retour && window.Retour.q) || [];
  let widget = null;

  function run(options = {}) {
    if (widget) return widget;
    const server = new URL(options.server || home, document.baseURI);
    if (!server.pathname.endsWith('/')) server.pathname += '/';
    server.search = '';
    server.hash = '';
    widget = import(`${server.href}static/widget/main.js`).then(({ start }) => start({ ...options, server: server.href }));
    widget.catch((error) => {
      widget = null; // so that a later run() may try again
      console.warn('Retour: the assistant could not be loaded.', error);
    });
    return widget;
  }

  const later = (name) => (...args) => (widget || run()).then((it) => it[name](...args), () => undefined);

  window.Retour = { loaded: true, run, open: later('open'), close: later('close'), reset: later('reset') };

  if (script && script.dataset.run !== undefined) {
    const { run: _, ...options } = script.dataset;
    run(options);
  }
  for (const args of waiting) run(...args);
})();
