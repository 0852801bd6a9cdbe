// The training curves as a table, with one row for every few points.

import type { TrainWords } from "../../i18n/en/train";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import type { Point } from "./history";
import type { TrainingRun } from "./training-run";

const ROWS = 12;

export class CurveTable {
  readonly element: HTMLDetailsElement;
  readonly #run: TrainingRun;
  readonly #numbers: Numbers;
  readonly #rows = h("tbody");

  constructor(run: TrainingRun, words: TrainWords, numbers: Numbers) {
    [this.#run, this.#numbers] = [run, numbers];
    const head = (...names: string[]) =>
      h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))));
    const names = [
      words.epochs,
      ...[words.loss, words.accuracy].flatMap((metric) => [
        `${metric}, ${words.training}`,
        `${metric}, ${words.validation}`,
      ]),
    ];
    const table = h("table", {}, h("caption", { class: "unseen" }, words.table), head(...names), this.#rows);
    this.element = h(
      "details",
      { id: "curves-table", toggle: () => this.update() },
      h("summary", {}, words.table),
      h("div", { class: "scrolled", tabindex: 0 }, table),
    );
  }

  /** Updates the table if it is open. */
  update(): void {
    if (!this.element.open) return;
    const {
      validation: { points },
      training,
      epoch,
    } = this.#run;
    const every = Math.max(1, Math.ceil(points.length / ROWS));
    const chosen = points.filter((_, i) => (points.length - 1 - i) % every === 0);
    this.#rows.replaceChildren(...chosen.map((point) => this.#row(point, training.points, epoch)));
  }

  #row(validation: Point, training: readonly Point[], epoch: number): HTMLElement {
    const { fixed, share } = this.#numbers;
    const nearest = training.find(({ step }) => step >= validation.step) ?? training.at(-1) ?? validation;
    const cells = [
      fixed(nearest.loss, 3),
      fixed(validation.loss, 3),
      share(nearest.accuracy),
      share(validation.accuracy),
    ];
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, fixed(validation.step / epoch, 1)),
      ...cells.map((cell) => h("td", {}, cell)),
    );
  }
}
