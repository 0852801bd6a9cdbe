// Labelled drawings as JSON Lines, one a line: docs/reference/data.md. What Python reads the page reads and writes.
import { MAX_COORDINATE, MAX_POINTS } from "../../engine/abi.gen";
import { type Core, SIDE } from "../../engine/rasterizer";
import type { Stroke } from "../../engine/types";
import { isObject, parseObject } from "../../model/json";
import { LettersError } from "../errors";
import { ALPHABET, type Letters } from "../types";

export interface Drawing {
  /** A letter, A to Z or a to z. */
  readonly label: string;
  readonly strokes: readonly Stroke[];
  readonly drawer: string | null;
  /** When it was drawn, ms since 1970; 0: nobody knows. */
  readonly time: number;
}

const MAX_DRAWINGS = 1_000_000;

/** LettersError, naming the line, for what is no drawing of a letter. */
export function readDrawings(text: string): Drawing[] {
  const drawings: Drawing[] = [];
  text
    .replace(/^\ufeff/, "")
    .split("\n")
    .forEach((line, i) => {
      if (line.trim() === "") return;
      const drawing = drawingOf(parseObject(line));
      if (drawing instanceof LettersError) throw new LettersError("line {}: {}", i + 1, drawing.said);
      if (drawings.push(drawing) > MAX_DRAWINGS) throw new LettersError("it has more than a million drawings");
    });
  if (drawings.length === 0) throw new LettersError("it has no drawings");
  return drawings;
}

/** What a record says, or what is wrong with it. */
export function drawingOf(record: unknown): Drawing | LettersError {
  if (!isObject(record)) return new LettersError("not JSON of one drawing");
  const { label, strokes, drawer = null, time } = record;
  if (typeof label !== "string" || !/^[A-Za-z]$/.test(label)) return new LettersError("its label is no letter A to Z");
  if (drawer !== null && typeof drawer !== "string") return new LettersError("its drawer is no text");
  if (!isStrokes(strokes)) return new LettersError("its strokes are not lists of points [x, y] or [x, y, ms]");
  if (!strokes.some((stroke) => stroke.length > 0)) return new LettersError("its drawing is empty");
  const date = typeof time === "string" ? Date.parse(time) : time;
  return { label, strokes, drawer, time: typeof date === "number" && Number.isFinite(date) ? date : 0 };
}

function isStrokes(value: unknown): value is readonly Stroke[] {
  if (!Array.isArray(value) || value.length > MAX_POINTS || !value.every(Array.isArray)) return false;
  const number = (n: unknown) => typeof n === "number" && Math.abs(n) <= MAX_COORDINATE;
  const point = (p: unknown) => Array.isArray(p) && (p.length === 2 || p.length === 3) && p.every(number);
  return (
    value.reduce((total, stroke) => total + stroke.length, 0) <= MAX_POINTS &&
    value.every((stroke) => stroke.every(point))
  );
}

/** What `lenet train --data` reads: coordinates with five decimals, times in ms, no pressures. */
export function writeDrawings(drawings: readonly Drawing[]): string {
  const round = (value: number) => Math.round(value * 1e5) / 1e5;
  return drawings
    .map(({ label, strokes, drawer, time }) => {
      const points = strokes.map((stroke) => stroke.map((point) => point.slice(0, 3).map(round)));
      const when = time > 0 ? { time: new Date(time).toISOString() } : {};
      return `${JSON.stringify({ drawer, label, ...when, strokes: points })}\n`;
    })
    .join("");
}

/** The images of drawings, drawn with a pen of this width (`Core.rasterise`). */
export function lettersOf(drawings: readonly Drawing[], core: Core, pen: number, name: string): Letters {
  const images = new Uint8Array(drawings.length * SIDE * SIDE);
  drawings.forEach(({ strokes }, i) => images.set(core.rasterise(strokes, pen)!, i * SIDE * SIDE));
  return {
    name,
    images,
    labels: Uint8Array.from(drawings, ({ label }) => ALPHABET.indexOf(label.toUpperCase())),
    side: SIDE,
    groups: null,
    credits: [],
  };
}
