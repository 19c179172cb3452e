// A shop names one colour; the writing on it is black or white, whichever reads better (WCAG contrast).

function channels(colour) {
  const context = document.createElement('canvas').getContext('2d');
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function applyAccent(host, colour) {
  if (!colour || !CSS.supports('color', colour)) return;
  const light = luminance(channels(colour));
  host.style.setProperty('--retour-accent', colour);
  host.style.setProperty('--retour-on-accent', 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#000000');
}
