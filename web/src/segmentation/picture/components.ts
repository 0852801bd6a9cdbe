// Connected components of the ink, without dirt, grouped into lines.
import type { Box, Raster } from "./raster";

const SPECK = 0.06; // of a letter's height: smaller is dirt
const DOT = 0.4; // lower than that may belong to a letter below or above it
const NEAR = 0.8; // heights between a dot and its letter
const BROKEN = 0.25; // heights between the parts of one letter
const SHARED = 0.6; // of the narrower part's width, that parts of one letter share
const SAME_LINE = 0.4; // of the lower one's height
const EDGE = 0.8; // of the picture's side: ink along the border of this length is not a letter
const MAX_COMPONENTS = 4000; // pieces: more are noise

/** A connected component with its dots. */
export interface Component extends Box {
  /** Labels of its parts. */
  readonly parts: readonly number[];
}

export interface Pieces {
  /** Label of each pixel; 0 for paper. */
  readonly marks: Uint16Array;
  /** Lines from the top, each with its components from the left; none if there is only noise. */
  readonly lines: readonly (readonly Component[])[];
}

export function findComponents(ink: Raster): Pieces {
  const { marks, components } = label(ink);
  if (components.length === 0 || components.length > MAX_COMPONENTS) return { marks, lines: [] };
  const height = typicalHeight(components);
  const letters = components.filter((box) => side(box) >= SPECK * height);
  return { marks, lines: lines(merged(letters, height), height) };
}

/** Merges two components. */
export const union = (a: Component, b: Component): Component => ({
  left: Math.min(a.left, b.left),
  top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right),
  bottom: Math.max(a.bottom, b.bottom),
  parts: [...a.parts, ...b.parts],
});

/** Labels 8-connected components, without long ones at the border; stops after MAX_COMPONENTS + 1. */
function label({ width, height, data }: Raster): {
  readonly marks: Uint16Array;
  readonly components: readonly Component[];
} {
  const marks = new Uint16Array(data.length);
  const components: Component[] = [];
  const stack: number[] = [];
  let number = 0;
  for (let start = 0; start < data.length && components.length <= MAX_COMPONENTS; start++) {
    if (data[start] !== 0 || marks[start]) continue;
    let [left, top, right, bottom] = [width, height, 0, 0];
    stack.push(start);
    marks[start] = ++number;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (data[next] === 0 && !marks[next]) {
            marks[next] = number;
            stack.push(next);
          }
        }
      }
    }
    const touches = left === 0 || top === 0 || right === width || bottom === height;
    const long = right - left > EDGE * width || bottom - top > EDGE * height;
    if (!(touches && long)) components.push({ left, top, right, bottom, parts: [number] });
  }
  return { marks, components };
}

const tall = (box: Box) => box.bottom - box.top;
const wide = (box: Box) => box.right - box.left;
const side = (box: Box) => Math.max(tall(box), wide(box));

/** Returns the median height of the boxes, weighted by their size. */
function typicalHeight(pieces: readonly Box[]): number {
  const sorted = [...pieces].sort((a, b) => tall(a) - tall(b));
  const total = sorted.reduce((sum, box) => sum + side(box), 0);
  let sum = 0;
  for (const box of sorted) if ((sum += side(box)) >= total / 2) return tall(box);
  return 1;
}

/** Merges parts of one letter: dots with their stems, and parts that lie close above one another. */
function merged(pieces: readonly Component[], height: number): readonly Component[] {
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

function belong(a: Component, b: Component, height: number): boolean {
  const shared = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const room = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
  const dot = Math.min(tall(a), tall(b)) < DOT * height;
  return (
    shared >= SHARED * Math.min(wide(a), wide(b)) &&
    room <= (dot ? NEAR : BROKEN) * height &&
    tall(union(a, b)) < 2.2 * height
  );
}

/** Groups boxes into lines: each belongs to the line of its nearest neighbours on the left and on the right. */
function lines(boxes: readonly Component[], height: number): readonly (readonly Component[])[] {
  const sorted = [...boxes].sort((a, b) => a.left + a.right - b.left - b.right);
  const line = new Map(sorted.map((box) => [box, [box]]));
  const join = (box: Component, other: Component | undefined) => {
    const [own, others] = [line.get(box)!, other ? line.get(other)! : []];
    if (!other || own === others) return;
    own.push(...others);
    for (const moved of others) line.set(moved, own);
  };
  sorted.forEach((box, i) => {
    const nearest = (others: readonly Component[]) =>
      others
        .filter((other) => beside(box, other, height))
        .sort((a, b) => distance(box, a) - distance(box, b))
        .at(0);
    join(box, nearest(sorted.slice(0, i)));
    join(box, nearest(sorted.slice(i + 1)));
  });
  const found = [...new Set(line.values())];
  for (const own of found) own.sort((a, b) => a.left - b.left);
  return found.sort((a, b) => middle(a) - middle(b));
}

const distance = (a: Box, b: Box) => Math.max(a.left, b.left) - Math.min(a.right, b.right);
const middle = (line: readonly Box[]) => line.reduce((sum, box) => sum + box.top + box.bottom, 0) / line.length;

function beside(a: Box, b: Box, height: number): boolean {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return shared >= SAME_LINE * Math.min(tall(a), tall(b)) && distance(a, b) < 8 * height;
}
