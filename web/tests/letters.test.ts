import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DataError } from "../src/dataset/errors";
import { gunzip } from "../src/dataset/readers/gunzip";
import { idxKind, readIdx } from "../src/dataset/readers/idx";
import { type LabelledDrawing, parseDrawing, readDrawings, writeDrawings } from "../src/dataset/readers/jsonl";
import { trainValidationSplit } from "../src/dataset/split";
import { type Dataset, numImages } from "../src/dataset/types";
import { LETTERS } from "../src/model/letters";

const SIDE = 28;

function idx(magic: number, sizes: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  [magic, ...sizes].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  return Buffer.concat([header, data]);
}

const IMAGES = Uint8Array.from({ length: 2 * SIDE * SIDE }, (_, i) => i % 251);
const images = idx(0x803, [2, SIDE, SIDE], IMAGES);
const labels = idx(0x801, [2], Uint8Array.of(1, 26));

test("EMNIST's images are turned upright, and its labels begin with 0", () => {
  const letters = readIdx(images, labels, "emnist");
  assert.deepEqual([...letters.labels], [0, 25]);
  const [row, column] = [3, 20];
  assert.equal(letters.images[row * SIDE + column], IMAGES[column * SIDE + row]);
  assert.equal(letters.images[SIDE * SIDE + row * SIDE + column], IMAGES[SIDE * SIDE + column * SIDE + row]);
  assert.deepEqual([idxKind(images), idxKind(labels), idxKind(Uint8Array.of(1))], ["images", "labels", null]);
});

test("IDX files that are not as they say are refused", () => {
  const bad: [Uint8Array, Uint8Array, RegExp][] = [
    [images.subarray(0, -1), labels, /images/],
    [labels, images, /images/],
    [images, idx(0x801, [3], Uint8Array.of(1, 2, 3)), /numbers of images and labels differ/],
    [images, idx(0x801, [2], Uint8Array.of(0, 1)), /split Letters/],
    [idx(0x803, [2, 32, 32], new Uint8Array(2 * 32 * 32)), labels, /28 x 28/],
    [idx(0x803, [2 ** 31, SIDE, SIDE], IMAGES), labels, /not as long/],
    [images.subarray(0, 9), labels, /28 x 28/],
  ];
  for (const [first, second, words] of bad) {
    assert.throws(
      () => readIdx(first, second, "x"),
      (error) => error instanceof DataError && words.test(error.message),
    );
  }
});

test("gzipped files are known by their content, and stop at the limit", async () => {
  const whole = new Uint8Array(1000).fill(7);
  for (const content of [whole, new Uint8Array(gzipSync(whole))]) {
    assert.deepEqual(await gunzip(new Blob([content]), 1000), whole);
    await assert.rejects(gunzip(new Blob([content]), 999), DataError);
  }
  await assert.rejects(gunzip(new Blob([new Uint8Array(gzipSync(whole)).slice(0, -9)]), 1000), DataError);
});

const DRAWING: LabelledDrawing = {
  label: "g",
  writer: null,
  time: 1_700_000_000_000,
  strokes: [
    [
      [0.1, 0.2, 3],
      [0.123456, 0.5, 9],
    ],
    [[1, 1]],
  ],
};

test("drawings are written as they are read", () => {
  const text = writeDrawings([DRAWING, { ...DRAWING, label: "A", time: 0, writer: "me" }]);
  assert.equal(text.split("\n").length, 3);
  const [first, second] = readDrawings(`\ufeff\n${text}`);
  assert.deepEqual(first, {
    ...DRAWING,
    strokes: [
      [
        [0.1, 0.2, 3],
        [0.12346, 0.5, 9],
      ],
      [[1, 1]],
    ],
  });
  assert.deepEqual([second!.label, second!.writer, second!.time], ["A", "me", 0]);
  const pressed = writeDrawings([{ ...DRAWING, strokes: [[[0, 0, 1, 0.7]]] }]);
  assert.deepEqual(readDrawings(pressed)[0]!.strokes, [[[0, 0, 1]]]);
});

