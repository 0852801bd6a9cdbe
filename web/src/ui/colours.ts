// The palette of base.css, for what is painted on canvases.

export type Colour = readonly [red: number, green: number, blue: number];

/** A custom property such as "--ink": #rrggbb. */
export function colour(name: string): Colour {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Paints a pixel for each number: the first colour where it is positive, the second where it is negative, the denser the nearer to 1. */
export function paintNumbers(
  canvas: HTMLCanvasElement,
  values: readonly number[],
  positive: Colour,
  negative: Colour,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    pixels.data.set([...(value < 0 ? negative : positive), Math.round(255 * Math.min(1, Math.abs(value)))], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
}
