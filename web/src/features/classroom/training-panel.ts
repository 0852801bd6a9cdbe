// The button that trains on the class's letters, the training while everybody looks, and what came of it.
import type { CollectWords } from "../../i18n/en/collect";
import { reason } from "../../i18n/errors";
import { Recognizer } from "../../model/recognizer";
import { writeModel } from "../../model/writer";
import { fetchLetters, sendModel } from "../../server/classes";
import { plot } from "../../ui/chart";
import { problemOf } from "../../ui/collect/problem";
import { h } from "../../ui/dom";
import { numbersOf } from "../../ui/numbers";
import type { App } from "../../ui/view";
import { type ClassResult, MIN_LETTERS, type Phase, trainOnClass, type Unseen } from "./class-training";

const FEW = 20; // unseen letters: below it, a note about chance

export interface TrainingEvents {
  /** How the network in training reads the letters, by their ids. */
  readonly predictions: (predictions: ReadonlyMap<string, string>) => void;
  /** The trained network, or null: the training was stopped. */
  readonly ended: (recognizer: Recognizer | null) => void;
}

export class TrainingPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #token: string;
  readonly #events: TrainingEvents;
  readonly #start: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #how = h("p", { class: "quiet" });
  readonly #phase = h("p", { class: "phase", role: "status" });
  readonly #bar = h("progress", { max: 1, value: 0 });
  readonly #curve = h("div", { class: "curve", "aria-hidden": "true" });
  readonly #going: HTMLElement;
  readonly #result = h("div", { class: "outcome", role: "status" });
  #points: (readonly [x: number, y: number])[] = [];
  #training: AbortController | null = null;

  constructor(app: App, words: CollectWords, token: string, events: TrainingEvents) {
    [this.#app, this.#words, this.#token, this.#events] = [app, words, token, events];
    const { classroom } = words;
    this.#start = h(
      "button",
      { type: "button", class: "main large", click: () => void this.#train() },
      classroom.train,
    );
    this.#stop = h("button", { type: "button", click: () => this.#training?.abort() }, classroom.stop);
    this.#how.textContent = classroom.trainHow(MIN_LETTERS);
    this.#bar.ariaLabel = classroom.train;
    this.#going = h("div", { class: "going", hidden: true }, this.#phase, this.#bar, this.#curve, this.#stop);
    this.element = h(
      "section",
      { class: "train", "aria-label": classroom.train },
      this.#start,
      this.#how,
      this.#going,
      this.#result,
    );
  }

  get isTraining(): boolean {
    return this.#training !== null;
  }

  set enough(enough: boolean) {
    this.#start.ariaDisabled = String(!enough);
    this.#how.hidden = enough;
  }

  close(): void {
    this.#training?.abort();
  }

  async #train(): Promise<void> {
    if (this.#training || this.#start.ariaDisabled === "true") return;
    const { classroom } = this.#words;
    const { defaultRecognizer } = this.#app;
    const training = (this.#training = new AbortController());
    this.#begin();
    let recognizer: Recognizer | null = null;
    try {
      const drawings = await fetchLetters(this.#token);
      const reports = {
        phase: (phase: Phase) => this.#enter(phase),
        progress: (fraction: number) => (this.#bar.value = fraction),
        predictions: (predictions: ReadonlyMap<string, string>, step: number) => {
          this.#events.predictions(predictions);
          const correct = drawings.filter(({ id, label }) => predictions.get(id) === label.toUpperCase()).length;
          this.#show(step, correct / drawings.length);
        },
      };
      const { model, unseen } = await trainOnClass(defaultRecognizer, drawings, reports, training.signal);
      recognizer = new Recognizer(defaultRecognizer.core, model);
      this.#enter("uploading");
      await this.#conclude(model, unseen);
    } catch (error) {
      if (!training.signal.aborted)
        this.#result.replaceChildren(
          h("p", { class: "problem" }, classroom.failed(reason(error, this.#app.words.errors))),
        );
    }
    this.#training = null;
    this.#going.hidden = true;
    this.#start.hidden = false;
    this.#start.textContent = classroom.trainAgain;
    this.#start.focus({ preventScroll: true });
    this.#events.ended(recognizer);
  }

  #begin(): void {
    this.#bar.value = 0;
    this.#points = [];
    this.#curve.replaceChildren();
    this.#result.replaceChildren();
    this.#start.hidden = true;
    this.#going.hidden = false;
    this.#enter("loading");
    this.#stop.focus({ preventScroll: true });
  }

  #enter(phase: Phase): void {
    this.#phase.textContent = this.#words.classroom.phases[phase];
  }

  #show(step: number, accuracy: number): void {
    const { classroom } = this.#words;
    this.#points.push([step, accuracy]);
    const { share, whole } = numbersOf(this.#app.store.state.language);
    const title = classroom.accuracy;
    const series = [{ name: title, points: this.#points }];
    const lowest = Math.min(...this.#points.map(([, share]) => share));
    const number = (value: number) => share(value, 0);
    this.#curve.replaceChildren(
      h("p", { class: "quiet" }, title),
      plot({ title, x: classroom.step, y: title, series, ys: [Math.floor(5 * lowest) / 5, 1], number, place: whole }),
    );
  }

  /** Sends the network to the phones, and says how well it reads letters that it has not seen. */
  async #conclude(model: ClassResult["model"], { before, after, all }: Unseen): Promise<void> {
    const { classroom } = this.#words;
    const file = writeModel(model, this.#app.defaultRecognizer.core.rasterizerVersion);
    const sent = await sendModel(this.#token, file).then(
      () => h("p", { class: "sent" }, classroom.sent),
      (error: unknown) => h("p", { class: "problem" }, classroom.notSent(problemOf(error, this.#words))),
    );
    const note = all < FEW ? ` ${classroom.chance}` : "";
    this.#result.replaceChildren(sent, h("p", {}, classroom.unseen(before, after, all) + note));
  }
}
