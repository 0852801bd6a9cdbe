// A chart of curves over the steps of a training: SVG for the lines, HTML for what is read.
import { h, svg } from "../app/dom";
import type { Point } from "./history";

export interface Line {
  readonly points: readonly Point[];
  /** Class of the line and of its entry in the legend. */
  readonly look: string;
  readonly name: string;
}

const [WIDTH, HEIGHT] = [1000, 500]; // units of the drawing, stretched to its place
const MARKS = 4; // parts of the scale

export class Chart {
  readonly element: HTMLElement;
  readonly #key: "loss" | "accuracy";
  readonly #drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  readonly #legend = h("ul", { class: "legend", "aria-hidden": "true" });
  readonly #values = h("div", { class: "values", "aria-hidden": "true" });
  readonly #name: string;
  readonly #write: (value: number) => string;
  #lines: readonly SVGPolylineElement[] = [];

  /** `write` says a value of the scale. */
  constructor(name: string, key: "loss" | "accuracy", write: (value: number) => string) {
    this.#name = name;
    this.#key = key;
    this.#write = write;
    this.element = h("figure", { class: "chart" }, h("figcaption", {}, h("strong", {}, name), this.#legend), this.#values, this.#drawing);
  }

  /** Curves over `steps` steps in all. */
  show(lines: readonly Line[], steps: number): void {
    const top = this.#key === "accuracy" ? 1 : roof(Math.max(...lines.flatMap(({ points }) => points.map(({ loss }) => loss)).filter(Number.isFinite), 0.1));
    if (this.#lines.length !== lines.length) this.#build(lines);
    lines.forEach(({ points }, i) => {
      const shown = points.filter((point) => Number.isFinite(point[this.#key]));
      const places = shown.map((point) => `${(WIDTH * point.step) / steps},${HEIGHT * (1 - point[this.#key] / top)}`);
      this.#lines[i]!.setAttribute("points", places.join(" "));
    });
    const scale = Array.from({ length: MARKS + 1 }, (_, i) => h("span", {}, this.#write((top * (MARKS - i)) / MARKS)));
    this.#values.replaceChildren(...scale);
    const last = lines.flatMap(({ points, name }) => (points.length > 0 ? [`${name}: ${this.#write(points.at(-1)![this.#key])}`] : []));
    this.#drawing.setAttribute("aria-label", [this.#name, ...last].join("; "));
  }

  #build(lines: readonly Line[]): void {
    const rules = Array.from({ length: MARKS + 1 }, (_, i) => {
      const y = (HEIGHT * i) / MARKS;
      return svg("line", { x1: 0, x2: WIDTH, y1: y, y2: y, class: "rule" });
    });
    this.#lines = lines.map(({ look }) => svg("polyline", { class: look, points: "" }));
    this.#drawing.replaceChildren(...rules, ...this.#lines);
    this.#legend.replaceChildren(...lines.map(({ look, name }) => h("li", { class: look }, name)));
  }
}

/** The next of 1, 2, 4, 5 or 8 times a power of ten. */
function roof(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10);
}
