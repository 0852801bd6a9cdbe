// The state of a training of the class, without any text or DOM. It outlives the view, which is mounted anew for
// another language.

import { Recognizer } from "../../model/recognizer";
import { writeModel } from "../../model/writer";
import { type ClassDrawing, fetchLetters, sendModel } from "../../server/classes";
import { type Phase, trainOnClass, type Unseen } from "./class-training";

/** The end of a training. */
export type Outcome =
  | { readonly state: "trained"; readonly unseen: Unseen; readonly sendError: unknown }
  | { readonly state: "failed"; readonly error: unknown }
  | { readonly state: "stopped" };

export class ClassRun {
  phase: Phase = "loading";
  /** The fraction done. */
  fraction = 0;
  /** The fraction of the class's letters that are read correctly, after steps of the training. */
  readonly points: (readonly [step: number, accuracy: number])[] = [];
  /** The last predictions of the network in training, by the letters' ids. */
  predictions: ReadonlyMap<string, string> = new Map();
  /** The trained network. */
  recognizer: Recognizer | null = null;
  /** Null while the training runs. */
  outcome: Outcome | null = null;
  /** Called after each change. */
  changed = (): void => {};
  readonly #leave = new AbortController();
  readonly #base: Recognizer;
  readonly #token: string;

  /** Starts the training with a network and the teacher's token. */
  constructor(base: Recognizer, token: string) {
    [this.#base, this.#token] = [base, token];
    void this.#run().then((outcome) => {
      this.outcome = outcome;
      this.changed();
    });
  }

  stop(): void {
    this.#leave.abort();
  }

  async #run(): Promise<Outcome> {
    const { signal } = this.#leave;
    try {
      const drawings = await fetchLetters(this.#token);
      const reports = {
        phase: (phase: Phase) => this.#enter(phase),
        progress: (fraction: number) => {
          this.fraction = fraction;
          this.changed();
        },
        predictions: (predictions: ReadonlyMap<string, string>, step: number) => this.#see(drawings, predictions, step),
      };
      const { model, unseen } = await trainOnClass(this.#base, drawings, reports, signal);
      this.recognizer = new Recognizer(this.#base.core, model);
      this.#enter("uploading");
      const file = writeModel(model, this.#base.core.rasterizerVersion);
      const sendError = await sendModel(this.#token, file).then(
        () => null,
        (error: unknown) => error ?? true,
      );
      return { state: "trained", unseen, sendError };
    } catch (error) {
      return signal.aborted ? { state: "stopped" } : { state: "failed", error };
    }
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.changed();
  }

  #see(drawings: readonly ClassDrawing[], predictions: ReadonlyMap<string, string>, step: number): void {
    const correct = drawings.filter(({ id, label }) => predictions.get(id) === label.toUpperCase()).length;
    this.predictions = predictions;
    this.points.push([step, correct / drawings.length]);
    this.changed();
  }
}
