// Packs a drawing for the engine; errors name the stroke and point.

import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { MAX_POINTS } from "./abi.gen";
import type { PackedStroke, Strokes } from "./types";

export interface Packed {
  /** x and y of each point, one after another. */
  readonly xy: Float64Array;
  /** For each stroke the index after its last point. */
  readonly ends: Int32Array;
}

const EXPECTED = "{}; pass [[[x, y], ...], ...], the points of each stroke";

/** Packs a drawing. Throws LenetError for other values and too many points; the engine checks the coordinates' range. */
export function pack(drawing: Strokes): Packed {
  need(Array.isArray(drawing), EXPECTED, ["the drawing is not a list of strokes"]);
  need(drawing.length <= MAX_POINTS, "the drawing has more than 100,000 strokes");
  const strokes = Array.from(drawing as readonly unknown[], (stroke, i) => packStroke(stroke, ["stroke {}", i + 1]));
  const ends = new Int32Array(strokes.length);
  let end = 0;
  strokes.forEach(({ length }, i) => (ends[i] = end += length / 2));
  need(end <= MAX_POINTS, "the drawing has more than 100,000 points");
  const xy = new Float64Array(2 * end);
  strokes.forEach((stroke, i) => xy.set(stroke, 2 * ends[i]! - stroke.length));
  return { xy, ends };
}

function packStroke(stroke: unknown, place: Message): ArrayLike<number> {
  if (isPacked(stroke)) {
    need(stroke.length % 2 === 0, "{} has an odd number of coordinates; pass x and y of each point", place);
    return stroke;
  }
  need(Array.isArray(stroke), EXPECTED, ["{} is not a list of points", place]);
  const xy = new Float64Array(2 * stroke.length);
  for (let i = 0; i < stroke.length; i++) {
    const point: unknown = stroke[i];
    const [x, y]: readonly unknown[] = Array.isArray(point) ? point : [];
    need(typeof x === "number" && typeof y === "number", EXPECTED, ["point {} of {} is not [x, y]", i + 1, place]);
    xy[2 * i] = x;
    xy[2 * i + 1] = y;
  }
  return xy;
}

function isPacked(stroke: unknown): stroke is PackedStroke {
  const numbers = ArrayBuffer.isView(stroke) && !(stroke instanceof DataView);
  return numbers && !(stroke instanceof BigInt64Array || stroke instanceof BigUint64Array);
}

function need(condition: boolean, ...problem: Message): asserts condition {
  if (!condition) throw new LenetError(...problem);
}
