// Predictions for a data set, and the members of a cell of its confusion matrix.

import { confusionMatrix } from "../../dataset/metrics";
import { type Dataset, numImages } from "../../dataset/types";
import type { Recognizer } from "../../model/recognizer";

export interface Predictions {
  readonly dataset: Dataset;
  /** Predicted class of each image, and its probability. */
  readonly predicted: Uint8Array;
  readonly confidence: Float32Array;
}

const CHUNK = 128; // letters between two breaths: some 10 ms

/** Predicts a data set in slices, so that the page stays responsive. Null if aborted. */
export async function predictDataset(
  dataset: Dataset,
  recognizer: Recognizer,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Predictions | null> {
  const n = numImages(dataset);
  const size = dataset.side ** 2;
  const { length: classes } = recognizer.labels;
  const predicted = new Uint8Array(n);
  const confidence = new Float32Array(n);
  for (let start = 0; start < n; start += CHUNK) {
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return null;
    const end = Math.min(n, start + CHUNK);
    const rows = recognizer.probabilities(dataset.images.subarray(start * size, end * size));
    for (let i = start; i < end; i++) {
      const row = rows.subarray((i - start) * classes, (i - start + 1) * classes);
      row.forEach((p, c) => {
        if (p > confidence[i]!) [confidence[i], predicted[i]] = [p, c];
      });
    }
    progress(end / n);
  }
  return { dataset, predicted, confidence };
}

/** Returns the confusion matrix, classes x classes: rows are true classes, columns predicted ones. */
export function confusionOf({ dataset, predicted }: Predictions, classes: number): Uint32Array {
  return confusionMatrix(dataset.labels, predicted, classes);
}

/** Returns the images of a cell, the most confident first. */
export function cellMembers(
  { dataset, predicted, confidence }: Predictions,
  label: number,
  as: number,
): readonly number[] {
  const places = [...dataset.labels.keys()].filter((i) => dataset.labels[i] === label && predicted[i] === as);
  return places.sort((a, b) => confidence[b]! - confidence[a]!);
}
