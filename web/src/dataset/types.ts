// The data set type: images, labels and where they come from.
import { letterClasses } from "../model/labels";
import { DataError } from "./errors";

/** Parts that the data fix. */
export const PARTS = ["train", "validation", "test"] as const;
export type Part = (typeof PARTS)[number];

export interface Dataset {
  /** Name of the data set. */
  readonly name: string;
  /** uint8, `side` x `side` each, one after another, upright, ink bright. */
  readonly images: Uint8Array;
  /** Class of each image, 0 to 25 for A to Z. */
  readonly labels: Uint8Array;
  readonly side: number;
  /** Group of each image: equal for images of one original, as in Python; null if each image is its own group. */
  readonly groups: Int32Array | null;
  /** The part of each image that the data fix, or null; missing if they fix none. */
  readonly parts?: readonly (Part | null)[];
  /** Attributions that the licences of the sources require. */
  readonly attributions: readonly string[];
}

export const NUM_CLASSES = 26;
/** Files that a user can choose as a data set; `readFiles` tells them by content. EMNIST's files have no suffix. */
export const ACCEPTED_FILES = ".npz,.jsonl,.gz,.json,application/octet-stream";

export function numImages({ labels }: Dataset): number {
  return labels.length;
}

/** Returns a data set of A to Z with the classes of a network. Throws DataError if the network has others. */
export function withClassesOf(labels: string, letters: Dataset): Dataset {
  const classes = letterClasses(labels);
  if (!classes) throw new DataError("its classes are not those of the network");
  return { ...letters, labels: letters.labels.map((letter) => classes[letter]!) };
}

/** Returns the images at these indices. */
export function subset(letters: Dataset, places: readonly number[]): Dataset {
  const size = letters.side ** 2;
  const images = new Uint8Array(places.length * size);
  places.forEach((place, i) => images.set(letters.images.subarray(place * size, (place + 1) * size), i * size));
  return {
    ...letters,
    images,
    labels: Uint8Array.from(places, (place) => letters.labels[place]!),
    groups: letters.groups && Int32Array.from(places, (place) => letters.groups![place]!),
    ...(letters.parts ? { parts: places.map((place) => letters.parts![place]!) } : {}),
  };
}
