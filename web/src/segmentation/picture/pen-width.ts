// Estimates the pen width in a picture, and thins thick strokes to a given width.
import type { Raster } from "./raster";

/** Returns the distance of each ink pixel to paper, in pixels; 0 for paper. */
function depths({ width, height, data }: Raster): Float32Array {
  const far = new Float32Array(data.length); // from the middle of the nearest paper: chamfer distances, 3 and 4 in thirds (Borgefors 1986)
  const [straight, aslant] = [1, 4 / 3];
  for (let i = 0; i < far.length; i++) far[i] = data[i] === 0 ? Infinity : 0;
  for (const way of [1, -1]) {
    const [first, last] = way > 0 ? [0, far.length - 1] : [far.length - 1, 0];
    for (let n = first; n !== last + way; n += way) {
      if (far[n] === 0) continue;
      const [x, y] = [n % width, Math.floor(n / width)];
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) {
        far[n] = straight;
        continue;
      }
      const near = Math.min(far[n - way]!, far[n - way * width]!) + straight;
      far[n] = Math.min(far[n]!, near, Math.min(far[n - way * (width + 1)]!, far[n - way * (width - 1)]!) + aslant);
    }
  }
  for (let i = 0; i < far.length; i++) if (far[i]! > 0) far[i]! -= 0.5;
  return far;
}

/** Estimates the pen width in pixels: the mean depth of a strip of ink is a fourth of its width. */
export function penWidth(ink: Raster): number {
  return penIn(depths(ink));
}

function penIn(depths: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const depth of depths) if (depth > 0) [sum, count] = [sum + depth, count + 1];
  return count > 0 ? (4 * sum) / count : 0;
}

const MIN_WIDTH_FRACTION = 0.4; // of the width that it had: finer lines of the same letter are to stay

/** Thins the ink of a pen of width `from` to the width `to`; finer strokes stay. */
export function thin(ink: Raster, from: number, to: number): Raster {
  if (from <= to) return ink;
  const deep = depths(ink);
  const pen = Math.min(from, penIn(deep));
  const edge = Math.max(0, pen - Math.max(to, MIN_WIDTH_FRACTION * pen)) / 2;
  const data = new Uint8Array(deep.length);
  for (let i = 0; i < data.length; i++)
    data[i] = deep[i]! > 0 ? 255 * Math.min(1, Math.max(0, 0.5 - deep[i]! + edge)) : 255;
  return { ...ink, data };
}
