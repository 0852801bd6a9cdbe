// Which letters of a set are read as which.

import { confusionMatrix } from "../../dataset/metrics";
import { type Dataset, NUM_CLASSES, numImages } from "../../dataset/types";
import type { Recognizer } from "../../model/recognizer";

export interface Predictions {
  readonly dataset: Dataset;
  /** For each letter the most probable class, and its probability. */
  readonly predicted: Uint8Array;
  readonly confidence: Float32Array;
}

const CHUNK = 128; // letters between two breaths: some 10 ms

/** Asks about all letters of a set, without keeping the page from its work. Null if the signal came. */
export async function predictDataset(
  dataset: Dataset,
  recognizer: Recognizer,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Predictions | null> {
  const n = numImages(dataset);
  const size = dataset.side ** 2;
  const predicted = new Uint8Array(n);
  const confidence = new Float32Array(n);
  for (let start = 0; start < n; start += CHUNK) {
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return null;
    const end = Math.min(n, start + CHUNK);
    const rows = recognizer.probabilities(dataset.images.subarray(start * size, end * size));
    for (let i = start; i < end; i++) {
      const row = rows.subarray((i - start) * NUM_CLASSES, (i - start + 1) * NUM_CLASSES);
      row.forEach((p, c) => {
        if (p > confidence[i]!) [confidence[i], predicted[i]] = [p, c];
      });
    }
    progress(end / n);
  }
  return { dataset, predicted, confidence };
}

/** Counts, 26 x 26: row by what it is, column by what it is read as. */
export function confusionOf({ dataset, predicted }: Predictions): Uint32Array {
  return confusionMatrix(dataset.labels, predicted, NUM_CLASSES);
}

/** Which letters of the set lie in a cell, those that it was surest of first. */
export function cellMembers(
  { dataset, predicted, confidence }: Predictions,
  label: number,
  as: number,
): readonly number[] {
  const places = [...dataset.labels.keys()].filter((i) => dataset.labels[i] === label && predicted[i] === as);
  return places.sort((a, b) => confidence[b]! - confidence[a]!);
}
