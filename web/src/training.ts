// Trains a network in the background: what the page calls. The page itself never waits.
import { CoreError } from "./engine";
import type { Job, Progress } from "./trainer";

export type { Augmentation, Job, Progress, Recipe } from "./trainer";

/** What a training's worker is told, and what it says. */
export interface Order {
  readonly job: Job;
  readonly threads: number;
}
export type News =
  | { readonly progress: Progress }
  | { readonly parameters: Float32Array }
  | { readonly error: string };

export interface Options {
  /** At most 64; without shared memory (a page that is not cross-origin isolated) it is 1. */
  readonly threads?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the training. */
  readonly signal?: AbortSignal;
}

/** WebKitGTK has pages that are isolated and share no memory all the same. */
const canShare = () => crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";

/**
 * The trained weights, in the engine's order. They do not depend on the number of threads.
 * Rejects with CoreError for data or a recipe out of range, or with the signal's reason.
 */
export function train(job: Job, options: Options = {}): Promise<Float32Array> {
  const { threads = navigator.hardwareConcurrency, onProgress, signal } = options;
  const order: Order = { job, threads: canShare() ? Math.min(threads, 64) : 1 };
  const worker = new Worker(new URL("./training.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Float32Array>((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.onerror = (event) => reject(new CoreError(`The training stopped (${event.message}). Reload the page.`));
    worker.onmessage = ({ data }: MessageEvent<News>) => {
      if ("progress" in data) onProgress?.(data.progress);
      else if ("parameters" in data) resolve(data.parameters);
      else reject(new CoreError(data.error));
    };
    worker.postMessage(order);
  }).finally(() => worker.terminate());
}
