// The evaluation of a data set, without any text or DOM. It outlives the view, which is mounted anew for another
// language.

import { DataClient, type Source } from "../../dataset/data-client";
import { withClassesOf } from "../../dataset/types";
import type { Recognizer } from "../../model/recognizer";
import { type Predictions, predictDataset } from "./confusion";

let client: DataClient | null = null;

export class EvaluationRun {
  readonly recognizer: Recognizer;
  /** The fraction done. */
  share = 0;
  predictions: Predictions | null = null;
  /** Name of the data set, once it is loaded. */
  name = "";
  error: unknown = null;
  /** Called after each change. */
  changed = (): void => {};
  readonly #leave = new AbortController();

  /** Starts the evaluation. */
  constructor(source: Source, recognizer: Recognizer) {
    this.recognizer = recognizer;
    void this.#run(source).then(
      () => this.changed(),
      (error: unknown) => {
        this.error = error;
        this.changed();
      },
    );
  }

  get isRunning(): boolean {
    return this.predictions === null && this.error === null;
  }

  /** Aborts the evaluation without further calls of `changed`. */
  close(): void {
    this.changed = () => {};
    this.#leave.abort();
  }

  async #run(source: Source): Promise<void> {
    client ??= new DataClient();
    const letters = await client.request("load", source);
    this.name = letters.name;
    const ofFonts = source.kind === "font-letters";
    const dataset = ofFonts ? withClassesOf(this.recognizer.labels, letters) : letters;
    const progress = (share: number) => {
      this.share = share;
      this.changed();
    };
    this.predictions = await predictDataset(dataset, this.recognizer, progress, this.#leave.signal);
  }
}
