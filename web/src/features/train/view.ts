// The view "Train": trains a network from scratch, shows its progress, then uses, compares or downloads it.
import "../../ui/style/forms.css";
import "./view.css";
import { DataClient } from "../../dataset/data-client";
import type { TrainWords } from "../../i18n/en/train";
import { loadTrainedNetwork, saveTrainedNetwork } from "../../storage/network";
import { taughtLetters } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import { type Numbers, numbersOf } from "../../ui/numbers";
import type { App, Frame, Open } from "../../ui/view";
import { Controls } from "./controls";
import { Curve } from "./curve";
import { CurveTable } from "./curve-table";
import { keptPanel } from "./kept-panel";
import { RECIPES } from "./networks";
import { ConfusionTable, Filters } from "./pictures";
import { ResultPanel } from "./result-panel";
import { Settings } from "./settings";
import { TrainingRun } from "./training-run";

const PACE = 120; // ms between two looks at a training

/** The training outlives the view and goes on without it. */
let run: TrainingRun | null = null;
let client: DataClient | null = null;

export const open: Open = async (all) => {
  const words = await all.train();
  return (place, app) => new TrainView(place, app, words);
};

class TrainView {
  readonly #app: App;
  readonly #words: TrainWords;
  readonly #numbers: Numbers;
  readonly #settings: Settings;
  readonly #stage = h("div", { id: "training" });
  #show: (() => void) | null = null;
  #waiting = 0;
  #message = "";

  constructor(place: HTMLElement, app: App, words: TrainWords) {
    this.#app = app;
    this.#words = words;
    this.#numbers = numbersOf(app.store.state.language);
    this.#settings = new Settings(app, this.#words, this.#numbers, () => this.#start());
    place.append(
      h("h2", {}, this.#words.title),
      h("p", { class: "quiet" }, this.#words.lead),
      this.#settings.element,
      this.#stage,
    );
    void taughtLetters().then(({ letters }) => (this.#settings.own = letters));
    if (run) this.#watch(run);
    else void this.#offerKept();
  }

  update({ state }: Frame): void {
    this.#settings.update(state);
  }

  close(): void {
    clearTimeout(this.#waiting);
    if (run) run.changed = () => {};
  }

  #start(): void {
    const { core, model } = this.#app.recognizer;
    const pen = model.pen ?? core.defaultPen;
    const source = this.#settings.source(pen);
    if (!source) return;
    run?.close();
    client ??= new DataClient();
    run = new TrainingRun(this.#settings.plan, source, client, pen, (model) => saveTrainedNetwork(model, core));
    this.#watch(run);
    this.#stage.scrollIntoView({ block: "nearest" });
  }

  /** Shows the network that was trained last, before a reload. */
  async #offerKept(): Promise<void> {
    const model = await loadTrainedNetwork(this.#app.recognizer.core).catch(() => null);
    if (model && !run) this.#stage.replaceChildren(keptPanel(this.#app, model, this.#words, this.#numbers));
  }

  /** Shows a training. */
  #watch(watched: TrainingRun): void {
    const [words, numbers] = [this.#words, this.#numbers];
    this.#settings.again = true;
    const controls = new Controls(watched, words, this.#app.words.errors, numbers);
    const charts = (["loss", "accuracy"] as const).map((key) => new Curve(key, words, numbers));
    const table = new CurveTable(watched, words, numbers);
    const filters = new Filters(watched.architecture, words);
    const confusion = new ConfusionTable(words, numbers);
    const result = new ResultPanel(this.#app, watched, client!, words, numbers);
    const pictures = h("div", { class: "pictures" }, filters.element, confusion.element);
    const isAugmented = Object.values(RECIPES[watched.plan.recipe].augmentation).some((size) => size > 0);
    const note = h("p", { class: "quiet" }, words.trainingHow(isAugmented));
    const curves = h("div", { class: "curves" }, ...charts.map(({ element }) => element), note);
    this.#stage.replaceChildren(controls.element, curves, table.element, pictures, result.element);
    this.#show = () => {
      controls.update();
      result.update();
      table.update();
      const { progress, weights, metrics } = watched;
      curves.hidden = table.element.hidden = pictures.hidden = !progress;
      if (!progress) return;
      for (const chart of charts) chart.show(watched);
      if (weights) filters.show(weights);
      if (metrics) confusion.show(metrics);
      this.#announce(watched);
    };
    watched.changed = () => {
      if (!this.#waiting) this.#waiting = window.setTimeout(() => this.#look(), PACE);
    };
    this.#look();
  }

  #look(): void {
    this.#waiting = 0;
    this.#show?.();
  }

  /** Announces when the training pauses or ends. */
  #announce({ phase, metrics }: TrainingRun): void {
    const result =
      phase === "ended" && metrics
        ? this.#words.validationAccuracy(this.#numbers.share(metrics.correct / metrics.count))
        : "";
    const message = `${this.#words.phases[phase]} ${result}`;
    if (message !== this.#message) this.#app.announce(message);
    this.#message = message;
  }
}
