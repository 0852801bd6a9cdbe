// "Why this letter?": each pixel's contribution as a picture, as sums and as a table.

import { SIDE } from "../../engine/rasterizer";
import { h } from "../../ui/dom";
import { type Attribution, attribute } from "./attribution";
import { type Context, data, type Look } from "./context";
import { OPERATIONS } from "./operations";
import { maxMagnitude, Picture } from "./paint";
import { tileMaps } from "./tiles";

const PICTURE = 14; // rem
const PARTS = 3; // of a side, in the table

export class AttributionPanel {
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #title = h("h2");
  readonly #first: HTMLSelectElement;
  readonly #second: HTMLSelectElement;
  readonly #picture = new Picture();
  readonly #caption = h("figcaption");
  readonly #sums = h("table", { class: "sums" });
  readonly #so = h("p", { class: "so" });
  readonly #regions = h("table");
  readonly #body: HTMLElement;
  readonly #empty: HTMLElement;

  /** `choose` is told two letters, or "" for the best two. */
  constructor(context: Context, choose: (letters: string) => void) {
    const { labels, steps } = context;
    const words = context.words.attribution;
    this.#context = context;
    const select = (label: string) =>
      h("select", { "aria-label": label }, ...Array.from(labels, (letter) => h("option", { value: letter }, letter)));
    [this.#first, this.#second] = [select(words.first), select(words.second)];
    for (const [changed, rest] of [
      [this.#first, this.#second],
      [this.#second, this.#first],
    ] as const) {
      changed.addEventListener("change", () => {
        if (changed.value === rest.value)
          rest.value = labels.charAt((labels.indexOf(changed.value) + 1) % labels.length);
        choose(this.#first.value + this.#second.value);
      });
    }
    const best = h("button", { type: "button", click: () => choose("") }, words.best);
    const controls = h(
      "p",
      { class: "controls" },
      h("label", {}, `${words.first} `, this.#first),
      h("label", {}, `${words.second} `, this.#second),
      best,
    );
    const { canvas } = this.#picture;
    canvas.ariaHidden = "true";
    const linear = steps.every(({ kind }) => OPERATIONS[kind].linear);
    const details = h("details", {}, h("summary", {}, words.regions), this.#regions);
    this.#body = h(
      "div",
      { class: "because" },
      h("figure", {}, canvas, this.#caption),
      h("div", {}, this.#sums, this.#so, h("p", { class: "quiet" }, words.about(linear)), details),
    );
    this.#empty = h("p", { class: "quiet" }, words.empty);
    this.element = h("section", { class: "why", id: "why" }, this.#title, controls, this.#body, this.#empty);
  }

  paint(look: Look, chosen: string, room: number): void {
    const { steps, values, labels } = this.#context;
    const words = this.#context.words.attribution;
    const probabilities = Array.from(values.at(-1)!);
    const ranked = probabilities.map((_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
    const selected = Array.from(chosen, (letter) => labels.indexOf(letter));
    const known = selected.length === 2 && selected.every((place) => place >= 0) && selected[0] !== selected[1];
    const [first = 0, second = 0] = known ? selected : ranked;
    const [a, b] = [labels.charAt(first), labels.charAt(second)];
    [this.#first.value, this.#second.value] = [a, b];
    this.#title.textContent = look.drawn ? words.title(a, b) : this.#context.words.toAttribution;
    this.#body.hidden = !look.drawn;
    this.#empty.hidden = look.drawn;
    if (!look.drawn) return;
    const attribution = attribute(steps, values, first, second);
    const [, rows, columns] = steps[0]!.output;
    this.#picture.tiles(
      tileMaps([1, rows, columns], Math.min(PICTURE, room / look.screen.rem), room, look.screen),
      attribution.pixels,
      maxMagnitude(attribution.pixels),
      look.colours,
    );
    this.#caption.textContent = words.picture(a, b);
    this.#sum(attribution, a, b);
    const times = Math.exp(attribution.difference / this.#context.temperature);
    const rounded = times >= 1e6 ? times.toExponential(0).replace("e+", " × 10^") : this.#context.write(times);
    this.#so.textContent = words.times(a, rounded, b);
    this.#tabulate(attribution.pixels);
  }

  #sum({ pixels, constant, difference }: Attribution, first: string, second: string): void {
    const words = this.#context.words.attribution;
    const [most, least] = [1, -1].map((sign) =>
      pixels.reduce((sum, pixel) => (pixel * sign > 0 ? sum + pixel : sum), 0),
    );
    const row = (text: string, value: number) =>
      h("tr", {}, h("th", { scope: "row" }, text), h("td", {}, data(this.#context, value)));
    const last = row(words.sum(first, second), difference);
    last.className = "total";
    this.#sums.replaceChildren(
      h(
        "tbody",
        {},
        row(words.supports(first), most!),
        row(words.supports(second), least!),
        row(words.constant, constant),
        last,
      ),
    );
  }

  #tabulate(pixels: Float64Array): void {
    const words = this.#context.words.attribution;
    const sums = Array.from({ length: PARTS }, () => Array<number>(PARTS).fill(0));
    pixels.forEach((pixel, i) => {
      const [row, column] = [Math.floor(i / SIDE), i % SIDE].map((at) => Math.floor((at * PARTS) / SIDE));
      sums[row!]![column!]! += pixel;
    });
    const head = h("tr", {}, h("td"), ...words.columns.map((text) => h("th", { scope: "col" }, text)));
    const lines = sums.map((line, r) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, words.rows[r]!),
        ...line.map((sum) => h("td", {}, data(this.#context, sum))),
      ),
    );
    this.#regions.replaceChildren(h("thead", {}, head), h("tbody", {}, ...lines));
  }
}
