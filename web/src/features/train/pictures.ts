// Pictures of a network in training: its filters and its confusion matrix.

import type { Metrics } from "../../dataset/metrics";
import { NUM_CLASSES } from "../../dataset/types";
import type { TrainWords } from "../../i18n/en/train";
import { LETTERS } from "../../model/letters";
import type { Architecture } from "../../model/spec";
import { colour, paintNumbers } from "../../ui/colours";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";

/** The kernels of the first convolution, the first weights; their input has one channel. */
export class Filters {
  readonly element: HTMLElement;
  readonly #canvases: readonly HTMLCanvasElement[];
  readonly #kernel: number;

  constructor({ layers }: Architecture, words: TrainWords) {
    const first = layers.find(({ kind }) => kind === "conv")!;
    this.#kernel = first.kernel;
    this.#canvases = Array.from({ length: first.out_channels }, (_, i) =>
      h("canvas", { width: first.kernel, height: first.kernel, role: "img", "aria-label": words.kernel(i + 1) }),
    );
    const about = h("figcaption", {}, h("strong", {}, words.kernels), ` ${words.kernelsHow}`);
    this.element = h("figure", { class: "kernels" }, about, h("div", {}, ...this.#canvases));
  }

  show(weights: Float32Array): void {
    const [area, filters] = [this.#kernel ** 2, this.#canvases.length];
    const all = weights.subarray(0, area * filters);
    const maximum = all.reduce((top, weight) => Math.max(top, Math.abs(weight)), 1e-9);
    const [blue, red] = [colour("--bar"), colour("--best")];
    this.#canvases.forEach((canvas, i) => {
      paintNumbers(
        canvas,
        Array.from({ length: area }, (_, at) => all[at * filters + i]! / maximum),
        blue,
        red,
      );
    });
  }
}

const MAX_LISTED = 6; // mistakes in words

export class ConfusionTable {
  readonly element: HTMLElement;
  readonly #canvas = h("canvas", { width: NUM_CLASSES, height: NUM_CLASSES, role: "img" });
  readonly #mistakes = h("ol", { class: "mistakes quiet" });
  readonly #words: TrainWords;
  readonly #numbers: Numbers;

  constructor(words: TrainWords, numbers: Numbers) {
    this.#words = words;
    this.#numbers = numbers;
    const about = h("figcaption", {}, h("strong", {}, words.confusion), ` ${words.confusionHow}`);
    const edge = (look: string) =>
      h("div", { class: look, "aria-hidden": "true" }, ...Array.from(LETTERS, (letter) => h("span", {}, letter)));
    const matrix = h("div", { class: "confused" }, edge("columns"), edge("rows"), this.#canvas);
    this.element = h("figure", { class: "confusion" }, about, matrix, this.#mistakes);
  }

  show({ confusion }: Metrics): void {
    const rows = Array.from({ length: NUM_CLASSES }, (_, row) =>
      confusion.subarray(row * NUM_CLASSES, (row + 1) * NUM_CLASSES),
    );
    const shares = rows.flatMap((row, label) => {
      const all = Math.max(
        1,
        row.reduce((sum, times) => sum + times, 0),
      );
      return Array.from(row, (times, predicted) => Math.sqrt(times / all) * (predicted === label ? 1 : -1));
    });
    paintNumbers(this.#canvas, shares, colour("--bar"), colour("--best"));
    const mistakes = Array.from(confusion, (times, at) => ({
      times,
      label: Math.floor(at / NUM_CLASSES),
      predicted: at % NUM_CLASSES,
    }))
      .filter(({ times, label, predicted }) => times > 0 && label !== predicted)
      .sort((a, b) => b.times - a.times)
      .slice(0, MAX_LISTED)
      .map(({ times, label, predicted }) =>
        this.#words.mistake(LETTERS[label]!, LETTERS[predicted]!, this.#numbers.whole(times)),
      );
    const lines = mistakes.length > 0 ? mistakes : [this.#words.noMistakes];
    this.#mistakes.replaceChildren(...lines.map((line) => h("li", {}, line)));
    this.#canvas.ariaLabel = this.#words.confusionLabel(lines.join("; "));
  }
}
