// Ink that hangs together, and what of it makes up letters, in lines.
import type { Box, Raster } from "./raster";

const SPECK = 0.06; // of a letter's height: smaller is dirt
const DOT = 0.4; // lower than that may belong to a letter below or above it
const NEAR = 0.8; // heights between a dot and its letter
const BROKEN = 0.25; // heights between the parts of one letter
const SHARED = 0.6; // of the narrower part's width, that parts of one letter share
const SAME_LINE = 0.4; // of the lower one's height
const EDGE = 0.8; // of the picture's side: what reaches so far at its border is no letter
const SPACE = 0.65; // heights between two words, and
const WIDER = 1.6; // times the line's usual gap
const MOST = 4000; // pieces: more are noise

/** A letter of a picture. `gap`: whether a new word begins with it. */
export interface Placed {
  readonly box: Box;
  readonly gap: boolean;
}

/** Lines from the top, each with its letters from the left. Empty where there is no ink, or nothing but noise. */
export function letters(ink: Raster): readonly (readonly Placed[])[] {
  const pieces = components(ink);
  if (pieces.length === 0 || pieces.length > MOST) return [];
  const height = typicalHeight(pieces);
  const kept = pieces.filter((box) => side(box) >= SPECK * height);
  return lines(merged(kept, height), height).map((line) => spaced(line, height));
}

/** A gap is a space where it is wide by itself and beside the others of its line. */
function spaced(line: readonly Box[], height: number): readonly Placed[] {
  const gaps = line.map(({ left }, i) => (i > 0 ? left - line[i - 1]!.right : 0));
  const usual = gaps.slice(1).sort((a, b) => a - b)[(line.length - 1) >> 1] ?? 0;
  return line.map((box, i) => ({ box, gap: gaps[i]! > Math.max(SPACE * height, line.length > 3 ? WIDER * usual : 0) }));
}

/** Boxes around what hangs together, corners included, without what runs along the picture's border. */
export function components({ width, height, data }: Raster): readonly Box[] {
  const seen = new Uint8Array(data.length);
  const found: Box[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== 0 || seen[start]) continue;
    let [left, top, right, bottom] = [width, height, 0, 0];
    stack.push(start);
    seen[start] = 1;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (data[next] === 0 && !seen[next]) {
            seen[next] = 1;
            stack.push(next);
          }
        }
      }
    }
    const touches = left === 0 || top === 0 || right === width || bottom === height;
    const long = right - left > EDGE * width || bottom - top > EDGE * height;
    if (!(touches && long)) found.push({ left, top, right, bottom });
  }
  return found;
}

const tall = (box: Box) => box.bottom - box.top;
const wide = (box: Box) => box.right - box.left;
const side = (box: Box) => Math.max(tall(box), wide(box));

/** The height that half of the ink's boxes, by their size, do not reach. */
function typicalHeight(pieces: readonly Box[]): number {
  const sorted = [...pieces].sort((a, b) => tall(a) - tall(b));
  const total = sorted.reduce((sum, box) => sum + side(box), 0);
  let sum = 0;
  for (const box of sorted) if ((sum += side(box)) >= total / 2) return tall(box);
  return 1;
}

const union = (a: Box, b: Box): Box => ({
  left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
});

/** Parts of one letter together: dots with what they stand over, and what lies close above one another. */
function merged(pieces: readonly Box[], height: number): readonly Box[] {
  const boxes = [...pieces].sort((a, b) => side(b) - side(a));
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length; j++) {
      if (!belong(boxes[i]!, boxes[j]!, height)) continue;
      boxes[i] = union(boxes[i]!, boxes[j]!);
      boxes.splice(j, 1);
      j = i; // the larger one may reach more
    }
  }
  return boxes.filter((box) => side(box) >= 0.2 * height);
}

function belong(a: Box, b: Box, height: number): boolean {
  const shared = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const room = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
  const dot = Math.min(tall(a), tall(b)) < DOT * height;
  return shared >= SHARED * Math.min(wide(a), wide(b)) && room <= (dot ? NEAR : BROKEN) * height && tall(union(a, b)) < 2.2 * height;
}

function lines(boxes: readonly Box[], height: number): readonly (readonly Box[])[] {
  const found: Box[][] = [];
  for (const box of [...boxes].sort((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const line = found.find((one) => one.some((other) => beside(box, other, height)));
    if (line) line.push(box);
    else found.push([box]);
  }
  for (const line of found) line.sort((a, b) => a.left - b.left);
  return found;
}

function beside(a: Box, b: Box, height: number): boolean {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const gap = Math.max(a.left, b.left) - Math.min(a.right, b.right);
  return shared >= SAME_LINE * Math.min(tall(a), tall(b)) && gap < 8 * height;
}
