// A picture made small before it is sent: a phone's has ten megabytes, and the shelf is far from the access point.

const SIDE = 1600;

/** The id that the server gave the picture. Throws TypeError when it was not taken. */
export async function sendPhoto(file, csrf) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.8); });
  const response = await fetch('/warehouse/photos', {
    method: 'POST', body: blob, credentials: 'same-origin',
    headers: { 'Content-Type': 'image/jpeg', 'X-CSRF': csrf, 'X-Requested-With': 'fetch', Accept: 'application/json' },
  });
  if (!response.ok) throw new TypeError(`HTTP ${response.status}`);
  return (await response.json()).photo;
}
