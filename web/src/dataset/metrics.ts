// Classification metrics, and the calibration that a model file stores. Pure functions.

import { MAX_FITTED_TEMPERATURE, MIN_FITTED_TEMPERATURE } from "../engine/abi.gen";

import { entropyOf } from "../model/recognizer";

export interface Metrics {
  readonly count: number;
  /** Number of correct predictions. */
  readonly correct: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Confusion matrix, row by row: rows are true classes, columns predicted ones. */
  readonly confusion: Uint32Array;
  /** The predicted class of each image. */
  readonly predictions: Uint8Array;
}

/** Computes the metrics of `probabilities`, which has a row of `classes` for each label. */
export function classificationMetrics(probabilities: Float32Array, labels: Uint8Array, classes: number): Metrics {
  const predictions = new Uint8Array(labels.length);
  let [correct, loss] = [0, 0];
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const best = row.indexOf(Math.max(...row));
    predictions[i] = best;
    correct += Number(best === label);
    loss -= safeLog(row[label]!);
  });
  return {
    count: labels.length,
    correct,
    loss: loss / labels.length,
    confusion: confusionMatrix(labels, predictions, classes),
    predictions,
  };
}

/** Counts predictions, classes x classes: rows are true classes, columns predicted ones. */
export function confusionMatrix(labels: Uint8Array, predictions: Uint8Array, classes: number): Uint32Array {
  const table = new Uint32Array(classes * classes);
  labels.forEach((label, i) => table[label * classes + predictions[i]!]!++);
  return table;
}

/** Temperature and thresholds of a model file. */
export interface Calibration {
  readonly temperature: number;
  readonly maxEntropy: number;
  readonly minProbability: number;
}

const REJECTED_FRACTION = 0.015; // fraction of the letters that become `not-a-letter`
const MAX_ERROR_RATE = 0.02; // fraction of errors among the verdicts `letter`
const MIN_THRESHOLD = 0.5;

/** Fits temperature and thresholds on a validation set, as Python does; `probabilities` are at temperature 1. */
export function calibrate(probabilities: Float32Array, labels: Uint8Array, classes: number): Calibration {
  const temperature = fitTemperature(probabilities, labels, classes);
  const rows = Array.from(labels, (label, i) => {
    const shares = applyTemperature(probabilities.subarray(i * classes, (i + 1) * classes), temperature);
    const top = Math.max(...shares);
    return { top, entropy: entropyOf(shares), correct: shares.indexOf(top) === label };
  });
  const maxEntropy = quantile(
    rows.map(({ entropy }) => entropy),
    1 - REJECTED_FRACTION,
  );
  return { temperature, maxEntropy, minProbability: Math.max(MIN_THRESHOLD, confidenceThreshold(rows)) };
}

/** Returns the least confidence from which at most MAX_ERROR_RATE of the predictions are wrong; 1 if there is none. */
function confidenceThreshold(rows: readonly { readonly top: number; readonly correct: boolean }[]): number {
  const ranked = [...rows].sort((a, b) => b.top - a.top);
  let [wrong, threshold] = [0, 1];
  ranked.forEach(({ top, correct }, i) => {
    wrong += Number(!correct);
    const last = ranked[i + 1]?.top !== top; // those of equal confidence come together
    if (last && wrong / (i + 1) <= MAX_ERROR_RATE) threshold = top;
  });
  return threshold;
}

/** Returns a quantile with linear interpolation, as NumPy does. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}

const MIN_PROBABILITY = 2 ** -126; // stands for a probability that underflowed

function safeLog(probability: number): number {
  return Math.log(Math.max(probability, MIN_PROBABILITY));
}

function applyTemperature(row: Float32Array, temperature: number): number[] {
  const logits = Array.from(row, (p) => safeLog(p) / temperature);
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Returns the temperature of the lowest cross-entropy: bisects the slope, since the loss is convex in 1 / temperature. */
function fitTemperature(probabilities: Float32Array, labels: Uint8Array, classes: number): number {
  const logits = Float64Array.from(probabilities, safeLog);
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = Math.max(...row);
    row.forEach((logit, c) => (row[c] = logit - top));
  }
  const own = labels.reduce((sum, label, i) => sum + logits[i * classes + label]!, 0) / labels.length;
  const slope = (inverse: number) => {
    let mean = 0;
    for (let i = 0; i < labels.length; i++) {
      let [total, weighted] = [0, 0];
      for (const logit of logits.subarray(i * classes, (i + 1) * classes)) {
        const power = Math.exp(inverse * logit);
        total += power;
        weighted += power * logit;
      }
      mean += weighted / total / labels.length;
    }
    return mean - own;
  };
  let [low, high] = [1 / MAX_FITTED_TEMPERATURE, 1 / MIN_FITTED_TEMPERATURE];
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return 2 / (low + high);
}
