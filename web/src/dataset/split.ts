// Training and validation set, as lenet.datasets.splits parts them.
import { DataError } from "./errors";
import { ranks } from "./readers/npz";
import { USES, uniform } from "./rng";
import { type Dataset, numImages, subset } from "./types";

const FRACTION = 0.1;

/** Leaves out the test part that the data fix: it is never trained on. Throws DataError if nothing else is there. */
export function withoutTest(letters: Dataset): Dataset {
  const { parts } = letters;
  if (!parts?.includes("test")) return letters;
  const rows = [...parts.keys()].filter((row) => parts[row] !== "test");
  if (rows.length === 0) throw new DataError("all its contributors are of the test part; choose other data");
  return subset(letters, rows);
}

/**
 * Splits off a tenth for validation, of each class alike, with images of one original together; where the data fix the
 * parts, these count. Throws DataError for too few.
 */
export function trainValidationSplit(letters: Dataset): readonly [training: Dataset, validation: Dataset] {
  const fixed = (row: number) => letters.parts?.[row] ?? null;
  const validates = validationMask(letters.labels, letters.groups, FRACTION, 0).map((validates, row) =>
    fixed(row) === null ? validates : fixed(row) === "validation",
  );
  const rows = (wanted: boolean) => Array.from(validates.keys()).filter((row) => validates[row] === wanted);
  const [training, validation] = [rows(false), rows(true)];
  if (training.length === 0 || validation.length === 0) {
    throw new DataError(
      "{} letters are too few for a validation set of a tenth; one letter must occur at least five times",
      numImages(letters),
    );
  }
  return [subset(letters, training), subset(letters, validation)];
}

/**
 * Returns the mask of the validation set. In each class the groups get a random order, and the first `fraction` of
 * them (rounded) validate. A group has the class of its first image; without `groups` each image is its own group.
 */
export function validationMask(
  labels: Uint8Array,
  groups: Int32Array | null,
  fraction: number,
  seed: number,
): boolean[] {
  const group = groups ? ranks(groups) : Int32Array.from(labels.keys());
  const labelOf = new Map<number, number>();
  group.forEach((rank, row) => labelOf.has(rank) || labelOf.set(rank, labels[row]!));
  const key = uniform(labelOf.size, seed, USES.VALIDATION_SPLIT);
  const classes = Array.from({ length: 256 }, (): number[] => []);
  for (let rank = 0; rank < labelOf.size; rank++) classes[labelOf.get(rank)!]!.push(rank);
  const validating = new Set<number>();
  for (const members of classes) {
    const order = members.sort((a, b) => key[a]! - key[b]!);
    for (const rank of order.slice(0, Math.floor(fraction * members.length + 0.5))) validating.add(rank);
  }
  return Array.from(group, (rank) => validating.has(rank));
}
