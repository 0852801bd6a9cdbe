// The rules that Python and the page share: both replay the committed vectors (tools/codegen/vectors.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DataError } from "../src/dataset/errors";
import { calibrate } from "../src/dataset/metrics";
import { fixedParts, readDrawings } from "../src/dataset/readers/jsonl";
import { ranks, readNpz } from "../src/dataset/readers/npz";
import { USES, uniform } from "../src/dataset/rng";
import { trainValidationSplit, validationMask, withoutTest } from "../src/dataset/split";
import type { Dataset } from "../src/dataset/types";
import { corrupt } from "../src/features/mistakes/corrupt";
import { classOf } from "../src/model/labels";
import { LETTERS } from "../src/model/letters";
import { judge } from "../src/model/recognizer";
import { type Amounts, CORRUPTION_NAMES, CORRUPTIONS } from "../src/ui/corruptions";

interface Sequence {
  readonly seed: number;
  readonly use: number;
  readonly places: readonly number[];
  readonly numbers: readonly number[];
}

interface Split {
  readonly name: string;
  readonly labels: string;
  readonly groups: readonly number[] | null;
  readonly share: number;
  readonly seed: number;
  readonly validation: string;
}

interface Parted {
  readonly name: string;
  readonly lines: readonly string[];
  readonly training: readonly number[];
  readonly validation: readonly number[];
}

interface Thresholds {
  readonly max_entropy: number;
  readonly min_probability: number;
}

interface Judged extends Thresholds {
  readonly verdicts: readonly string[];
}

interface Fitted extends Thresholds {
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly temperature: number;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/data/vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Where the bits of hexadecimal digits are set, the highest bit of a byte first. */
function places(digits: string): number[] {
  const bytes = Buffer.from(digits, "hex");
  return Array.from({ length: 8 * bytes.length }, (_, i) => i).filter((i) => bytes[i >> 3]! & (128 >> (i & 7)));
}

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-6, `${found} for ${expected}`);

test("counted random numbers", () => {
  const { uses, sequences } = read<{ readonly uses: object; readonly sequences: readonly Sequence[] }>("random");
  assert.deepEqual(USES, uses);
  for (const { seed, use, places, numbers } of sequences) {
    const found = uniform(Math.max(...places) + 1, seed, use);
    assert.deepEqual(
      places.map((place) => found[place]),
      numbers,
      `${seed}, ${use}`,
    );
  }
});

test("the same images validate", () => {
  for (const { name, labels, groups, share, seed, validation } of read<{ readonly cases: readonly Split[] }>("split")
    .cases) {
    const found = validationMask(Buffer.from(labels, "hex"), groups && ranks(groups), share, seed);
    assert.deepEqual(
      [...found.keys()].filter((row) => found[row]),
      places(validation),
      name,
    );
  }
});

test("contributors of the test part are not trained on", () => {
  for (const { name, lines, training, validation } of read<{ readonly cases: readonly Parted[] }>("parts").cases) {
    const drawings = readDrawings(lines.join("\n"), LETTERS);
    const all: Dataset = {
      name,
      images: Uint8Array.from(drawings.keys()), // one pixel each: the row
      labels: Uint8Array.from(drawings, ({ label }) => classOf(LETTERS, label)),
      side: 1,
      groups: null,
      parts: fixedParts(drawings),
      attributions: [],
    };
    if (training.length === 0) {
      assert.throws(() => withoutTest(all), DataError, name);
      continue;
    }
    const sets = trainValidationSplit(withoutTest(all));
    assert.deepEqual(
      sets.map(({ images }) => [...images]),
      [training, validation],
      name,
    );
  }
});

test("the same letters of fonts validate", async () => {
  const file = readFileSync(new URL("../../src/lenet/datasets/assets/font_letters.npz", import.meta.url));
  const fontLetters = await readNpz(new Uint8Array(file).buffer, "font-letters");
  const [training, validation] = trainValidationSplit(fontLetters);
  const rows = places(read<{ readonly font_letters: string }>("split").font_letters);
  assert.equal(training.labels.length + rows.length, fontLetters.labels.length);
  rows.forEach((row, i) => {
    assert.deepEqual(
      validation.images.subarray(784 * i, 784 * (i + 1)),
      fontLetters.images.subarray(784 * row, 784 * (row + 1)),
    );
  });
});

test("thresholds make the same verdicts, and the same are fitted", () => {
  const vectors = read<{
    readonly probabilities: readonly (readonly number[])[];
    readonly cases: readonly Judged[];
    readonly fits: readonly Fitted[];
  }>("verdict");
  for (const { max_entropy: maxEntropy, min_probability: minProbability, verdicts } of vectors.cases) {
    const found = vectors.probabilities.map((row) => judge(Float32Array.from(row), { maxEntropy, minProbability }));
    assert.deepEqual(found, verdicts, `${maxEntropy}, ${minProbability}`);
  }
  for (const { labels, probabilities, ...fitted } of vectors.fits) {
    const found = calibrate(Float32Array.from(probabilities.flat()), Uint8Array.from(labels), probabilities[0]!.length);
    near(found.temperature, fitted.temperature);
    near(found.maxEntropy, fitted.max_entropy);
    near(found.minProbability, fitted.min_probability);
  }
});

test("noise inverts the same pixels", () => {
  const still = Object.fromEntries(CORRUPTION_NAMES.map((name) => [name, CORRUPTIONS[name].initial])) as Amounts;
  const image = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  for (const [percent, inverted] of Object.entries(
    read<{ readonly percent: Readonly<Record<string, string>> }>("noise").percent,
  )) {
    const noisy = corrupt(image, { ...still, noise: Number(percent) });
    assert.deepEqual(
      [...noisy.keys()].filter((i) => noisy[i] === 255 - image[i]!),
      places(inverted),
      percent,
    );
  }
});
