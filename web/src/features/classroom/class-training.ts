// Trains the network of a class in front of everybody, without any text or DOM.
//
// First on four fifths of the letters: the last fifth tells how well the network reads letters that it has not seen.
// Then on all letters; that network goes to the phones.

import { DataClient } from "../../dataset/data-client";
import { permutation, USES } from "../../dataset/rng";
import { type Dataset, numImages, subset } from "../../dataset/types";
import type { Model } from "../../model/file";
import type { Recognizer } from "../../model/recognizer";
import type { ClassDrawing } from "../../server/classes";
import { Tuner } from "../../training/tuner";

export const MIN_LETTERS = 5; // letters, of two classes
const TEST_FRACTION = 0.2;

export type Phase = "loading" | "measuring" | "training" | "uploading";

/** Letters that were not in the training, and how many of them are read correctly before and after. */
export interface Unseen {
  readonly all: number;
  readonly before: number;
  readonly after: number;
}

export interface ClassResult {
  readonly model: Model;
  readonly unseen: Unseen;
}

export interface Reports {
  readonly phase: (phase: Phase) => void;
  /** The fraction done of both trainings. */
  readonly progress: (fraction: number) => void;
  /** How the network reads each letter after this step, by the letters' ids; a few times a second. */
  readonly predictions: (predictions: ReadonlyMap<string, string>, step: number) => void;
}

/** Tells whether the letters are enough for a training. */
export function areEnough(labels: readonly string[]): boolean {
  return labels.length >= MIN_LETTERS && new Set(labels.map((label) => label.toUpperCase())).size > 1;
}

/** Returns which letters train and which test: a fifth at random, at least one. */
export function splitClass(count: number): { readonly training: readonly number[]; readonly test: readonly number[] } {
  const order = permutation(count, 0, USES.VALIDATION_SPLIT);
  const numTest = Math.max(1, Math.round(TEST_FRACTION * count));
  return { training: order.slice(numTest), test: order.slice(0, numTest) };
}

/** Trains on the class's letters. Rejects with the signal's reason. */
export async function trainOnClass(
  { core, model }: Recognizer,
  drawings: readonly ClassDrawing[],
  reports: Reports,
  signal: AbortSignal,
): Promise<ClassResult> {
  const client = new DataClient();
  signal.addEventListener("abort", () => client.close(), { once: true });
  try {
    reports.phase("loading");
    const labelled = drawings.map(({ label, strokes }) => ({ label, strokes, writer: null, time: 0 }));
    const tuner = await aborting(signal, Tuner.load(model, labelled, model.pen ?? core.defaultPen, client));
    const { own } = tuner;
    let step = 0;
    let isMeasuring = false; // weights that come meanwhile are skipped
    const show = async (weights: Float32Array) => {
      if (isMeasuring) return;
      isMeasuring = true;
      const at = step;
      const { predictions } = await tuner.measure(own, weights).finally(() => (isMeasuring = false));
      if (signal.aborted) return;
      reports.predictions(new Map(drawings.map(({ id }, i) => [id, model.labels.charAt(predictions[i]!)])), at);
    };
    const train = (letters: Dataset, part: number) =>
      tuner.train(letters, {
        signal,
        onProgress: ({ done, steps }) => {
          step = part * steps + done;
          reports.progress(step / (2 * steps));
        },
        onWeights: (weights) => void show(weights),
      });
    const { training, test } = splitClass(numImages(own));
    const unseen = subset(own, test);
    reports.phase("measuring");
    const before = await tuner.measure(unseen);
    const after = await tuner.measure(unseen, await train(subset(own, training), 0));
    reports.phase("training");
    const parameters = await train(own, 1);
    return {
      model: tuner.modelOf(parameters, "letters of a class", { class_letters: numImages(own) }),
      unseen: { all: test.length, before: before.correct, after: after.correct },
    };
  } finally {
    client.close();
  }
}

/** The work, or the signal's reason if that comes first: a closed worker never answers. */
function aborting<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