test("a drawing names its writer with either key", () => {
  const line = (key: string) => readDrawings(`{"label": "L", "${key}": "ann", "strokes": [[[0, 0]]]}`)[0]!.writer;
  assert.equal(line("writer"), "ann");
  assert.equal(line("drawer"), "ann");
});

test("what is no drawing of a letter is refused, with its line", () => {
  const strokes = [[[1, 2]]];
  const bad = [
    "no",
    "[]",
    "1",
    { strokes },
    { label: "AB", strokes },
    { label: "", strokes },
    { label: " ", strokes },
    { label: "\u0007", strokes },
    { label: "\u{1f600}", strokes },
    { label: "A" },
    { label: "A", strokes: [] },
    { label: "A", strokes: [[]] },
    { label: "A", strokes: [[[1]]] },
    { label: "A", strokes: [[[1, 2, 3, 4]]] },
    { label: "A", strokes: [[[1, null]]] },
    { label: "A", strokes: [[[1e10, 1]]] },
    { label: "A", strokes, drawer: 7 },
    { label: "A", strokes: [Array.from({ length: 100_001 }, () => [0, 0])] },
  ];
  for (const one of bad) {
    const line = typeof one === "string" ? one : JSON.stringify(one);
    const text = `${JSON.stringify({ label: "A", strokes })}\n${line}\n`;
    assert.throws(
      () => readDrawings(text),
      (error) => error instanceof DataError && error.message.startsWith("line 2:"),
      line.slice(0, 80),
    );
  }
  assert.throws(() => readDrawings("\n \n"), DataError);
  assert.ok(parseDrawing(null) instanceof DataError);
});

test("a drawing keeps its character, and a data set takes those of its classes", () => {
  const text = ["7", "a", "B", "ß"].map((label) => `${JSON.stringify({ label, strokes: [[[1, 2]]] })}\n`);
  assert.deepEqual(
    readDrawings(text.join("")).map(({ label }) => label),
    ["7", "a", "B", "ß"],
  );
  assert.equal(readDrawings(text.slice(1, 3).join(""), LETTERS).length, 2);
  for (const [classes, line, words] of [
    [LETTERS, 0, /line 1: its label is not a letter A to Z/],
    ["0123456789", 1, /line 2: its label is not a class of the network/],
  ] as const) {
    const lines = line === 0 ? text[0]! : text.join("");
    assert.throws(
      () => readDrawings(lines, classes),
      (error) => error instanceof DataError && words.test(error.message),
    );
  }
});

function lettersIn(groups: readonly number[] | null, all = 200): Dataset {
  return {
    name: "x",
    side: 1,
    attributions: [],
    groups: groups && Int32Array.from(groups),
    images: Uint8Array.from({ length: all }, (_, i) => i),
    labels: Uint8Array.from({ length: all }, (_, i) => i % 26),
  };
}

test("a tenth of each letter validates, and groups stay whole", () => {
  const groups = Array.from({ length: 260 }, (_, i) => 7 * (i % 130)); // the labels of a group are equal: 130 = 5 * 26
  for (const set of [lettersIn(null, 260), lettersIn(groups, 260)]) {
    const [training, validation] = trainValidationSplit(set);
    assert.deepEqual(
      [...training.images, ...validation.images].sort((a, b) => a - b),
      [...set.images].sort((a, b) => a - b),
    );
    assert.equal(numImages(validation), set.groups ? 52 : 26);
    assert.deepEqual(new Set(validation.labels).size, 26);
    assert.deepEqual(trainValidationSplit(set), [training, validation]);
    const inside = new Set(validation.groups);
    assert.ok(!training.groups || training.groups.every((group) => !inside.has(group)));
  }
});

test("four of each letter are too few", () => {
  assert.throws(
    () => trainValidationSplit(lettersIn(null, 104)),
    (error) => error instanceof DataError && /104 letters are too few/.test(error.message),
  );
  assert.deepEqual(trainValidationSplit(lettersIn(null, 105)).map(numImages), [104, 1]);
});
