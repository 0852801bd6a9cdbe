// Estimates the slope of the lines of a picture.
import type { Box } from "./raster";

const MIN_LETTERS = 3; // letters, below which a line has no direction
const MIN_HEIGHT = 0.4; // of the tallest of a line: lower pieces are dots or rests of rules
const MIN_ASPECT = 1 / 3; // height by width: flatter pieces are rests of rules
const STACKED = 0.25; // of the narrower width, that pieces of one letter share
const MIN_ANGLE = 3; // degrees: less does no harm, and three letters do not tell it
const MAX_ANGLE = 20; // degrees: more is not a line

/**
 * In radians, positive where they fall to the right: the median slope between the feet of any two letters of
 * a line (Theil 1950), so that letters with tails do no harm. 0 for a level picture, or one without lines.
 */
export function estimateSkew(lines: readonly (readonly Box[])[]): number {
  const slopes = lines
    .map(letters)
    .filter((line) => line.length >= MIN_LETTERS)
    .flatMap(slopesOf);
  if (slopes.length === 0) return 0;
  slopes.sort((a, b) => a - b);
  const angle = Math.atan(slopes[slopes.length >> 1]!);
  const degrees = (Math.abs(angle) * 180) / Math.PI;
  return degrees >= MIN_ANGLE && degrees <= MAX_ANGLE ? angle : 0;
}

/** Returns the pieces of a line that have the shape and the place of letters: none stands above another. */
function letters(line: readonly Box[]): readonly Box[] {
  const tallest = Math.max(...line.map(height));
  const shaped = line.filter((box) => height(box) >= Math.max(MIN_HEIGHT * tallest, MIN_ASPECT * width(box)));
  return shaped.filter((box) => !shaped.some((other) => other !== box && isStacked(box, other)));
}

/** Tells whether two boxes lie above one another, as the pieces of a letter that rules cut. */
function isStacked(a: Box, b: Box): boolean {
  return Math.min(a.right, b.right) - Math.max(a.left, b.left) > STACKED * Math.min(width(a), width(b));
}

function slopesOf(line: readonly Box[]): readonly number[] {
  return line.flatMap((box, i) =>
    line
      .slice(i + 1)
      .map((other) => (other.bottom - box.bottom) / (middle(other) - middle(box)))
      .filter(Number.isFinite),
  );
}

const width = ({ left, right }: Box) => right - left;
const height = ({ top, bottom }: Box) => bottom - top;
const middle = ({ left, right }: Box) => (left + right) / 2;
