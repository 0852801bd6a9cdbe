// Segments a line of components into letters, with the same lattice as strokes (../lattice.ts).
import type { Recognition, Recognizer } from "../../model/recognizer";
import { logProbabilities, segment } from "../lattice";
import { gap, type StrokeLine, width } from "../stroke-boxes";
import { type Component, type Pieces, union } from "./components";
import { penWidth, thin } from "./pen-width";
import type { Box, Raster } from "./raster";

export interface ReadLetter {
  readonly box: Box;
  /** True if it begins a new word. */
  readonly gap: boolean;
  readonly answer: Recognition;
}

const MARGIN = 2; // pixels
const APART = 0.3; // heights between pieces that are no letter together
const WIDEST = 1.8; // heights of pieces that may be a letter together
const SPACE = 0.65; // heights between two words, and
const WIDER = 1.6; // times the line's usual gap
const FEW = 3; // letters, of which the usual gap says nothing
const MIN_SPACE = 0.28; // heights, of a space that a jump in the gaps shows
const ABOVE_USUAL = 1.5; // times the line's usual gap, and
const JUMP = 1.3; // times the next smaller gap, of such a space
const MIN_JUMP = 0.07; // heights

/** Segments and recognizes one line, from left to right. */
export function readLine(
  { marks }: Pieces,
  line: readonly Component[],
  across: number,
  recognizer: Recognizer,
): readonly ReadLetter[] {
  const pieces = [...line].sort((a, b) => a.left + a.right - b.left - b.right);
  const height = Math.max(...pieces.map(({ top, bottom }) => bottom - top));
  const pen = median(pieces.map((piece) => penWidth(drawn(marks, across, piece))));
  const written: StrokeLine = {
    boxes: pieces.map((piece, stroke) => ({ ...middles(piece, pen), stroke })),
    height: height - pen,
  };
  const whole = (first: number, end: number) => pieces.slice(first, end).reduce(union);
  const share = recognizer.model.pen ?? recognizer.core.defaultPen;
  const thinned = (piece: Component) => {
    const side = Math.max(piece.right - piece.left, piece.bottom - piece.top) - pen;
    return thin(drawn(marks, across, piece), pen, share * Math.max(side, pen));
  };
  const never = logProbabilities(new Float32Array(recognizer.labels.length));
  const judge = (first: number, end: number) => {
    if (end - first > 1 && !together(written, first, end)) return never;
    const { data, height, width } = thinned(whole(first, end));
    const image = recognizer.core.rasterizePicture(data, height, width);
    return image ? logProbabilities(recognizer.probabilities(image)) : never;
  };
  const letters = segment(written, judge, new Map()).runs.map(({ first, end }) => whole(first, end));
  const spaces = spaced(letters, height);
  return letters.map((letter, i) => {
    const { data, height, width } = thinned(letter);
    return { box: letter, gap: spaces[i]!, answer: recognizer.recognizePicture(data, height, width) };
  });
}

/** Returns the box of the pen's centre line. */
function middles({ left, right, top, bottom }: Box, pen: number): Box {
  const [x, y] = [Math.min(pen, right - left) / 2, Math.min(pen, bottom - top) / 2];
  return { left: left + x, right: right - x, top: top + y, bottom: bottom - y };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function together(line: StrokeLine, first: number, end: number): boolean {
  if (width(line, first, end) > WIDEST) return false;
  for (let place = first + 1; place < end; place++) if (gap(line, first, place, end) > APART) return false;
  return true;
}

/** Returns the picture of one component, with some paper around it. */
function drawn(marks: Uint16Array, across: number, { left, top, right, bottom, parts }: Component): Raster {
  const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
  const data = new Uint8Array(width * height).fill(255);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const mark = marks[y * across + x]!;
      if (mark && parts.includes(mark)) data[(y - top + MARGIN) * width + x - left + MARGIN] = 0;
    }
  }
  return { width, height, data };
}

/**
 * Returns before which letters there is a space: a gap that is wide in itself and compared with its line, or on the
 * wide side of a jump in the gaps of the line.
 */
export function spaced(line: readonly Box[], height: number): readonly boolean[] {
  const gaps = line.map(({ left }, i) => (i > 0 ? Math.max(0, left - line[i - 1]!.right) : 0));
  const sorted = gaps.slice(1).sort((a, b) => a - b);
  const usual = sorted[(line.length - 1) >> 1] ?? 0;
  const few = line.length <= FEW;
  const wide = Math.max(SPACE * height, few ? 0 : WIDER * usual);
  const jump = sorted.find((gap, i) => {
    const before = sorted[i - 1];
    if (few || before === undefined || gap < Math.max(MIN_SPACE * height, ABOVE_USUAL * usual)) return false;
    return gap - before >= MIN_JUMP * height && gap >= JUMP * before;
  });
  return gaps.map((gap) => gap > wide || gap >= (jump ?? Infinity));
}
