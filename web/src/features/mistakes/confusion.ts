// Which letters of a set are read as which.

import { confused } from "../../dataset/metrics";
import { CLASSES, count, type Letters } from "../../dataset/types";
import type { Recognizer } from "../../model/recognizer";

export interface Answered {
  readonly letters: Letters;
  /** For each letter the most probable class, and its probability. */
  readonly read: Uint8Array;
  readonly sure: Float32Array;
}

const CHUNK = 128; // letters between two breaths: some 10 ms

/** Asks about all letters of a set, without keeping the page from its work. Null if the signal came. */
export async function ask(
  letters: Letters,
  recognizer: Recognizer,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Answered | null> {
  const n = count(letters);
  const size = letters.side ** 2;
  const read = new Uint8Array(n);
  const sure = new Float32Array(n);
  for (let start = 0; start < n; start += CHUNK) {
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return null;
    const end = Math.min(n, start + CHUNK);
    const rows = recognizer.probabilities(letters.images.subarray(start * size, end * size));
    for (let i = start; i < end; i++) {
      const row = rows.subarray((i - start) * CLASSES, (i - start + 1) * CLASSES);
      row.forEach((p, c) => {
        if (p > sure[i]!) [sure[i], read[i]] = [p, c];
      });
    }
    progress(end / n);
  }
  return { letters, read, sure };
}

/** Counts, 26 x 26: row by what it is, column by what it is read as. */
export function confusion({ letters, read }: Answered): Uint32Array {
  return confused(letters.labels, read, CLASSES);
}

/** Which letters of the set lie in a cell, those that it was surest of first. */
export function cell({ letters, read, sure }: Answered, label: number, as: number): readonly number[] {
  const places = [...letters.labels.keys()].filter((i) => letters.labels[i] === label && read[i] === as);
  return places.sort((a, b) => sure[b]! - sure[a]!);
}
