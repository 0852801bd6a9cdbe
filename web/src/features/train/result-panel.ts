// The actions on a trained network: use it, compare it with the default network, download it.

import type { DataClient, EvaluationRequest } from "../../dataset/data-client";
import type { Metrics } from "../../dataset/metrics";
import type { Dataset } from "../../dataset/types";
import type { TrainWords } from "../../i18n/en/train";
import { explain } from "../../i18n/errors";
import { LETTERS } from "../../model/letters";
import { Recognizer } from "../../model/recognizer";
import { writeModel } from "../../model/writer";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { save } from "../../ui/save";
import type { App } from "../../ui/view";
import type { Comparison, TrainingRun } from "./training-run";

export class ResultPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #run: TrainingRun;
  readonly #client: DataClient;
  readonly #words: TrainWords;
  readonly #numbers: Numbers;
  readonly #comparison = h("div", { id: "comparison" });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #stored = h("p", { class: "quiet", hidden: true });
  #compared: Float32Array | null = null; // the weights that the comparison is of

  constructor(app: App, run: TrainingRun, client: DataClient, words: TrainWords, numbers: Numbers) {
    [this.#app, this.#run, this.#client, this.#words, this.#numbers] = [app, run, client, words, numbers];
    const button = (text: string, work: () => Promise<void>) =>
      h("button", { type: "button", click: () => void this.#try(work) }, text);
    const row = h(
      "div",
      { class: "sets" },
      button(words.use, () => this.#use()),
      button(words.compare, () => this.#compare()),
      button(words.download, () => this.#download()),
    );
    this.element = h(
      "section",
      { class: "learned", "aria-label": words.result },
      h("h3", {}, words.result),
      row,
      this.#stored,
      this.#problem,
      this.#comparison,
    );
    const { comparison, split } = run;
    if (!comparison || !split) return;
    this.#compared = comparison.weights;
    this.#show(comparison, split.validation);
  }

  update(): void {
    const { weights, phase, stored } = this.#run;
    this.#stored.hidden = stored === null;
    this.#stored.textContent = stored ? this.#words.kept : this.#words.notKept;
    this.element.hidden = weights === null || phase === "failed";
    // The weights of a pause may arrive after the compared ones.
    if (phase === "paused" && this.#compared && this.#compared !== weights) void this.#try(() => this.#compare());
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#problem.hidden = true;
    try {
      await work();
    } catch (error) {
      this.#problem.textContent = explain(error, this.#app.words.errors);
      this.#problem.hidden = false;
    }
  }

  async #use(): Promise<void> {
    const recognizer = new Recognizer(this.#app.recognizer.core, await this.#run.model());
    this.#app.store.set({ view: "draw" });
    this.#app.use(recognizer);
  }

  async #download(): Promise<void> {
    const file = writeModel(await this.#run.model(), this.#app.recognizer.core.rasterizerVersion);
    save(new Blob([file]), `${this.#run.plan.net}.safetensors`);
  }

  async #compare(): Promise<void> {
    const [words, { split, architecture, weights }] = [this.#words, this.#run];
    const { model } = this.#app.defaultRecognizer;
    if (!split || !weights) return;
    this.#compared = weights;
    if (model.labels !== LETTERS) {
      this.#comparison.replaceChildren(h("p", {}, words.otherLetters));
      return;
    }
    const dataset = split.validation;
    const ask = (question: Omit<EvaluationRequest, "dataset" | "temperature">) =>
      this.#client.request("evaluate", { ...question, dataset, temperature: 1 });
    const [ownMetrics, defaultMetrics] = await Promise.all([
      ask({ shape: architecture, parameters: weights }),
      ask({ shape: model.architecture, parameters: model.parameters }),
    ]);
    if (this.#compared !== weights) return;
    this.#run.comparison = { weights, own: ownMetrics, other: defaultMetrics };
    this.#show(this.#run.comparison, dataset);
    this.#app.announce(this.#comparison.textContent ?? "");
  }

  #show({ own, other }: Comparison, { name, labels }: Dataset): void {
    const { data } = this.#app.defaultRecognizer.model.training;
    const isTrainingData = Array.isArray(data) && data.includes(name);
    this.#comparison.replaceChildren(
      this.#table(own, other),
      this.#counts(own, other, labels),
      h("p", { class: "quiet" }, isTrainingData ? this.#words.trainedOnThese : ""),
    );
  }

  #table(ownMetrics: Metrics, defaultMetrics: Metrics): HTMLElement {
    const [words, numbers] = [this.#words, this.#numbers];
    const row = (name: string, { correct, count }: Metrics) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, name),
        h("td", {}, `${numbers.whole(correct)} / ${numbers.whole(count)}`),
        h("td", {}, numbers.share(correct / count)),
      );
    return h(
      "table",
      {},
      h("caption", {}, words.comparison),
      h("tbody", {}, row(words.thisNetwork, ownMetrics), row(words.defaultNetwork, defaultMetrics)),
    );
  }

  #counts(ownMetrics: Metrics, defaultMetrics: Metrics, labels: Uint8Array): HTMLElement {
    const counts = { both: 0, onlyThis: 0, onlyDefault: 0 };
    labels.forEach((label, i) => {
      const [own, other] = [ownMetrics, defaultMetrics].map(({ predictions }) => predictions[i] === label);
      if (own && other) counts.both++;
      else if (own) counts.onlyThis++;
      else if (other) counts.onlyDefault++;
    });
    const { whole } = this.#numbers;
    return h("p", {}, this.#words.bothCorrect(whole(counts.both), whole(counts.onlyThis), whole(counts.onlyDefault)));
  }
}
