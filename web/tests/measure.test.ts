import assert from "node:assert/strict";
import { test } from "node:test";
import { calibrate, classificationMetrics } from "../src/dataset/metrics";
import { History } from "../src/features/train/history";

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-4, `${found} for ${expected}`);

test("answers are counted", () => {
  const found = classificationMetrics(
    Float32Array.of(0.7, 0.2, 0.1, 0.5, 0.25, 0.25, 0, 0, 1),
    Uint8Array.of(0, 2, 2),
    3,
  );
  assert.deepEqual([found.count, found.correct, [...found.predictions]], [3, 2, [0, 0, 2]]);
  assert.deepEqual([...found.confusion], [1, 0, 0, 0, 0, 0, 1, 0, 1]);
  near(found.loss, -(Math.log(0.7) + Math.log(0.25)) / 3);
});

/** Of two classes, the first always said with `sure`, and right in `right` of a hundred. */
function hundred(sure: number, right: number): [Float32Array, Uint8Array] {
  const answers = Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? 1 - sure : sure));
  return [answers, Uint8Array.from({ length: 100 }, (_, i) => Number(i >= right))];
}

test("the temperature makes probabilities what they turn out to be", () => {
  const logit = (p: number) => Math.log(p / (1 - p));
  for (const [sure, right] of [
    [0.99, 80],
    [0.8, 95],
  ] as const) {
    const { temperature, maxEntropy } = calibrate(...hundred(sure, right), 2);
    near(temperature, logit(sure) / logit(right / 100));
    near(maxEntropy, -(right * Math.log(right / 100) + (100 - right) * Math.log(1 - right / 100)) / 100);
  }
});

test("a fit that saw too little stays within its bounds", () => {
  near(calibrate(...hundred(0.6, 100), 2).temperature, 0.1);
  near(calibrate(...hundred(0.9, 10), 2).temperature, 10);
});

test("a letter is certain where at most two of a hundred are wrong", () => {
  assert.equal(calibrate(...hundred(0.9, 90), 2).minProbability, 1);
  near(calibrate(...hundred(0.9, 99), 2).minProbability, 0.99);
});

test("a history keeps few points that mean the many", () => {
  const history = new History();
  for (let step = 1; step <= 10_000; step++) history.add({ step, loss: step, accuracy: 0.5 });
  const { points } = history;
  assert.ok(points.length >= 200 && points.length <= 400);
  assert.ok(points.every(({ accuracy }) => accuracy === 0.5));
  const mean = points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
  assert.ok(Math.abs(mean - points.at(-1)!.step / 2) < 40);
});
