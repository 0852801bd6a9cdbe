// Client of the data worker: reads data sets and runs networks on them in the background.

import type { Shape } from "../engine/network";
import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { DataError } from "./errors";
import type { Calibration, Metrics } from "./metrics";
import type { LabelledDrawing } from "./readers/jsonl";
import type { Dataset } from "./types";

/**
 * Where a data set comes from. Drawings are rasterized with a pen of that width (`Core.rasterize`); `classes` are the
 * labels of the network that the data set is for.
 */
export type Source =
  | { readonly kind: "font-letters" }
  | {
      readonly kind: "drawings";
      readonly drawings: readonly LabelledDrawing[];
      readonly pen: number;
      readonly classes: string;
    }
  | { readonly kind: "files"; readonly files: readonly File[]; readonly pen: number; readonly classes: string };

/** Training and validation set. */
export interface Split {
  readonly training: Dataset;
  readonly validation: Dataset;
  /** Number of images of the test part, which are in neither. */
  readonly leftOut: number;
}

/** A network and the data set that it is run on. */
export interface EvaluationRequest {
  readonly shape: Shape;
  readonly parameters: Float32Array;
  readonly temperature: number;
  readonly dataset: Dataset;
}

export interface Operations {
  /** Loads a data set for evaluation. */
  load(source: Source): Dataset;
  /** Loads a data set for training and splits it; refuses test splits. */
  split(source: Source): Split;
  /** Returns a row of probabilities for each image. */
  predict(question: EvaluationRequest): Float32Array;
  evaluate(question: EvaluationRequest): Metrics;
  calibrate(question: EvaluationRequest): Calibration;
}

type OperationName = keyof Operations;
export interface Request {
  readonly id: number;
  readonly operation: OperationName;
  readonly argument: unknown;
  /** Address of the page. */
  readonly base: string;
}
export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  /** The error; a DataError if `letters`. */
  readonly error?: Message;
  readonly letters?: boolean;
}

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class DataClient {
  readonly #worker = new Worker(new URL("./data.worker.ts", import.meta.url), { type: "module" });
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, result, error, letters } }: MessageEvent<Reply>) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(letters ? new DataError(...error) : new LenetError(...error));
      else pending?.resolve(result as never);
    };
    this.#worker.onerror = (event) => {
      for (const { reject } of this.#pending.values())
        reject(new LenetError("A part of the page did not load ({}). Reload the page.", event.message || "?"));
      this.#pending.clear();
    };
  }

  /** Runs an operation in the worker. Rejects with DataError for files that cannot be used, else with LenetError. */
  request<D extends OperationName>(
    operation: D,
    argument: Parameters<Operations[D]>[0],
  ): Promise<ReturnType<Operations[D]>> {
    const id = ++this.#last;
    const task: Request = { id, operation, argument, base: document.baseURI };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(task);
    });
  }

  /** Ends the worker; pending requests are never answered. */
  close(): void {
    this.#worker.terminate();
  }
}
