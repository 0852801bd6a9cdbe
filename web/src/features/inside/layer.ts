// One layer: its description, its maps or units on a canvas that one can point at, and its filters.
import { h } from "../../ui/dom";
import { type Context, data, type Look, unitLabel } from "./context";
import { range } from "./number-format";
import { maxMagnitude, Picture } from "./paint";
import { isConnected, type Step } from "./steps";
import { MAX_TILES, moved, type Screen, type Spot, spotAt, type Tiling, tileBars, tileMaps } from "./tiles";
import { isFlat, placeOf, type ReceptiveField, type Unit, unitAt } from "./units";

const MOVES: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const SIDES = { image: 8.75, few: 3.5, many: 2.6, small: 1.6, filter: 1.9 }; // of a tile, rem
const MINOR: readonly Step["kind"][] = ["scale", "resize", "relu", "tanh"];
const LETTER = 1.1; // below a bar, rem

export class LayerView {
  readonly element: HTMLElement;
  /** True if it is near the visible part of the page; other layers are not painted. */
  near = true;
  readonly #context: Context;
  readonly #index: number;
  readonly #step: Step;
  readonly #picture = new Picture();
  readonly #cell = h("div", { role: "gridcell", id: "", class: "unit-mark" });
  readonly #row = h("div", { role: "row" }, this.#cell);
  readonly #grid: HTMLElement;
  readonly #range = h("span", { class: "range" });
  readonly #readout = h("p", { class: "readout", "aria-hidden": "true" });
  readonly #filters: Filters | null;
  readonly #table: HTMLTableElement;
  readonly #details: HTMLDetailsElement;

