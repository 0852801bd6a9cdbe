// What takes long, done in a worker: reading sets of letters, and having networks answer many of them.

import type { Shape } from "../engine/network";
import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { DataError } from "./errors";
import type { Calibration, Metrics } from "./metrics";
import type { LabelledDrawing } from "./readers/jsonl";
import type { Dataset } from "./types";

/** Where letters come from. Drawings become images with a pen of that width, as `Core.rasterise` has it. */
export type Source =
  | { readonly kind: "glyphs" }
  | { readonly kind: "drawings"; readonly drawings: readonly LabelledDrawing[]; readonly pen: number }
  | { readonly kind: "files"; readonly files: readonly File[]; readonly pen: number };

/** A set in two parts. */
export interface Split {
  readonly training: Dataset;
  readonly validation: Dataset;
}

/** A network, and the letters that it is asked about. */
export interface EvaluationRequest {
  readonly shape: Shape;
  readonly parameters: Float32Array;
  readonly temperature: number;
  readonly dataset: Dataset;
}

export interface Operations {
  /** To be asked about. */
  load(source: Source): Dataset;
  /** To be learned from: no test parts. */
  split(source: Source): Split;
  /** A row for each letter. */
  predict(question: EvaluationRequest): Float32Array;
  evaluate(question: EvaluationRequest): Metrics;
  calibrate(question: EvaluationRequest): Calibration;
}

type OperationName = keyof Operations;
export interface Request {
  readonly id: number;
  readonly operation: OperationName;
  readonly argument: unknown;
  /** The page's address. */
  readonly base: string;
}
export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  /** What went wrong; with the file that was given where `letters`. */
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
