// Encodes a drawing as a short text for the fragment of an address, and decodes it. Browsers never send fragments to a server.
import type { Stroke } from "../../engine/types";

const RESOLUTION = 1024; // steps per height of the pad
const MAX_POINTS = 20_000;
const MAX_TEXT = 65_536;

/**
 * Strokes as base64url of variable-length integers: the number of strokes; of each its number of points, then
 * the steps from point to point, x and y by turns, signed numbers folded as in Protocol Buffers. Of a drawing that is
 * too long for a link every other point is left out, as often as it takes.
 */
export function writeDrawing(strokes: readonly Stroke[]): string {
  const points = strokes.reduce((sum, { length }) => sum + length, 0);
  const text = encoded(strokes);
  const fits = points <= MAX_POINTS && text.length <= MAX_TEXT;
  return fits || points <= 2 * strokes.length ? text : writeDrawing(strokes.map(thinned));
}

function thinned(stroke: Stroke): Stroke {
  return stroke.filter((_, i) => i % 2 === 0 || i === stroke.length - 1);
}

function encoded(strokes: readonly Stroke[]): string {
  const bytes: number[] = [];
  put(bytes, strokes.length);
  let [x, y] = [0, 0];
  for (const stroke of strokes) {
    put(bytes, stroke.length);
    for (const [atX, atY] of stroke) {
      const [nextX, nextY] = [Math.round(atX * RESOLUTION), Math.round(atY * RESOLUTION)];
      put(bytes, folded(nextX - x));
      put(bytes, folded(nextY - y));
      [x, y] = [nextX, nextY];
    }
  }
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Decodes the strokes; null for text that `writeDrawing` did not write. */
export function readDrawing(text: string): readonly Stroke[] | null {
  if (text.length > MAX_TEXT || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  let packed: string;
  try {
    packed = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const reader = new Reader(Uint8Array.from(packed, (character) => character.charCodeAt(0)));
  const strokes: Stroke[] = [];
  let [x, y, points] = [0, 0, 0];
  for (let left = reader.next(); left > 0 && !reader.failed; left--) {
    const count = reader.next();
    if (count === 0 || (points += count) > MAX_POINTS) return null;
    const stroke: [number, number][] = [];
    for (let i = 0; i < count && !reader.failed; i++) {
      x += unfolded(reader.next());
      y += unfolded(reader.next());
      if (x < 0 || y < 0) return null; // beside the pad
      stroke.push([x / RESOLUTION, y / RESOLUTION]);
    }
    strokes.push(stroke);
    if (strokes.length > MAX_POINTS) return null;
  }
  return reader.failed || !reader.atEnd ? null : strokes;
}

const folded = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const unfolded = (value: number) => (value % 2 ? -(value + 1) / 2 : value / 2);

function put(bytes: number[], value: number): void {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** True after a read beyond the end. */
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  next(): number {
    let [value, weight] = [0, 1];
    for (let i = 0; i < 4; i++, weight *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte % 128) * weight;
      if (byte < 128) return value;
    }
    this.failed = true;
    return 0;
  }
}
