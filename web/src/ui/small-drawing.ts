// A drawing as a small SVG, in the ink of the theme.
import type { Stroke } from "../engine/types";
import { svg } from "./dom";

const SIDE = 100; // units of the view box
const ROOM = 12; // around the drawing, half the pen's width included

/** Creates the picture, centred; `name` says what it shows, without one it is hidden from screen readers. */
export function smallDrawing(strokes: readonly Stroke[], name?: string): SVGElement {
  const reader = name === undefined ? { "aria-hidden": "true" } : { role: "img", "aria-label": name };
  return svg("svg", { class: "drawn", viewBox: `0 0 ${SIDE} ${SIDE}`, ...reader }, svg("path", { d: pathOf(strokes) }));
}

/** Returns the path of strokes within the view box; a dot is a line without a length. */
export function pathOf(strokes: readonly Stroke[]): string {
  const points = strokes.flat();
  if (points.length === 0) return "";
  const range = (axis: 0 | 1) => {
    let [low, high] = [Infinity, -Infinity];
    for (const point of points) [low, high] = [Math.min(low, point[axis]), Math.max(high, point[axis])];
    return [low, high] as const;
  };
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  const scale = (SIDE - 2 * ROOM) / Math.max(right - left, bottom - top, 1e-9);
  const place = (value: number, low: number, high: number) =>
    Math.round(10 * (SIDE / 2 + (value - (low + high) / 2) * scale)) / 10;
  return strokes
    .filter(({ length }) => length > 0)
    .map((stroke) => {
      const [first, ...rest] = stroke.map(([x, y]) => `${place(x, left, right)} ${place(y, top, bottom)}`);
      return `M${first}L${rest.length > 0 ? rest.join(" ") : first}`;
    })
    .join("");
}
