// The strokes of a line of handwriting as boxes from left to right, and the gaps between them.
import type { Stroke } from "../engine/types";

/** The bounding box of a stroke. */
export interface StrokeBox {
  /** Index of the stroke in the drawing. */
  readonly stroke: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface StrokeLine {
  readonly boxes: readonly StrokeBox[];
  /** From the highest point to the lowest; the unit of widths and gaps. */
  readonly height: number;
}

/** Orders strokes by their middles, so that the bar of a t and the dot of an i come to their letters. */
export function strokeLine(strokes: readonly Stroke[]): StrokeLine {
  const boxes = strokes.flatMap((stroke, i) => (stroke.length > 0 ? [strokeBox(stroke, i)] : []));
  boxes.sort((a, b) => a.left + a.right - b.left - b.right || a.stroke - b.stroke);
  const top = Math.min(...boxes.map((box) => box.top));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  const widest = Math.max(...boxes.map((box) => box.right - box.left));
  return { boxes, height: boxes.length > 0 ? Math.max(bottom - top, widest / 4, 1e-6) : 1 };
}

function strokeBox(stroke: Stroke, number: number): StrokeBox {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of stroke) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { stroke: number, left, right, top, bottom };
}

/** Returns the gap at `place` within a range of boxes, in heights; negative if they overlap. */
export function gap({ boxes, height }: StrokeLine, first: number, place: number, end: number): number {
  const before = Math.max(...boxes.slice(first, place).map((box) => box.right));
  const after = Math.min(...boxes.slice(place, end).map((box) => box.left));
  return (after - before) / height;
}

export function width({ boxes, height }: StrokeLine, first: number, end: number): number {
  const part = boxes.slice(first, end);
  return (Math.max(...part.map((box) => box.right)) - Math.min(...part.map((box) => box.left))) / height;
}
