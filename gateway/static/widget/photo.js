// A phone's picture is 4 to 12 MB; the assistant needs 2,000 pixels. Drawing it again also leaves behind where
// and when it was taken, which the shop has no business knowing.

const LONGEST_PX = 2000;
const QUALITY = 0.86;
const MOST_BYTES = 10 * 1024 * 1024;

export class PhotoError extends Error {
  /** `reason` names a string of the widget's table. */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** A File that claims to be an image gives a JPEG Blob. A kind this browser cannot draw (HEIC) goes as it is.
 *  Throws PhotoError. */
export async function prepare(file) {
  if (!file.type.startsWith('image/')) throw new PhotoError('notAPicture');
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    if (!/heic|heif|avif|tiff/.test(file.type)) throw new PhotoError('notAPicture');
    if (file.size > MOST_BYTES) throw new PhotoError('tooLarge');
    return file;
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff'; // JPEG knows no transparency and would turn it black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', QUALITY); });
  if (!blob) throw new PhotoError('notAPicture');
  if (blob.size > MOST_BYTES) throw new PhotoError('tooLarge');
  return blob;
}
