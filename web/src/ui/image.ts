// 28x28 bytes of ink as pixels on a canvas.

/** Paints the bytes as they are: the lighter, the more ink; null leaves it empty. */
export function paintImage(canvas: HTMLCanvasElement, image: Uint8Array | null): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(canvas.width, canvas.height);
  image?.forEach((ink, i) => pixels.data.set([255, 255, 255, ink], 4 * i));
  context.putImageData(pixels, 0, 0);
}
