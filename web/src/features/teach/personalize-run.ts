// The state of a personalization, without any text or DOM. It outlives the view, which is mounted anew for another
// language.

import { DataClient } from "../../dataset/data-client";
import type { LabelledDrawing } from "../../dataset/readers/jsonl";
import type { Recognizer } from "../../model/recognizer";
import { type PersonalizeResult, personalize } from "../../training/personalize";

export class PersonalizeRun {
  /** The fraction done. */
  share = 0;
  result: PersonalizeResult | null = null;
  error: unknown = null;
  hasEnded = false;
  /** Called after each change. */
  changed = (): void => {};
  readonly #leave = new AbortController();
  readonly #client = new DataClient();

  /** Starts the training from a network. */
  constructor({ core, model }: Recognizer, drawings: readonly LabelledDrawing[]) {
    void this.#run({ model, drawings, pen: model.pen ?? core.defaultPen }).then(() => {
      this.hasEnded = true;
      this.#client.close();
      this.changed();
    });
  }

  /** Stops the training; it has no result and no error then. */
  stop(): void {
    this.#leave.abort();
  }

  async #run(subject: Parameters<typeof personalize>[0]): Promise<void> {
    const { signal } = this.#leave;
    try {
      const result = await personalize(subject, this.#client, signal, (share) => {
        this.share = share;
        this.changed();
      });
      signal.throwIfAborted();
      this.result = result;
    } catch (error) {
      if (!signal.aborted) this.error = error;
    }
  }
}
