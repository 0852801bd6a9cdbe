// Replays a drawing in time.
import type { Point, Stroke } from "../engine/types";

const PAUSE = 350; // ms at most, between two strokes: nobody likes to wait
const STEP = 12; // ms between two points that carry no time

/** Returns the time of each point, in ms after the first one. */
function times(strokes: readonly Stroke[]): readonly (readonly number[])[] {
  let end = -PAUSE;
  let lastTime = 0; // of the previous stroke's last point
  return strokes.map((stroke) => {
    const own = stroke.map((point, i) => time(point) ?? lastTime + i * STEP);
    const first = own[0] ?? lastTime;
    const start = end + Math.min(PAUSE, Math.max(0, end < 0 ? PAUSE : first - lastTime));
    const moments = own.map((moment) => start + Math.max(0, moment - first));
    end = moments.at(-1) ?? end;
    lastTime = own.at(-1) ?? lastTime;
    return moments;
  });
}

function time(point: Point): number | null {
  const moment = point[2];
  return moment !== undefined && Number.isFinite(moment) ? moment : null;
}

/** Returns the duration of the replay in ms, with long pauses shortened. */
export function duration(strokes: readonly Stroke[]): number {
  return Math.max(0, ...times(strokes).map((moments) => moments.at(-1) ?? 0));
}

/** Returns the strokes drawn in the first `ms` ms. */
export function strokesUntil(strokes: readonly Stroke[], ms: number): readonly Stroke[] {
  const moments = times(strokes);
  const whole = (s: number) => moments[s]!.at(-1)! <= ms; // the stroke itself, so that it is known again
  const partial = strokes.map((stroke, s) => (whole(s) ? stroke : stroke.filter((_, i) => moments[s]![i]! <= ms)));
  return partial.filter((stroke) => stroke.length > 0);
}
