// Estimates the slope of the lines of a picture.
import type { Box } from "./raster";

const MIN_LETTERS = 3; // letters, below which a line has no direction
const MIN_HEIGHT = 0.4; // of the tallest of a line: lower pieces are dots or rests of rules
const MIN_ASPECT = 1 / 3; // height by width: flatter pieces are rests of rules
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

/** Returns the pieces of a line that have the shape of letters. */
function letters(line: readonly Box[]): readonly Box[] {
  const tallest = Math.max(...line.map(height));
  return line.filter((box) => height(box) >= Math.max(MIN_HEIGHT * tallest, MIN_ASPECT * (box.right - box.left)));
}

function slopesOf(line: readonly Box[]): readonly number[] {
  return line.flatMap((box, i) =>
    line
      .slice(i + 1)
      .map((other) => (other.bottom - box.bottom) / (middle(other) - middle(box)))
      .filter(Number.isFinite),
  );
}

const height = ({ top, bottom }: Box) => bottom - top;
const middle = ({ left, right }: Box) => (left + right) / 2;
