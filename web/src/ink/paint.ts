// How strokes look on a canvas; for the eye only, what is read are the strokes.
import type { Stroke } from "../engine/types";

type Surface = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const WIDTH = 0.045; // of a square pad, in units of its height
const MIN_WIDTH_FRACTION = 0.35; // width at no pressure, as a share of the full one

/** The pen's width on a pad of this aspect: a wide one has smaller letters. */
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

/** A line through the middles of the segments, bent at the points: no corners between samples. */
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

/** Piece by piece, the harder the pen was pressed, the wider. */
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
