// Trains a network in the background: what the page calls. The page itself never waits.

import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { MAX_THREADS } from "./abi.gen";
import type { Job, Progress } from "./trainer";
import { canShare } from "./wasm";

export type { Augmentation, Job, Progress, Recipe } from "./trainer";

/** The first message to a training's worker. */
export interface Order {
  readonly job: Job;
  readonly threads: number;
  /** Least interval between two reports of the weights, in ms. */
  readonly every: number;
}
export type Command =
  /** How many more steps may be taken: all, none or a few. */
  { readonly steps: number } | { readonly pace: number } | { readonly end: true };
export type News =
  | { readonly progress: Progress }
  | { readonly weights: Float32Array }
  | { readonly parameters: Float32Array }
  | { readonly error: Message };

export interface Options {
  /** At most 64; without shared memory (a page that is not cross-origin isolated) it is 1. */
  readonly threads?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Called with a copy of the weights, now and then, and whenever the training pauses. */
  readonly onWeights?: (weights: Float32Array) => void;
  /** Ends the training. */
  readonly signal?: AbortSignal;
}

const EVERY = 400; // ms

/** A training that can be led: it begins at once. */
export class Training {
  /**
   * The weights, in the engine's order, after the last step or the end. They do not depend on the number of threads.
   * Rejects with LenetError for data or a recipe out of range, or with the signal's reason.
   */
  readonly weights: Promise<Float32Array>;
  readonly #worker: Worker;

  constructor(job: Job, options: Options = {}) {
    const { threads = navigator.hardwareConcurrency, onProgress, onWeights, signal } = options;
    const every = onWeights ? EVERY : Infinity;
    const order: Order = { job, threads: canShare() ? Math.min(threads, MAX_THREADS) : 1, every };
    this.#worker = new Worker(new URL("./training.worker.ts", import.meta.url), { type: "module" });
    const worker = this.#worker;
    this.weights = new Promise<Float32Array>((resolve, reject) => {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = (event) =>
        reject(new LenetError("The training stopped ({}). Reload the page.", event.message || "?"));
      worker.onmessage = ({ data }: MessageEvent<News>) => {
        if ("progress" in data) onProgress?.(data.progress);
        else if ("weights" in data) onWeights?.(data.weights);
        else if ("parameters" in data) resolve(data.parameters);
        else reject(new LenetError(...data.error));
      };
      worker.postMessage(order);
    }).finally(() => worker.terminate());
  }

  proceed(): void {
    this.#tell({ steps: Infinity });
  }

  pause(): void {
    this.#tell({ steps: 0 });
  }

  /** Takes one step, then pauses. */
  step(): void {
    this.#tell({ steps: 1 });
  }

  /** Multiplies the learning rate of all steps to come; 1 is the recipe's. */
  set pace(factor: number) {
    this.#tell({ pace: factor });
  }

  /** No step more. */
  end(): void {
    this.#tell({ end: true });
  }

  #tell(command: Command): void {
    this.#worker.postMessage(command);
  }
}

/** The trained weights: see `Training.weights`. */
export function train(job: Job, options: Options = {}): Promise<Float32Array> {
  return new Training(job, options).weights;
}
