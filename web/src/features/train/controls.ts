// The controls of a running training, and its progress.

import { numImages } from "../../dataset/types";
import type { TrainWords } from "../../i18n/en/train";
import { reason } from "../../i18n/errors";
import type { Wording } from "../../i18n/message";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { DivergedError, type TrainingRun } from "./training-run";

const PACE_EXPONENTS = [-2, 1] as const; // powers of ten that the learning rate may be multiplied by

export class Controls {
  readonly element: HTMLElement;
  readonly #run: TrainingRun;
  readonly #words: TrainWords;
  readonly #wording: Wording;
  readonly #numbers: Numbers;
  readonly #pause: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #pace: HTMLInputElement;
  readonly #factor = h("output", { for: "pace" });
  readonly #bar = h("progress", { max: 1, value: 0, "aria-labelledby": "train-phase" });
  readonly #phase = h("strong", { id: "train-phase" });
  readonly #facts = h("p", { id: "train-facts", class: "quiet" });
  readonly #rateField: HTMLElement;

  constructor(run: TrainingRun, words: TrainWords, wording: Wording, numbers: Numbers) {
    [this.#run, this.#words, this.#wording, this.#numbers] = [run, words, wording, numbers];
    const button = (text: string, click: () => void) => h("button", { type: "button", click }, text);
    this.#pause = button(words.pause, () => (run.phase === "paused" ? run.proceed() : run.pause()));
    this.#step = button(words.step, () => run.step());
    this.#stop = button(words.stop, () => run.end());
    const [min, max] = PACE_EXPONENTS;
    this.#pace = h("input", { type: "range", id: "pace", min, max, step: 0.1, value: Math.log10(run.pace) });
    this.#pace.addEventListener("input", () => {
      run.pace = 10 ** this.#pace.valueAsNumber;
      this.update();
    });
    this.#rateField = h("label", { class: "pace", for: "pace" }, h("span", {}, words.pace), this.#pace, this.#factor);
    this.element = h(
      "div",
      { class: "leading" },
      h("div", { class: "sets" }, this.#pause, this.#step, this.#stop, this.#rateField),
      h("p", {}, this.#phase),
      this.#bar,
      this.#facts,
    );
  }

  update(): void {
    const { phase, progress, split, speed, epoch, plan, pace, metrics, error } = this.#run;
    const [words, numbers] = [this.#words, this.#numbers];
    const going = phase === "running" || phase === "paused";
    for (const part of [this.#pause, this.#step, this.#rateField]) part.hidden = !going;
    this.#stop.hidden = !going && phase !== "opening";
    this.#bar.hidden = phase === "failed";
    this.#pause.textContent = phase === "paused" ? words.resume : words.pause;
    this.#factor.textContent = numbers.fixed(pace, pace < 1 ? 2 : 1);
    this.#pace.ariaValueText = this.#factor.textContent;
    if (progress) this.#bar.value = progress.done / progress.steps;
    else if (phase === "opening") this.#bar.removeAttribute("value");
    this.#phase.classList.toggle("problem", phase === "failed");
    this.#phase.textContent = phase === "failed" ? this.#reason(error) : words.phases[phase];
    const facts: string[] = [];
    if (progress)
      facts.push(
        words.epoch(
          numbers.whole(Math.min(plan.epochs, Math.floor(progress.done / epoch) + 1)),
          numbers.whole(plan.epochs),
        ),
      );
    if (split)
      facts.push(
        words.splitSizes(numbers.whole(numImages(split.training)), numbers.whole(numImages(split.validation))),
      );
    if (split && split.leftOut > 0) facts.push(words.leftOut(numbers.whole(split.leftOut)));
    if (speed > 0) facts.push(words.speed(numbers.whole(speed)));
    if (metrics) facts.push(words.validationAccuracy(numbers.share(metrics.correct / metrics.count)));
    this.#facts.replaceChildren(...facts.map((fact) => h("span", {}, fact)));
  }

  #reason(error: unknown): string {
    if (error instanceof DivergedError) return this.#words.diverged;
    return this.#words.failed(reason(error, this.#wording));
  }
}
