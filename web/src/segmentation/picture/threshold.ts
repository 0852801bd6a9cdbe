// Binarizes a picture with a local threshold, so that shadows do no harm.
import type { Raster } from "./raster";

// Sauvola and Pietikäinen 2000, Adaptive document image binarization: T = m (1 + k (s / R - 1)).
const SAUVOLA_K = 0.2;
const SAUVOLA_R = 128;
const WINDOW = 1 / 8; // of the longer side: wider than any stroke

/** Inverts pictures of light ink on dark ground. */
export function darkOnLight(picture: Raster): Raster {
  const border = borderMean(picture);
  const all = picture.data.reduce((total, tone) => total + tone, 0) / picture.data.length;
  return border < all && border < SAUVOLA_R ? { ...picture, data: picture.data.map((tone) => 255 - tone) } : picture;
}

function borderMean({ width, height, data }: Raster): number {
  let [total, count] = [0, 0];
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) [total, count] = [total + data[y * width + x]!, count + 1];
  }
  return total / count;
}

/** Returns 0 for ink and 255 for paper. */
export function binarize({ width, height, data }: Raster): Raster {
  const [sums, squares] = integrals({ width, height, data });
  const reach = Math.max(7, Math.round((Math.max(width, height) * WINDOW) / 2));
  const out = new Uint8Array(data.length);
  const stride = width + 1;
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - reach) * stride, Math.min(height, y + reach + 1) * stride];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const area = ((bottom - top) / stride) * (right - left);
      const within = (table: Float64Array) =>
        table[bottom + right]! - table[bottom + left]! - table[top + right]! + table[top + left]!;
      const mean = within(sums) / area;
      const deviation = Math.sqrt(Math.max(0, within(squares) / area - mean * mean));
      out[y * width + x] = data[y * width + x]! < mean * (1 + SAUVOLA_K * (deviation / SAUVOLA_R - 1)) ? 0 : 255;
    }
  }
  return { width, height, data: out };
}

/** Returns the integral images of tones and squared tones: (height + 1) x (width + 1). */
function integrals({ width, height, data }: Raster): readonly [Float64Array, Float64Array] {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  const squares = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let [row, rowSquares] = [0, 0];
    for (let x = 0; x < width; x++) {
      const tone = data[y * width + x]!;
      row += tone;
      rowSquares += tone * tone;
      const at = (y + 1) * stride + x + 1;
      sums[at] = sums[at - stride]! + row;
      squares[at] = squares[at - stride]! + rowSquares;
    }
  }
  return [sums, squares];
}
