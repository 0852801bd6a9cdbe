// The button that trains on the class's letters, the training while everybody looks, and what came of it.
import type { CollectWords } from "../../i18n/en/collect";
import { reason } from "../../i18n/errors";
import type { Recognizer } from "../../model/recognizer";
import { plot } from "../../ui/chart";
import { problemOf } from "../../ui/collect/problem";
import { h } from "../../ui/dom";
import { numbersOf } from "../../ui/numbers";
import type { App } from "../../ui/view";
import { ClassRun, type Outcome } from "./class-run";
import { MIN_LETTERS } from "./class-training";

const FEW = 20; // unseen letters: below it, a note about chance

/** The training, which goes on while the view is mounted anew. */
let run: ClassRun | null = null;

/** Stops the training and forgets it, as at the end of the class. */
export function forgetTraining(): void {
  run?.stop();
  run = null;
}

/** Returns the network of the last training; null before it has ended. */
export function trainedNetwork(): Recognizer | null {
  return run?.outcome ? run.recognizer : null;
}

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
  #numShown = 0; // points of the curve

  constructor(app: App, words: CollectWords, token: string, events: TrainingEvents) {
    [this.#app, this.#words, this.#token, this.#events] = [app, words, token, events];
    const { classroom } = words;
    this.#start = h("button", { type: "button", class: "main large", click: () => this.#train() }, classroom.train);
    this.#stop = h("button", { type: "button", click: () => run?.stop() }, classroom.stop);
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
    return run !== null && run.outcome === null;
  }

  set enough(enough: boolean) {
    this.#start.ariaDisabled = String(!enough);
    this.#how.hidden = enough;
  }

  /** Shows a training that began before this panel was made. */
  resume(): void {
    if (!run) return;
    if (run.outcome) this.#conclude(run.outcome);
    else this.#watch(run);
  }

  /** The training goes on. */
  close(): void {
    if (run) run.changed = () => {};
  }

  #train(): void {
    if (this.isTraining || this.#start.ariaDisabled === "true") return;
    run = new ClassRun(this.#app.defaultRecognizer, this.#token);
    this.#watch(run);
    this.#stop.focus({ preventScroll: true });
  }

  #watch(watched: ClassRun): void {
    this.#numShown = 0;
    this.#curve.replaceChildren();
    this.#result.replaceChildren();
    this.#start.hidden = true;
    this.#going.hidden = false;
    watched.changed = () => this.#update(watched);
    this.#update(watched);
  }

  #update(watched: ClassRun): void {
    const { phase, fraction, points, predictions, outcome } = watched;
    const text = this.#words.classroom.phases[phase];
    if (this.#phase.textContent !== text) this.#phase.textContent = text;
    this.#bar.value = fraction;
    if (points.length > this.#numShown) {
      this.#numShown = points.length;
      this.#show(points);
      this.#events.predictions(predictions);
    }
    if (!outcome) return;
    const hasFocus = this.element.contains(document.activeElement) || document.activeElement === document.body;
    this.#conclude(outcome);
    if (hasFocus) this.#start.focus({ preventScroll: true });
    this.#events.ended(watched.recognizer);
  }

  #show(points: ClassRun["points"]): void {
    const { classroom } = this.#words;
    const { share, whole } = numbersOf(this.#app.store.state.language);
    const title = classroom.accuracy;
    const series = [{ name: title, points }];
    const lowest = Math.min(...points.map(([, share]) => share));
    const number = (value: number) => share(value, 0);
    this.#curve.replaceChildren(
      h("p", { class: "quiet" }, title),
      plot({ title, x: classroom.step, y: title, series, ys: [Math.floor(5 * lowest) / 5, 1], number, place: whole }),
    );
  }

  /** Says whether the phones have the network, and how well it reads letters that it has not seen. */
  #conclude(outcome: Outcome): void {
    const { classroom } = this.#words;
    this.#going.hidden = true;
    this.#start.hidden = false;
    this.#start.textContent = classroom.trainAgain;
    const problem = (text: string) => h("p", { class: "problem" }, text);
    if (outcome.state === "failed")
      this.#result.replaceChildren(problem(classroom.failed(reason(outcome.error, this.#app.words.errors))));
    if (outcome.state !== "trained") return;
    const { unseen, sendError } = outcome;
    const sent =
      sendError === null
        ? h("p", { class: "sent" }, classroom.sent)
        : problem(classroom.notSent(problemOf(sendError, this.#words)));
    const note = unseen.all < FEW ? ` ${classroom.chance}` : "";
    const text = classroom.unseen(unseen.before, unseen.after, unseen.all) + note;
    this.#result.replaceChildren(sent, h("p", {}, text));
  }
}
