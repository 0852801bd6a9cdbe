// The pen's width in a picture, and letters of a thick pen as a finer one would have drawn them.
import type { Raster } from "./raster";

/** Of each pixel how deep it lies in the ink: pixels from the edge, less than zero on paper. */
function depths({ width, height, data }: Raster): Float32Array {
  const inside = distances(data, 0, width, height);
  const outside = distances(data, 255, width, height);
  return inside.map((far, i) => (far > 0 ? far - 0.5 : 0.5 - outside[i]!));
}

/** How far the pixels of a tone are from the others; 0 of those. Chamfer distances, 3 and 4 in thirds (Borgefors 1986). */
function distances(data: Uint8Array, tone: number, width: number, height: number): Float32Array {
  const [straight, aslant] = [1, 4 / 3];
  const wide = width + 2; // an edge that nothing is near to
  const far = new Float32Array(wide * (height + 2)).fill(Infinity);
  data.forEach((one, i) => (far[(Math.floor(i / width) + 1) * wide + (i % width) + 1] = one === tone ? Infinity : 0));
  for (const way of [1, -1]) {
    const [first, last] = way > 0 ? [wide + 1, far.length - wide - 2] : [far.length - wide - 2, wide + 1];
    for (let n = first; n !== last + way; n += way) {
      const near = Math.min(far[n - way]!, far[n - way * wide]!) + straight;
      const across = Math.min(far[n - way * (wide + 1)]!, far[n - way * (wide - 1)]!) + aslant;
      far[n] = Math.min(far[n]!, near, across);
    }
  }
  return Float32Array.from(data, (_, i) => far[(Math.floor(i / width) + 1) * wide + (i % width) + 1]!);
}

/** The pen's width in pixels: in a strip of ink the mean depth is a fourth of its width. */
export function penOf(ink: Raster): number {
  return penIn(depths(ink));
}

function penIn(depths: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const depth of depths) if (depth > 0) [sum, count] = [sum + depth, count + 1];
  return count > 0 ? (4 * sum) / count : 0;
}

const LEAST = 0.4; // of the width that it had: finer lines of the same letter are to stay

/** Ink of a pen of one width, or of a finer one, as a pen no wider than `to` would have left it. */
export function thinned(ink: Raster, from: number, to: number): Raster {
  const deep = depths(ink);
  const pen = Math.min(from, penIn(deep));
  const edge = Math.max(0, pen - Math.max(to, LEAST * pen)) / 2;
  return { ...ink, data: Uint8Array.from(deep, (depth) => 255 * Math.min(1, Math.max(0, 0.5 - depth + edge))) };
}
