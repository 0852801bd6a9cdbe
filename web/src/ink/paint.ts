// Paints strokes on a canvas. The network reads strokes, not this canvas.
import type { Stroke } from "../engine/types";

type Surface = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const WIDTH = 0.045; // of a square pad, in units of its height
const MIN_WIDTH_FRACTION = 0.35; // width at no pressure, as a share of the full one

/** Returns the pen width on a pad of this aspect ratio: wide pads have smaller letters. */
export function widthOf(aspect: number): number {
  return aspect > 1.5 ? WIDTH * 1.2 : WIDTH;
}

/** Paints strokes in the context's units. */
export function paintStrokes(context: Surface, strokes: readonly Stroke[], colour: string, width: number): void {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    if (stroke.some(([, , , pressure]) => pressure)) pressed(context, stroke, width);
    else trace(context, stroke, width);
  }
}

/** Draws a smooth line: quadratic curves through the middles of the segments. */
function trace(context: Surface, [first, ...rest]: Stroke, width: number): void {
  const last = rest.pop();
  if (!first) return;
  context.beginPath();
  if (!last) {
    context.arc(first[0], first[1], width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(first[0], first[1]);
  rest.forEach(([x, y], i) => {
    const [nextX, nextY] = rest[i + 1] ?? last;
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.lineTo(last[0], last[1]);
  context.stroke();
}

/** Draws each segment with a width by pen pressure. */
function pressed(context: Surface, stroke: Stroke, width: number): void {
  stroke.forEach(([x, y, , pressure = 0.5], i) => {
    const [fromX, fromY] = stroke[i - 1] ?? [x, y];
    context.lineWidth = width * (MIN_WIDTH_FRACTION + (1 - MIN_WIDTH_FRACTION) * Math.min(1, 1.4 * pressure));
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(x, y + (i === 0 ? 1e-4 : 0)); // a dot has to have a length
    context.stroke();
  });
  context.lineWidth = width;
}
