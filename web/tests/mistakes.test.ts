import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dataset, NUM_CLASSES } from "../src/dataset/types";
import { SIDE } from "../src/engine/rasterizer";
import { cellMembers, confusionOf } from "../src/features/mistakes/confusion";
import { corrupt } from "../src/features/mistakes/corrupt";
import { type Amounts, CORRUPTION_NAMES, CORRUPTIONS, type CorruptionName } from "../src/ui/corruptions";

const AS_IT_IS = Object.fromEntries(CORRUPTION_NAMES.map((name) => [name, CORRUPTIONS[name].initial])) as Amounts;
const by = (change: Partial<Record<CorruptionName, number>>): Amounts => ({ ...AS_IT_IS, ...change });

/** A bar three pixels wide and twelve high, above and left of the middle. */
const BAR = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [y, x] = [Math.floor(i / SIDE), i % SIDE];
  return x >= 8 && x < 11 && y >= 2 && y < 14 ? 255 : 0;
});
const ink = (image: Uint8Array) => image.reduce((total, one) => total + one, 0) / 255;
const middle = (image: Uint8Array) => {
  const total = image.reduce((sum, one) => sum + one, 0);
  const mean = (place: (i: number) => number) => image.reduce((sum, one, i) => sum + one * place(i), 0) / total;
  return [mean((i) => i % SIDE), mean((i) => Math.floor(i / SIDE))] as const;
};
const near = (a: number, b: number, room: number) => assert.ok(Math.abs(a - b) <= room, `${a} is not near ${b}`);

test("nothing changes where nothing is asked for", () => {
  assert.deepEqual(corrupt(BAR, AS_IT_IS), BAR);
});

test("moves by pixels, right and down", () => {
  const [x, y] = middle(corrupt(BAR, by({ across: 4.5, down: 2 })));
  near(x, 9 + 4.5, 0.01);
  near(y, 7.5 + 2, 0.01);
});

test("turns clockwise about the middle", () => {
  const [x, y] = middle(corrupt(BAR, by({ turn: 60 })));
  const [across, down] = [9 - 13.5, 7.5 - 13.5];
  near(x - 13.5, across * Math.cos(Math.PI / 3) - down * Math.sin(Math.PI / 3), 0.1);
  near(y - 13.5, across * Math.sin(Math.PI / 3) + down * Math.cos(Math.PI / 3), 0.1);
});

test("size and breadth scale the ink", () => {
  near(ink(corrupt(BAR, by({ size: 50 }))), 36 / 4, 1);
  near(ink(corrupt(BAR, by({ breadth: 50 }))), 36 / 2, 1);
});

test("strokes grow and shrink by pixels", () => {
  assert.equal(ink(corrupt(BAR, by({ stroke: 2 }))), 5 * 14);
  assert.equal(ink(corrupt(BAR, by({ stroke: -2 }))), 1 * 10);
  near(ink(corrupt(BAR, by({ stroke: 1 }))), (36 + 70) / 2, 0.5);
});

test("noise turns that share of the pixels over, more of it the same and others", () => {
  const [less, more] = [5, 20].map((noise) => corrupt(BAR, by({ noise })));
  const differ = (image: Uint8Array) => image.reduce((n, one, i) => n + (one === BAR[i] ? 0 : 1), 0) / image.length;
  near(differ(less!), 0.05, 0.02);
  near(differ(more!), 0.2, 0.04);
  less!.forEach((one, i) => assert.ok(one === BAR[i] || more![i] === one));
});

test("a table counts every letter once, and its cells hold them", () => {
  const dataset: Dataset = {
    name: "",
    side: 1,
    images: new Uint8Array(4),
    labels: Uint8Array.of(0, 0, 1, 25),
    groups: null,
    attributions: [],
  };
  const predictions = { dataset, predicted: Uint8Array.of(0, 2, 2, 25), confidence: Float32Array.of(0.9, 0.5, 0.6, 1) };
  const table = confusionOf(predictions, NUM_CLASSES);
  assert.equal(
    table.reduce((a, b) => a + b, 0),
    4,
  );
  assert.equal(table[0 * NUM_CLASSES + 2], 1);
  assert.deepEqual(cellMembers(predictions, 0, 0), [0]);
  assert.deepEqual(cellMembers(predictions, 1, 2), [2]);
  assert.deepEqual(cellMembers(predictions, 3, 3), []);
});
