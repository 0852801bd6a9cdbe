// The panel of one unit: its arithmetic in numbers and pictures, and its largest contributions to the next layer.

import type { Shape } from "../../model/spec";
import { h } from "../../ui/dom";
import { arithmetic, type Feed, receptiveFields, strongestFeeds } from "./arithmetic";
import { type Context, data, type Look, unitLabel } from "./context";
import { OPERATIONS } from "./operations";
import type { Arithmetic, Part } from "./operations/operation";
import { maxMagnitude, Picture } from "./paint";
import { tileBars, tileMaps } from "./tiles";
import { isFlat, type Unit, unitAt } from "./units";

export const FEEDS = 5; // units that are named
const TERMS = 6; // rows of a table
const SIDES = { image: 7, patch: 2.1, code: 5.25 }; // of a tile, rem
const SMALL = 5e-4;
const ACROSS = 32; // of a picture, rem at most

export class UnitPanel {
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #title = h("h4");
  readonly #equation = h("p", { class: "equation" });
  readonly #pictures = new Map<string, { readonly picture: Picture; readonly figure: HTMLElement }>();
  readonly #gallery = h("div", { class: "gallery" });
  readonly #numbers = h("div", { class: "numbers" });
  readonly #feeds = h("div", { class: "feeds" });

  constructor(context: Context) {
    this.#context = context;
    const close = h(
      "button",
      { type: "button", class: "close", "aria-label": context.words.close, click: () => context.select(null, true) },
      "×",
    );
    const closeOnEscape = ((event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      context.select(null, true);
    }) as EventListener;
    this.element = h(
      "section",
      { class: "unit", keydown: closeOnEscape },
      h("div", { class: "heading" }, this.#title, close),
      this.#equation,
      this.#gallery,
      this.#numbers,
      this.#feeds,
    );
  }

  /** `room`: CSS pixels across. */
  show(unit: Unit, look: Look, room: number): void {
    const context = this.#context;
    const { steps, values } = context;
    const title = unitLabel(context, unit);
    this.#title.textContent = this.element.ariaLabel = title;
    const numbers = arithmetic(steps, values, unit);
    const parts = OPERATIONS[steps[unit.step]!.kind].equation(numbers, context, unit);
    this.#equation.replaceChildren(...parts.map((part) => term(context, part)));
    this.#showPictures(unit, numbers, look, room);
    this.#numbers.replaceChildren(...tables(context, unit, numbers));
    this.#feeds.replaceChildren(...this.#contributions(unit));
  }

  #showPictures(
    unit: Unit,
    { shape: inputs, from, values, weights, products }: Arithmetic,
    look: Look,
    room: number,
  ): void {
    const { words, steps, values: stepValues } = this.#context;
    const names: string[] = [];
    const show = (name: string, caption: string, shape: Shape, numbers: ArrayLike<number>, side: number) => {
      names.push(name);
      const { picture, figure } = this.#picture(name, caption);
      const { screen } = look;
      const within = Math.min(room, ACROSS * screen.rem);
      if (shape[1] * shape[2] === 1) picture.bars(tileBars(shape[0], 0, within, screen), numbers, look.colours, "");
      else picture.tiles(tileMaps(shape, side, within, screen), numbers, maxMagnitude(numbers), look.colours);
      if (!figure.isConnected) this.#gallery.append(figure);
      return picture;
    };
    const { kind } = steps[unit.step]!;
    if (unit.step > 0) {
      const image = show("receptive field", words.receptiveField, steps[0]!.output, stepValues[0]!, SIDES.image);
      image.frame(receptiveFields(steps, unit)[0]!, look.colours);
    }
    const { listed } = OPERATIONS[kind];
    const hasPictures = listed === "terms" || (listed === "maps" && inputs[0] > 1); // else the numbers are enough
    if (weights && hasPictures) {
      const isLenet5Code = kind === "rbf" && from.length === 84; // LeNet-5's codes are pictures of 7 x 12
      const shape: Shape = isLenet5Code ? [1, 12, 7] : inputs;
      const side = isLenet5Code ? SIDES.code : SIDES.patch;
      show("inputs", words.unitInputs, shape, values, side);
      show("weights", kind === "rbf" ? words.code : words.unitWeights, shape, weights, side);
      show("products", words.products, shape, products, side);
    }
    for (const [name, { figure }] of this.#pictures) if (!names.includes(name)) figure.remove();
  }

  #picture(name: string, caption: string): { readonly picture: Picture; readonly figure: HTMLElement } {
    const entry = this.#pictures.get(name) ?? { picture: new Picture(), figure: h("figure") };
    entry.picture.canvas.ariaHidden = "true";
    entry.figure.replaceChildren(entry.picture.canvas, h("figcaption", {}, caption));
    this.#pictures.set(name, entry);
    return entry;
  }

