// The colours of base.css for canvases.

export type Colour = readonly [red: number, green: number, blue: number];

/** Reads a custom property such as "--ink", written as #rrggbb. */
export function colour(name: string): Colour {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Paints a pixel for each number of -1..1: its sign selects the colour, its magnitude the opacity. */
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
