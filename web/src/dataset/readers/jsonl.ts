// Reader and writer of labelled drawings as JSON Lines, one drawing a line: docs/reference/data.md.
import { MAX_COORDINATE, MAX_POINTS } from "../../engine/abi.gen";
import { type Core, SIDE } from "../../engine/rasterizer";
import type { Stroke } from "../../engine/types";
import type { Message } from "../../i18n/message";
import { isObject, parseObject } from "../../model/json";
import { classOf } from "../../model/labels";
import { LETTERS } from "../../model/letters";
import { DataError } from "../errors";
import { type Dataset, PARTS, type Part } from "../types";

export interface LabelledDrawing {
  /** The character that was meant, such as a letter in its case. */
  readonly label: string;
  readonly strokes: readonly Stroke[];
  readonly writer: string | null;
  /** Time of the drawing, ms since 1970; 0 if unknown. */
  readonly time: number;
  /** The part of a contribution's contributor, which `lenet collect export` fixes for ever. */
  readonly part?: Part;
}

const MAX_DRAWINGS = 1_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_TIME = Date.UTC(9999, 11, 31); // ms since 1970; beyond it, times are in other units

/** Reads one drawing a line, with a label of these classes, or with any. Throws DataError, which names the line. */
export function readDrawings(text: string, classes: string | null = null): LabelledDrawing[] {
  const drawings: LabelledDrawing[] = [];
  text
    .replace(/^\ufeff/, "")
    .split("\n")
    .forEach((line, i) => {
      if (line.trim() === "") return;
      const drawing = parseDrawing(parseObject(line));
      if (drawing instanceof DataError) throw new DataError("line {}: {}", i + 1, drawing.content);
      if (classes && classOf(classes, drawing.label) < 0) throw new DataError("line {}: {}", i + 1, notAmong(classes));
      if (drawings.push(drawing) > MAX_DRAWINGS) throw new DataError("it has more than a million drawings");
    });
  if (drawings.length === 0) throw new DataError("it has no drawings");
  return drawings;
}

function notAmong(classes: string): Message {
  return [classes === LETTERS ? "its label is not a letter A to Z" : "its label is not a class of the network"];
}

/** Parses a record; returns the error instead of throwing it. Takes both keys, `writer` and `drawer`. */
export function parseDrawing(record: unknown): LabelledDrawing | DataError {
  if (!isObject(record)) return new DataError("not a JSON object with one drawing");
  const { label, strokes, drawer = null, writer = drawer, time } = record;
  if (typeof label !== "string" || label.length !== 1 || /[\s\p{C}]/u.test(label))
    return new DataError("its label is not one character");
  if (writer !== null && typeof writer !== "string") return new DataError("its writer is not a string");
  if (!isStrokes(strokes)) return new DataError("its strokes are not lists of points [x, y] or [x, y, ms]");
  if (!strokes.some((stroke) => stroke.length > 0)) return new DataError("its drawing is empty");
  const drawing = { label, strokes, writer, time: timeOf(typeof time === "string" ? Date.parse(time) : time) };
  const part = partOf(record["id"], record["part"]);
  return part ? { ...drawing, part } : drawing;
}

/** Returns the part of a contribution; null for other records, in which these keys mean other things. */
function partOf(id: unknown, part: unknown): Part | null {
  const isContribution = typeof id === "string" && UUID.test(id);
  return (isContribution && PARTS.find((name) => name === part)) || null;
}

/**
 * Returns the part that is fixed for each drawing, or null. If no contribution validates, since there are few
 * contributors, some of the training contributors validate instead: lenet.datasets.readers.strokes.fixed_parts.
 */
export function fixedParts(drawings: readonly LabelledDrawing[]): (Part | null)[] {
  const parts = drawings.map(({ part }) => part ?? null);
  if (parts.includes("validation") || !parts.includes("train")) return parts;
  const trains = ({ part }: LabelledDrawing) => part === "train";
  const contributors = [...new Set(drawings.filter(trains).map(({ writer }) => writer ?? ""))].sort();
  const count = Math.min(Math.ceil(contributors.length / 10), contributors.length - 1);
  const validating = new Set(contributors.slice(0, count));
  return drawings.map((drawing, i) => {
    if (!trains(drawing)) return parts[i]!;
    if (contributors.length === 1) return null; // one contributor cannot be on both sides
    return validating.has(drawing.writer ?? "") ? "validation" : "train";
  });
}

/** Returns a time in ms since 1970; 0, unknown, for anything else, such as nanoseconds. */
function timeOf(time: unknown): number {
  return typeof time === "number" && time > 0 && time <= MAX_TIME ? time : 0;
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

/** Writes drawings for `lenet train --data`: coordinates with five decimals, times in ms, no pressure. */
export function writeDrawings(drawings: readonly LabelledDrawing[]): string {
  const round = (value: number) => Math.round(value * 1e5) / 1e5;
  return drawings
    .map(({ label, strokes, writer, time }) => {
      const points = strokes.map((stroke) => stroke.map((point) => point.slice(0, 3).map(round)));
      const known = timeOf(time);
      const when = known > 0 ? { time: new Date(known).toISOString() } : {};
      return `${JSON.stringify({ drawer: writer, label, ...when, strokes: points })}\n`;
    })
    .join("");
}

/** Rasterizes drawings, whose labels are of these classes, with a pen of this width (`Core.rasterize`). */
export function rasterizeDrawings(
  drawings: readonly LabelledDrawing[],
  core: Core,
  pen: number,
  name: string,
  classes: string,
): Dataset {
  const images = new Uint8Array(drawings.length * SIDE * SIDE);
  drawings.forEach(({ strokes }, i) => images.set(core.rasterize(strokes, pen)!, i * SIDE * SIDE));
  return {
    name,
    images,
    labels: Uint8Array.from(drawings, ({ label }) => classOf(classes, label)),
    side: SIDE,
    groups: null,
    parts: fixedParts(drawings),
    attributions: [],
  };
}
