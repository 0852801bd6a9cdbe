// Paints a 28x28 image on a canvas.

/** Paints ink as white with the byte as opacity; null clears the canvas. */
export function paintImage(canvas: HTMLCanvasElement, image: Uint8Array | null): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(canvas.width, canvas.height);
  image?.forEach((ink, i) => pixels.data.set([255, 255, 255, ink], 4 * i));
  context.putImageData(pixels, 0, 0);
}
