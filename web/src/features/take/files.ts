// Writes a drawing as SVG, PNG, or JSON Lines (docs/reference/data.md).
import type { Stroke } from "../../engine/types";
import { paintStrokes, widthOf } from "../../ink/paint";

const SIDE = 1024; // pixels: the height of a PNG
const [INK, PAPER] = ["#1d2b4f", "#fffdf7"];

export function svgOf(strokes: readonly Stroke[], aspect: number): Blob {
  const number = (value: number) => String(Math.round(value * 1e4) / 1e4);
  const width = number(widthOf(aspect));
  // A line of no length has a round cap, too: a dot.
  const paths = strokes.map(
    (stroke) =>
      `<path d="M${stroke.map(([x, y]) => `${number(x)} ${number(y)}`).join("L")}${stroke.length === 1 ? "h0" : ""}"/>`,
  );
  const style = `fill="none" stroke="${INK}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"`;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(aspect)} 1" ${style}>\n${paths.join("\n")}\n</svg>\n`;
  return new Blob([text], { type: "image/svg+xml" });
}

export async function pngOf(strokes: readonly Stroke[], aspect: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.round(SIDE * aspect), SIDE);
  const context = canvas.getContext("2d")!;
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, SIDE);
  context.setTransform(SIDE, 0, 0, SIDE, 0, 0);
  paintStrokes(context, strokes, INK, widthOf(aspect));
  return canvas.convertToBlob({ type: "image/png" });
}

/** Writes one line for `lenet predict`, or with a label for `lenet train`. */
export function jsonlOf(strokes: readonly Stroke[], label: string | null): Blob {
  const points = strokes.map((stroke) => stroke.map(([x, y, time]) => (time === undefined ? [x, y] : [x, y, time])));
  return new Blob([`${JSON.stringify({ drawer: "me", label, strokes: points })}\n`], { type: "application/jsonl" });
}
