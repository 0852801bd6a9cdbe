// Sliders that corrupt the input image, and the probability of the letter under them.

import { SIDE } from "../../engine/rasterizer";
import { chart } from "../../ui/chart";
import { type Amounts, CORRUPTION_NAMES, CORRUPTIONS, type CorruptionName } from "../../ui/corruptions";
import { h } from "../../ui/dom";
import { paintImage } from "../../ui/image";
import { type Numbers, numbersOf } from "../../ui/numbers";
import type { State } from "../../ui/state";
import type { App, Frame } from "../../ui/view";
import { corrupt } from "./corrupt";

const NUM_POINTS = 49; // of the curve

export class RobustnessPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #numbers: Numbers;
  readonly #image: HTMLCanvasElement;
  readonly #prediction = h("output", { id: "robustness" });
  readonly #curve = h("div", { class: "curve" });
  readonly #sliders = new Map<
    CorruptionName,
    { readonly input: HTMLInputElement; readonly output: HTMLOutputElement }
  >();
  readonly #work: HTMLElement;
  readonly #empty: HTMLElement;
  /** The slider that was moved last; the curve is over its range. */
  #chosen: CorruptionName = "turn";
  #lastLook = "";

  constructor(app: App) {
    const { mistakes: words } = app.words;
    this.#app = app;
    this.#numbers = numbersOf(app.store.state.language);
    this.#image = h("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": words.corruptedImage });
    const reset = h("button", { type: "button", click: () => this.#reset() }, words.reset);
    const sliders = h("div", { class: "sliders" }, ...CORRUPTION_NAMES.map((name) => this.#slider(name)), reset);
    this.#work = h(
      "div",
      { class: "robustness" },
      h("div", { class: "result" }, this.#image, this.#prediction, this.#curve),
      sliders,
    );
    this.#empty = h("p", { class: "quiet" }, words.robustnessEmpty);
    this.element = h(
      "section",
      {},
      h("h3", {}, words.robustness),
      h("p", { class: "quiet" }, words.robustnessHow),
      this.#empty,
      this.#work,
    );
  }

  update({ state, answer }: Frame): void {
    this.#work.hidden = answer.image === null;
    this.#empty.hidden = !this.#work.hidden;
    for (const [name, { input, output }] of this.#sliders) {
      input.value = String(state[name]);
      output.textContent = `${this.#numbers.plain(state[name])} ${CORRUPTIONS[name].unit}`;
    }
    const [letter] = answer.candidates[0] ?? [];
    if (!answer.image || letter === undefined) return;
    const image = answer.image;
    const look = `${image.join()} ${CORRUPTION_NAMES.map((name) => state[name]).join()} ${this.#chosen}`;
    if (look === this.#lastLook) return;
    this.#lastLook = look;
    this.#show(image, letter, state);
  }

  #show(image: Uint8Array, letter: string, state: State): void {
    const {
      mistakes: words,
      answer: { percent },
    } = this.#app.words;
    const corrupted = corrupt(image, state);
    paintImage(this.#image, corrupted);
    const { labels } = this.#app.recognizer.model;
    const probabilities = this.#app.recognizer.probabilities(corrupted);
    const best = probabilities.indexOf(Math.max(...probabilities));
    const own = labels.indexOf(letter);
    const prediction = words.predicted(
      letter,
      percent(probabilities[own]!),
      labels.charAt(best),
      percent(probabilities[best]!),
    );
    if (this.#prediction.textContent !== prediction) this.#prediction.textContent = prediction;
    const { low, high, unit } = CORRUPTIONS[this.#chosen];
    const points = this.#along(image, state, own);
    this.#curve.replaceChildren(
      chart({
        title: words.probability(letter),
        x: `${words.corruptions[this.#chosen]}, ${unit}`,
        y: words.probability(letter),
        series: [{ name: letter, points }],
        xs: [low, high],
        ys: [0, 1],
        mark: state[this.#chosen],
        number: this.#numbers.plain,
        table: words.table,
      }),
    );
  }

  /** Returns the letter's probability over the range of the chosen slider. */
  #along(image: Uint8Array, amounts: Amounts, own: number): readonly (readonly [number, number])[] {
    const { low, high } = CORRUPTIONS[this.#chosen];
    const values = Array.from({ length: NUM_POINTS }, (_, i) => low + ((high - low) * i) / (NUM_POINTS - 1));
    const images = new Uint8Array(NUM_POINTS * image.length);
    values.forEach((value, i) => images.set(corrupt(image, { ...amounts, [this.#chosen]: value }), i * image.length));
    const rows = this.#app.recognizer.probabilities(images);
    const classes = rows.length / NUM_POINTS;
    return values.map((value, i) => [value, rows[i * classes + own]!] as const);
  }

  #slider(name: CorruptionName): HTMLElement {
    const { low, high, step } = CORRUPTIONS[name];
    const input = h("input", { type: "range", id: `change-${name}`, min: low, max: high, step });
    const output = h("output", { for: input.id });
    const choose = () => (this.#chosen = name);
    input.addEventListener("focus", choose);
    input.addEventListener("input", () => {
      choose();
      this.#app.store.set({ [name]: Number(input.value) });
    });
    this.#sliders.set(name, { input, output });
    return h(
      "div",
      { class: "slider" },
      h("label", { for: input.id }, this.#app.words.mistakes.corruptions[name]),
      input,
      output,
    );
  }

  #reset(): void {
    this.#app.store.set(Object.fromEntries(CORRUPTION_NAMES.map((name) => [name, CORRUPTIONS[name].initial])));
  }
}
