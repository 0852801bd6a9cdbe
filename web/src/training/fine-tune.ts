// The fine-tuning job: the last layers are trained on the user's letters, mixed with font letters whose predictions
// must not change (Li & Hoiem 2017, Learning without Forgetting).

import { permutation, USES } from "../dataset/rng";
import { type Dataset, NUM_CLASSES, numImages, subset } from "../dataset/types";
import type { Job, Recipe } from "../engine/training-client";
import type { Model } from "../model/file";
import type { Architecture } from "../model/spec";

/** Chosen on drawings of `unipen_dev`, with and without letters that were mirrored for an unusual hand: docs/research/recipes.md. */
const RECIPE: Recipe = {
  optimizer: "adamw",
  schedule: "one-cycle",
  batch_size: 64,
  learning_rate: 3e-3,
  epoch_lr_decay: 0,
  warmup: 0.3,
  momentum: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0.02,
  label_smoothing: 0,
  class_balance: 0,
  augmentation: { rotation: 12, scale: 0.15, shear: 0.25, shift: 0.02, elastic: 0.06, thicken: 0.2, thin: 0.12 },
};
const STEPS_PER_EPOCH = 150; // of an epoch
const EPOCHS = 2; // of a training
const PERSONAL_FRACTION = 0.3; // of the training images
const LABEL_SMOOTHING = 0.05; // of the targets of the user's letters
const PULL_BACK = 0.15; // of the way back to the original weights, which keeps accuracy on other handwriting

/** How many of the first parameters stay: all before the first dense layer. */
export function numFrozen({ tensors }: Architecture): number {
  const first = tensors.findIndex(({ name }) => name.startsWith("dense"));
  return tensors
    .slice(0, Math.max(0, first))
    .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side), 0);
}

/**
 * `fontLetters` are mixed in; `predictions` holds the model's probabilities for them, one row each. Models with other
 * classes than A to Z cannot be fine-tuned.
 */
export function fineTuneJob(
  { architecture, parameters }: Model,
  own: Dataset,
  fontLetters: Dataset,
  predictions: Float32Array,
): Job {
  const count = STEPS_PER_EPOCH * RECIPE.batch_size;
  const mixed = choose(numImages(fontLetters), Math.round((1 - PERSONAL_FRACTION) * count));
  const repeated = Array.from({ length: count - mixed.length }, (_, i) => i % numImages(own));
  const [others, letters] = [subset(fontLetters, mixed), subset(own, repeated)];
  const targets = new Float32Array(count * NUM_CLASSES).fill(LABEL_SMOOTHING / NUM_CLASSES);
  mixed.forEach((place, i) =>
    targets.set(predictions.subarray(place * NUM_CLASSES, (place + 1) * NUM_CLASSES), i * NUM_CLASSES),
  );
  letters.labels.forEach((label, i) => (targets[(mixed.length + i) * NUM_CLASSES + label]! += 1 - LABEL_SMOOTHING));
  return {
    shape: architecture,
    recipe: RECIPE,
    images: joined(others.images, letters.images),
    labels: joined(others.labels, letters.labels),
    targets,
    epochs: EPOCHS,
    seed: 0,
    start: { parameters, frozen: numFrozen(architecture) },
  };
}

/** Interpolates the trained weights towards the original ones (Wortsman et al. 2022, Robust fine-tuning). */
export function pullBack(learned: Float32Array, { parameters }: Model): Float32Array {
  return learned.map((value, i) => value + PULL_BACK * (parameters[i]! - value));
}

/** Returns the folds of a cross-validation: as many as letters, at most `most`. */
export function folds(all: number, most = 5): readonly (readonly number[])[] {
  const order = permutation(all, 0, USES.FOLDS);
  const parts = Math.min(all, most);
  return Array.from({ length: parts }, (_, part) => order.filter((_, i) => i % parts === part));
}

/** Returns `some` of the numbers below `all` in random order, repeated if there are not enough. */
function choose(all: number, some: number): number[] {
  const order = permutation(all, 0, USES.SAMPLES);
  return Array.from({ length: some }, (_, i) => order[i % all]!);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
