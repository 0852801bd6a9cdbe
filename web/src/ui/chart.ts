// A line chart in SVG, with a table of its values behind it.
import { h, svg } from "./dom";

export interface Series {
  readonly name: string;
  /** Points in drawing order. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  /** Title, and accessible name. */
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Ranges of the axes; by default those of the points. */
  readonly xs?: readonly [low: number, high: number];
  readonly ys?: readonly [low: number, high: number];
  /** A value on the x axis to mark. */
  readonly mark?: number;
  readonly number: (value: number) => string;
  /** Number format of the x axis; by default `number`. */
  readonly place?: (value: number) => string;
  /** Label of the button that opens the table. */
  readonly table: string;
}

const [WIDTH, HEIGHT] = [320, 180];
const [LEFT, RIGHT, TOP, BOTTOM] = [34, 8, 8, 30]; // room for the axes
const MAX_ROWS = 200; // of the table, which then shows every n-th point

/** Creates a chart with legend and table. Colours of the lines are in base.css. */
export function chart(data: Chart): HTMLElement {
  return h(
    "figure",
    { class: "charted" },
    h("figcaption", {}, h("strong", {}, data.title), legend(data)),
    plot(data),
    dataTable(data),
  );
}

/** Creates the SVG with lines and axes. */
export function plot(data: Omit<Chart, "table">): SVGElement {
  const { number, place = number } = data;
  const points = data.series.flatMap((series) => series.points);
  const [low, high] = data.xs ?? extent(points.map(([x]) => x));
  const [bottom, top] = data.ys ?? extent(points.map(([, y]) => y));
  const across = (x: number) => LEFT + ((x - low) / (high - low || 1)) * (WIDTH - LEFT - RIGHT);
  const up = (y: number) => HEIGHT - BOTTOM - ((y - bottom) / (top - bottom || 1)) * (HEIGHT - TOP - BOTTOM);
  const text = (x: number, y: number, content: string, anchor = "middle") =>
    svg("text", { x, y, "text-anchor": anchor }, content);
  const axes = svg("path", { class: "axes", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` });
  const lines = data.series.map(({ points }, i) => {
    const path = points.map(([x, y], k) => `${k ? "L" : "M"}${across(x).toFixed(1)} ${up(y).toFixed(1)}`).join("");
    return svg("path", { class: `line line-${i}`, d: path });
  });
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": data.title },
    axes,
    text(LEFT - 5, TOP + 8, number(top), "end"),
    text(LEFT - 5, HEIGHT - BOTTOM, number(bottom), "end"),
    text(LEFT, HEIGHT - BOTTOM + 13, place(low)),
    text(WIDTH - RIGHT, HEIGHT - BOTTOM + 13, place(high), "end"),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, data.x),
    ...lines,
  );
  if (data.mark !== undefined && points.length > 0) {
    picture.append(svg("path", { class: "mark", d: `M${across(data.mark).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}` }));
  }
  return picture;
}

export function legend({ series }: Pick<Chart, "series">): HTMLElement {
  const names = series.length > 1 ? series.map(({ name }, i) => h("span", { class: `key line-${i}` }, name)) : [];
  return h("span", { class: "legend" }, ...names);
}

function dataTable(data: Chart): HTMLElement {
  const xs = [...new Set(data.series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const every = Math.ceil(xs.length / MAX_ROWS);
  const values = data.series.map(({ points }) => new Map(points));
  const { number, place = number } = data;
  const cell = (value: number | undefined) => h("td", {}, value === undefined ? "" : number(value));
  const rows = xs
    .filter((_, i) => i % every === 0)
    .map((x) => h("tr", {}, h("th", { scope: "row" }, place(x)), ...values.map((of) => cell(of.get(x)))));
  const heads = data.series.map(({ name }) => h("th", { scope: "col" }, name));
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, data.x), ...heads));
  return h("details", {}, h("summary", {}, data.table), h("table", {}, head, h("tbody", {}, ...rows)));
}

function extent(values: readonly number[]): readonly [number, number] {
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
}
