// Letters to train on and to measure with: images and what they show.

export interface Dataset {
  /** What the set is called. */
  readonly name: string;
  /** uint8, `side` x `side` each, one after another, upright, ink bright. */
  readonly images: Uint8Array;
  /** For each image its class, 0 to 25 for A to Z. */
  readonly labels: Uint8Array;
  readonly side: number;
  /** For each image a number, equal for images made of one original, as in Python; null: each image is its own group. */
  readonly groups: Int32Array | null;
  /** What the sources' licences ask to be said. */
  readonly attributions: readonly string[];
}

export const NUM_CLASSES = 26;
export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** What a person may choose as files of letters: `readFiles` knows them by content. EMNIST's have no ending. */
export const ACCEPTED_FILES = ".npz,.jsonl,.gz,.json,application/octet-stream";

export function numImages({ labels }: Dataset): number {
  return labels.length;
}

/** The images at these places. */
export function subset(letters: Dataset, places: readonly number[]): Dataset {
  const size = letters.side ** 2;
  const images = new Uint8Array(places.length * size);
  places.forEach((place, i) => images.set(letters.images.subarray(place * size, (place + 1) * size), i * size));
  return {
    ...letters,
    images,
    labels: Uint8Array.from(places, (place) => letters.labels[place]!),
    groups: letters.groups && Int32Array.from(places, (place) => letters.groups![place]!),
  };
}