  constructor(context: Context, index: number) {
    const { steps, words } = context;
    const step = steps[index]!;
    this.#context = context;
    this.#index = index;
    this.#step = step;
    this.#cell.id = `unit-${step.name}`;
    const label = `${words.layers[step.kind].name}, ${step.name}. ${words.keys}`;
    this.#grid = h(
      "div",
      { role: "grid", tabindex: 0, class: "maps", "aria-label": label },
      this.#picture.canvas,
      this.#row,
    );
    this.#picture.canvas.ariaHidden = "true";
    this.#filters = step.kind === "conv" ? new Filters(context, step) : null;
    this.#table = h("table");
    this.#details = h("details", {}, h("summary", {}, words.table), this.#table);
    this.#details.addEventListener("toggle", () => this.#tabulate());
    const below = h("div", { class: "below" }, this.#details, this.#readout);
    const figure = h("div", { class: "figure" }, this.#grid, below, ...(this.#filters ? [this.#filters.element] : []));
    const major = !MINOR.includes(step.kind);
    this.element = h("li", { class: major ? "layer major" : "layer", id: `layer-${step.name}` }, this.#head(), figure);
    this.#listen();
  }

  /** How wide a canvas may be. */
  get room(): number {
    return this.#grid.parentElement!.clientWidth;
  }

  focus(): void {
    this.#grid.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** `field`: what the selected unit depends on here; `fed`: units here that it feeds most. */
  paint(look: Look, room: number, field: ReceptiveField | null, fed: readonly Unit[]): void {
    if (this.#details.open) this.#tabulate();
    if (!this.near) return;
    const { colours, selected, screen } = look;
    const values = this.#context.values[this.#index]!;
    const tiling = this.#tiling(room, screen);
    if (isFlat(this.#step)) this.#picture.bars(tiling, values, colours, this.#letters);
    else this.#picture.tiles(tiling, values, maxMagnitude(values), colours);
    this.#range.replaceChildren(range(values, this.#context.write));
    const own = selected?.step === this.#index ? selected : null;
    if (field && !own && !this.#all(field)) this.#picture.frame(field, colours);
    for (const { channel, row, column } of fed) {
      this.#picture.frame({ top: row, bottom: row, left: column, right: column, channels: [channel] }, colours);
    }
    this.#mark(own, tiling);
    this.#filters?.paint(look, room, own?.channel ?? 0);
  }

  /** Frames a receptive field, unless it covers the whole map. */
  #all({ top, left, bottom, right, channels }: ReceptiveField): boolean {
    const [count, rows, columns] = this.#step.output;
    return channels.length * (bottom - top + 1) * (right - left + 1) === count * rows * columns;
  }

  get #letters(): string {
    return this.#index >= this.#context.steps.length - 2 ? this.#context.labels : "";
  }

  #tiling(room: number, screen: Screen): Tiling {
    const { output } = this.#step;
    const [channels, rows] = output;
    if (isFlat(this.#step)) return tileBars(channels, this.#letters ? LETTER : 0, room, screen);
    const side = rows <= 4 ? SIDES.small : channels <= 16 ? SIDES.few : SIDES.many;
    return tileMaps(output, channels === 1 ? SIDES.image : side, room, screen);
  }

  #head(): HTMLElement {
    const { words } = this.#context;
    const { name, paper, kind, layer, output, parameters } = this.#step;
    const [channels, rows, columns] = output;
    const shape = isFlat(this.#step) ? words.units(channels) : words.maps(channels, rows, columns);
    const facts = [
      shape,
      ...(channels > MAX_TILES && !isFlat(this.#step) ? [words.firstMaps(MAX_TILES)] : []),
      ...(parameters ? [words.parameters(parameters)] : []),
    ];
    const title = h("h3", {}, words.layers[kind].name, " ", h("code", {}, name));
    if (paper) title.append(" ", h("span", { class: "paper", title: words.papers }, paper));
    const does = words.layers[kind].does(layer);
    return h(
      "div",
      {},
      title,
      h("p", { class: "facts" }, facts.join(" · "), " · ", this.#range),
      h("p", { class: "quiet" }, does),
    );
  }

  #listen(): void {
    const spot = ({ offsetX, offsetY }: MouseEvent) => {
      const { tiling } = this.#picture;
      return tiling && spotAt(tiling, offsetX * devicePixelRatio, offsetY * devicePixelRatio);
    };
    const { canvas } = this.#picture;
    canvas.addEventListener("click", (event) => {
      const unit = spot(event);
      if (unit) this.#select(unit);
      this.#grid.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      const unit = spot(event);
      this.#readout.textContent = unit ? this.#label({ step: this.#index, ...unit }) : "";
    });
    canvas.addEventListener("pointerleave", () => (this.#readout.textContent = ""));
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
  }

  #label(unit: Unit): string {
    const { values, write, words } = this.#context;
    return words.formulaSpoken(
      unitLabel(this.#context, unit),
      write(values[this.#index]![placeOf(unit, this.#step.output)]!),
    );
  }

  #own: Unit | null = null;

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tiling } = this.#picture;
    if (!tiling) return;
    const { key } = event;
    const move = MOVES[key];
    const page = key === "PageDown" ? 1 : key === "PageUp" ? -1 : 0;
    if (key === "Escape" && this.#own) this.#context.select(null);
    else if (!this.#own && (move || page || key === "Enter" || key === " ")) this.#select(this.#strongest());
    else if (this.#own && move) this.#select(moved(tiling, this.#own, ...move));
    else if (this.#own && page)
      this.#select({ ...this.#own, channel: Math.min(tiling.shape[0] - 1, Math.max(0, this.#own.channel + page)) });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #strongest(): Spot {
    const values = this.#context.values[this.#index]!;
    const { shape } = this.#picture.tiling!;
    const visible = values.subarray(0, shape[0] * shape[1] * shape[2]);
    return unitAt(this.#index, Math.max(0, visible.indexOf(Math.max(...visible))), this.#step.output);
  }

  #select({ channel, row, column }: Spot): void {
    this.#context.select({ step: this.#index, channel, row, column });
  }

  /** The selected unit is the one cell of the grid that is there, over the canvas. */
  #mark(own: Unit | null, tiling: Tiling): void {
    const {
      shape: [tiles, rows, columns],
      across,
    } = tiling;
    this.#own = own;
    this.#grid.ariaRowCount = String(Math.ceil(tiles / across) * rows);
    this.#grid.ariaColCount = String(across * columns);
    if (!own || own.channel >= tiles) {
      for (const name of ["aria-selected", "aria-label", "style"]) this.#cell.removeAttribute(name);
      this.#grid.removeAttribute("aria-activedescendant");
      return;
    }
    this.#grid.setAttribute("aria-activedescendant", this.#cell.id);
    this.#row.ariaRowIndex = String(Math.floor(own.channel / across) * rows + own.row + 1);
    this.#cell.ariaColIndex = String((own.channel % across) * columns + own.column + 1);
    this.#cell.ariaSelected = "true";
    this.#cell.ariaLabel = this.#label(own);
    const { x, y, wide, tall } = this.#picture.place(own);
    Object.assign(this.#cell.style, { left: `${x}px`, top: `${y}px`, width: `${wide}px`, height: `${tall}px` });
  }

  /** The numbers behind the picture: of each map a summary, of single units all. */
  #tabulate(): void {
    const {
      words: { columns, tableOf },
      values,
    } = this.#context;
    const {
      name,
      output: [channels, rows, wide],
    } = this.#step;
    const flat = isFlat(this.#step);
    const heads = flat ? [columns.unit, columns.value] : [columns.map, columns.minimum, columns.mean, columns.maximum];
    const lines = Array.from({ length: Math.min(channels, MAX_TILES) }, (_, c) => {
      const map = values[this.#index]!.subarray(c * rows * wide, (c + 1) * rows * wide);
      const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
      const numbers = flat ? [map[0]!] : [Math.min(...map), mean, Math.max(...map)];
      const head = h("th", { scope: "row" }, this.#letters.charAt(c) || String(c + 1));
      return h("tr", {}, head, ...numbers.map((number) => h("td", {}, data(this.#context, number))));
    });
    const head = h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text))));
    this.#table.replaceChildren(h("caption", {}, tableOf(name)), head, h("tbody", {}, ...lines));
  }
}

/** The weights of a convolution: of all maps where it sees one map, else of one map for each that it sees. */
class Filters {
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #step: Step;
  readonly #picture = new Picture();
  readonly #caption = h("figcaption");

  constructor(context: Context, step: Step) {
    this.#context = context;
    this.#step = step;
    this.#picture.canvas.ariaHidden = "true";
    this.element = h("figure", { class: "filters" }, this.#caption, this.#picture.canvas);
  }

  paint({ colours, screen }: Look, room: number, map: number): void {
    const { words } = this.#context;
    const {
      input: [inputs],
      output: [outputs],
      layer: { kernel },
      weight,
    } = this.#step;
    const area = kernel * kernel;
    const isSingle = inputs === 1;
    const seen = Array.from({ length: inputs }, (_, c) => c).filter((c) => isConnected(this.#step, c, map));
    const tiles = isSingle ? outputs : seen.length;
    const values = Float32Array.from({ length: tiles * area }, (_, i) => {
      const [tile, at] = [Math.floor(i / area), i % area];
      return isSingle ? weight[at * outputs + tile]! : weight[(seen[tile]! * area + at) * outputs + map]!;
    });
    this.#picture.tiles(
      tileMaps([tiles, kernel, kernel], SIDES.filter, room, screen),
      values,
      maxMagnitude(values),
      colours,
    );
    if (isSingle)
      this.#picture.frame({ top: 0, left: 0, bottom: kernel - 1, right: kernel - 1, channels: [map] }, colours);
    this.#caption.textContent = isSingle ? words.kernel : words.kernels(map + 1);
  }
}
