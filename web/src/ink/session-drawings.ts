// Stores the drawings for the lifetime of the tab, so that a reload loses nothing.
import { MAX_POINTS } from "../engine/abi.gen";
import type { Point, Stroke } from "../engine/types";
import { isObject } from "../model/json";

/** The drawing of each sheet of the pad. */
export type Drawings = Readonly<Record<string, readonly Stroke[]>>;

const KEY = "lenet drawings";

/** Stores the drawings; returns false if storage is full or not allowed. */
export function saveDrawings(drawings: Drawings): boolean {
  try {
    sessionStorage.setItem(
      KEY,
      JSON.stringify(drawings, (_, value: unknown) => (typeof value === "number" ? short(value) : value)),
    );
    return true;
  } catch {
    return false;
  }
}

export function loadDrawings(): Drawings {
  try {
    return parseDrawings(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** Returns no drawings for text that `saveDrawings` did not write. */
export function parseDrawings(text: string): Drawings {
  const whole: unknown = JSON.parse(text);
  const drawings = isObject(whole) ? Object.values(whole) : [];
  const right = drawings.every(
    (strokes) => Array.isArray(strokes) && strokes.every(isStroke) && strokes.flat().length <= MAX_POINTS,
  );
  return right ? (whole as Drawings) : {};
}

const short = (value: number) => Math.round(value * 1e5) / 1e5;

function isStroke(value: unknown): value is Stroke {
  return Array.isArray(value) && value.length > 0 && value.every(isPoint);
}

function isPoint(value: unknown): value is Point {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.length <= 4 &&
    value.every((number) => Number.isFinite(number) && number >= 0)
  );
}
