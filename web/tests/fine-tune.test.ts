import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "../src/dataset/types";
import { NETS } from "../src/features/train/networks";
import { readArchitecture } from "../src/model/spec";
import { fineTuneJob, folds, numFrozen, pullBack } from "../src/training/fine-tune";

const architecture = readArchitecture(NETS["modern-s"].spec);
const MODEL = {
  architecture,
  labels: "",
  temperature: 1,
  pen: null,
  maxEntropy: null,
  minProbability: null,
  training: {},
};

function letters(count: number, ink: number): Dataset {
  return {
    name: "x",
    side: 28,
    groups: null,
    attributions: [],
    images: new Uint8Array(count * 784).fill(ink),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 26),
  };
}

test("all before the first dense layer stays", () => {
  assert.equal(numFrozen(architecture), 16 * 26 + 32 * (16 * 9 + 1) + 64 * (32 * 9 + 1));
  assert.equal(numFrozen(readArchitecture({ input: [28, 28], layers: [{ dense: 26 }] })), 0);
});

test("a person's letters are mixed with others, which are to be answered as before", () => {
  const parameters = new Float32Array(NETS["modern-s"].parameters);
  const model = { ...MODEL, parameters };
  const predictions = Float32Array.from({ length: 500 * 26 }, (_, i) => (i % 26 === 7 ? 1 : 0));
  const { images, labels, targets, recipe, epochs, start } = fineTuneJob(
    model,
    letters(3, 200),
    letters(500, 100),
    predictions,
  );
  assert.equal(images.length, labels.length * 784);
  assert.equal((labels.length * epochs) % recipe.batch_size, 0);
  const own = Array.from(labels, (_, i) => images[i * 784] === 200);
  const share = own.filter(Boolean).length / labels.length;
  assert.ok(share > 0.25 && share < 0.35);
  own.forEach((mine, i) => {
    const row = targets!.subarray(i * 26, (i + 1) * 26);
    assert.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
    assert.equal(row.indexOf(Math.max(...row)), mine ? labels[i] : 7);
  });
  assert.deepEqual(start, { parameters, frozen: numFrozen(architecture) });
});

test("what was learned is drawn back a little, and what was not stays to the bit", () => {
  const before = Float32Array.of(0.1, 1, -3);
  const after = pullBack(Float32Array.of(0.1, 2, 2), { ...MODEL, parameters: before });
  assert.equal(after[0], before[0]);
  assert.ok(after[1]! > 1.5 && after[1]! < 2 && after[2]! > -0.5 && after[2]! < 2);
});

test("each letter is left out once", () => {
  for (const all of [1, 3, 5, 17]) {
    const parts = folds(all);
    assert.equal(parts.length, Math.min(all, 5));
    assert.deepEqual(
      parts.flat().sort((a, b) => a - b),
      Array.from({ length: all }, (_, i) => i),
    );
  }
});
