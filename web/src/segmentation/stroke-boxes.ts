// The strokes of a line of writing, from left to right, and what lies between them.
import type { Stroke } from "../engine/types";

/** A stroke in its place. */
export interface Atom {
  /** Its number in the drawing. */
  readonly stroke: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Line {
  readonly atoms: readonly Atom[];
  /** From the highest point to the lowest; what widths and gaps are measured by. */
  readonly height: number;
}

/** Strokes by their middles: the bar of a t and the dot of an i, drawn last, come to their letters. */
export function line(strokes: readonly Stroke[]): Line {
  const atoms = strokes.flatMap((stroke, i) => (stroke.length > 0 ? [atom(stroke, i)] : []));
  atoms.sort((a, b) => a.left + a.right - b.left - b.right || a.stroke - b.stroke);
  const top = Math.min(...atoms.map((one) => one.top));
  const bottom = Math.max(...atoms.map((one) => one.bottom));
  const widest = Math.max(...atoms.map((one) => one.right - one.left));
  return { atoms, height: atoms.length > 0 ? Math.max(bottom - top, widest / 4, 1e-6) : 1 };
}

function atom(stroke: Stroke, number: number): Atom {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of stroke) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { stroke: number, left, right, top, bottom };
}

/** The room between the atoms before `place` and those from it on, within a range, in heights; negative where they overlap. */
export function gap({ atoms, height }: Line, first: number, place: number, end: number): number {
  const before = Math.max(...atoms.slice(first, place).map((one) => one.right));
  const after = Math.min(...atoms.slice(place, end).map((one) => one.left));
  return (after - before) / height;
}

export function width({ atoms, height }: Line, first: number, end: number): number {
  const part = atoms.slice(first, end);
  return (Math.max(...part.map((one) => one.right)) - Math.min(...part.map((one) => one.left))) / height;
}
