// The training and validation curves of one metric.

import type { TrainWords } from "../../i18n/en/train";
import { legend, plot } from "../../ui/chart";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import type { Point } from "./history";
import type { TrainingRun } from "./training-run";

export class Curve {
  readonly element: HTMLElement;
  readonly #key: "loss" | "accuracy";
  readonly #words: TrainWords;
  readonly #numbers: Numbers;
  #picture: Element = h("span");

  constructor(key: "loss" | "accuracy", words: TrainWords, numbers: Numbers) {
    [this.#key, this.#words, this.#numbers] = [key, words, numbers];
    const series = [words.validation, words.training].map((name) => ({ name, points: [] }));
    this.element = h(
      "figure",
      { class: "charted" },
      h("figcaption", {}, h("strong", {}, words[key]), legend({ series })),
      this.#picture,
    );
  }

  show({ validation, training, epoch, plan }: TrainingRun): void {
    const [key, words, { fixed, share, whole }] = [this.#key, this.#words, this.#numbers];
    const series = [
      this.#line(words.validation, validation.points, epoch),
      this.#line(words.training, training.points, epoch),
    ];
    const values = series.flatMap(({ points }) => points.map(([, value]) => value));
    const latest = series.flatMap(({ name, points }) =>
      points.length > 0 ? [`${name} ${this.#write(points.at(-1)![1])}`] : [],
    );
    const next = plot({
      title: `${words[key]}: ${latest.join(", ")}`,
      x: words.epochs,
      y: words[key],
      series,
      xs: [0, plan.epochs],
      ys: [0, key === "loss" ? roof(Math.max(0.1, ...values)) : 1],
      number: key === "loss" ? (value) => fixed(value, 1) : (value) => share(value, 0),
      place: whole,
    });
    this.#picture.replaceWith(next);
    this.#picture = next;
  }

  #write(value: number): string {
    return this.#key === "loss" ? this.#numbers.fixed(value, 2) : this.#numbers.share(value);
  }

  #line(
    name: string,
    points: readonly Point[],
    epoch: number,
  ): { name: string; points: readonly (readonly [number, number])[] } {
    return { name, points: points.map((point) => [point.step / epoch, point[this.#key]] as const) };
  }
}

/** Rounds up to 1, 2, 4, 5 or 8 times a power of ten. */
function roof(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10);
}