  #contributions(unit: Unit): readonly HTMLElement[] {
    const { steps, values, words } = this.#context;
    if (unit.step === steps.length - 1) return [];
    const feeds = strongestFeeds(steps, values, unit, FEEDS);
    if (feeds.length === 0) return [h("p", { class: "quiet" }, words.unused)];
    const item = (feed: Feed) => {
      const open = () => this.#context.select(feed.unit, true);
      const button = h("button", { type: "button", class: "link", click: open }, unitLabel(this.#context, feed.unit));
      return h("li", {}, button, " ", data(this.#context, feed.product), feed.isUsed ? "" : ` (${words.notMaximum})`);
    };
    return [h("h5", {}, words.contributions), h("ul", {}, ...feeds.map(item))];
  }
}

function term(context: Context, part: Part): HTMLElement {
  if (typeof part === "string") return h("span", { class: "sign" }, part);
  const [value, caption] = part;
  const written = caption === context.words.captions.probability ? probability(context, value) : data(context, value);
  return h("span", { class: "term" }, written, h("small", {}, caption));
}

/** One that three digits after the point would call nothing by its power of ten. */
function probability(context: Context, value: number): HTMLDataElement {
  if (value === 0 || value >= SMALL) return data(context, value);
  const power = Math.floor(Math.log10(value));
  return h("data", { value }, context.write(value / 10 ** power), " × 10", h("sup", {}, `−${-power}`));
}

// ---- Numbers -------------------------------------------------------------------------------------

function tables(context: Context, unit: Unit, numbers: Arithmetic): readonly HTMLElement[] {
  switch (OPERATIONS[context.steps[unit.step]!.kind].listed) {
    case "maps":
      return mapContributions(context, unit, numbers);
    case "window":
      return [square(context, context.words.unitInputs, numbers.values, numbers.shape[2])];
    case "terms":
      return [terms(context, unit, numbers)];
    case "none":
      return [];
  }
}

/** Contribution of each map, and the numbers of the largest one. */
function mapContributions(
  context: Context,
  unit: Unit,
  { shape: [maps, kernel], from, values, weights, products }: Arithmetic,
): readonly HTMLElement[] {
  const { words, steps } = context;
  const area = kernel * kernel;
  const { input } = steps[unit.step]!;
  const parts = Array.from({ length: maps }, (_, m) => {
    const inside = from.slice(m * area, (m + 1) * area).find((at) => at >= 0) ?? 0;
    const sum = products.slice(m * area, (m + 1) * area).reduce((total, product) => total + product, 0);
    return { m, map: Math.floor(inside / (input[1] * input[2])) + 1, sum };
  });
  const ranked = [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const { m, map } = ranked[0]!;
  const of = (numbers: readonly number[]) => numbers.slice(m * area, (m + 1) * area);
  const grids = h(
    "div",
    { class: "grids" },
    square(context, words.unitInputs, of(values), kernel),
    h("span", { class: "sign" }, "×"),
    square(context, words.unitWeights, of(weights!), kernel),
    h("span", { class: "sign" }, "→"),
    square(context, words.products, of(products), kernel),
  );
  if (maps === 1) return [grids];
  const lines = ranked.slice(0, TERMS).map((part): Line => [`${words.columns.map} ${part.map}`, [part.sum]]);
  const table = list(
    context,
    [words.source, words.product],
    lines,
    ranked.slice(TERMS).map(({ sum }) => sum),
  );
  return [h("h5", {}, words.strongest(map)), grids, table];
}

/** The inputs that add most. */
function terms(context: Context, unit: Unit, { from, values, weights, products }: Arithmetic): HTMLElement {
  const { words, steps } = context;
  const ranked = from.map((_, i) => i).sort((a, b) => Math.abs(products[b]!) - Math.abs(products[a]!));
  const before = steps[unit.step - 1]!;
  const lines = ranked.slice(0, TERMS).map((i): Line => {
    const name = unitLabel(context, unitAt(unit.step - 1, from[i]!, before.output));
    return [isFlat(before) ? name : name.replace(`${before.name}, `, ""), [values[i]!, weights![i]!, products[i]!]];
  });
  const heads = [words.source, words.input, words.weight, words.product];
  return list(
    context,
    heads,
    lines,
    ranked.slice(TERMS).map((i) => products[i]!),
  );
}

type Line = readonly [name: string, numbers: readonly number[]];

function list(
  context: Context,
  heads: readonly string[],
  lines: readonly Line[],
  others: readonly number[],
): HTMLElement {
  const row = (name: string, numbers: readonly (number | null)[]) => {
    const cells = numbers.map((number) => h("td", {}, number === null ? "" : data(context, number)));
    return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
  };
  const rest = others.reduce((total, number) => total + number, 0);
  const blank = Array<null>(heads.length - 2).fill(null);
  const last = others.length > 0 ? [row(context.words.others(others.length), [...blank, rest])] : [];
  const head = h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text))));
  return h(
    "table",
    { class: "terms" },
    head,
    h("tbody", {}, ...lines.map(([name, numbers]) => row(name, numbers)), ...last),
  );
}

/** Numbers as they lie in the map. */
function square(context: Context, caption: string, numbers: readonly number[], across: number): HTMLElement {
  const rows = Array.from({ length: numbers.length / across }, (_, r) => numbers.slice(r * across, (r + 1) * across));
  const short = (number: number) => h("td", {}, h("data", { value: number }, shortened(context, number)));
  const body = h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(short))));
  return h("table", { class: "square" }, h("caption", {}, caption), body);
}

/** Two digits are enough where many numbers stand together. */
function shortened({ write }: Context, number: number): string {
  if (number === 0) return "0";
  return Math.abs(number) < 10 ? write(Math.round(number * 100) / 100).replace(/0$/, "") : write(number);
}
