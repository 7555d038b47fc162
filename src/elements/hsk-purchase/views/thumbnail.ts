/** CSS pixels of the longer side. */
const SIDE = 96;

const drawn = new WeakMap<Element, Blob>();

/**
 * Draws an image, upright and small. On a canvas: it needs no URL, which the host's policy might not allow. What
 * cannot be decoded is left blank; the file is sent as it is.
 */
export function drawThumbnail(element: Element | undefined, file: Blob): void {
  if (!element || drawn.get(element) === file) return;
  drawn.set(element, file);
  void draw(element as HTMLCanvasElement, file).catch(() => undefined);
}

async function draw(canvas: HTMLCanvasElement, file: Blob): Promise<void> {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, (SIDE * devicePixelRatio) / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
}
