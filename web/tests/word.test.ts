import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stroke } from "../src/engine/types";
import { LETTERS } from "../src/model/letters";
import { type Scorer, segment, segmentAsWord } from "../src/segmentation/lattice";
import { parseLexicon } from "../src/segmentation/lexicon";
import { gap, strokeLine, width } from "../src/segmentation/stroke-boxes";

/** Upright bars at these places, of height 1. */
const bars = (...places: number[]): Stroke[] =>
  places.map((x) => [
    [x, 0],
    [x, 1],
  ]);

/** Three classes; runs of that many atoms are surely letters of class `lengths.indexOf(n)`, others hardly. */
const ofLengths =
  (lengths: readonly number[]): Scorer =>
  (first, end) =>
    [0, 1, 2].map((c) => (lengths[c] === end - first ? -0.01 : -3));

const NO_WISHES = new Map<number, boolean>();
const sizes = (runs: readonly { first: number; end: number }[]) => runs.map(({ first, end }) => end - first);

test("atoms lie from left to right by their middles, in heights", () => {
  const t = strokeLine([
    [
      [0.5, 0],
      [0.5, 2],
    ],
    [
      [0, 0.2],
      [1.2, 0.2],
    ],
    [],
    [[3, 1]],
  ]);
  assert.deepEqual(
    t.boxes.map(({ stroke }) => stroke),
    [0, 1, 3],
  );
  assert.equal(t.height, 2);
  assert.equal(gap(t, 0, 2, 3), (3 - 1.2) / 2);
  assert.equal(width(t, 0, 2), 1.2 / 2);
  assert.equal(strokeLine([]).boxes.length, 0);
  assert.equal(strokeLine([[[1, 1]]]).height, 1e-6);
});

test("letters of several strokes stay whole where the network knows them and nothing parts them", () => {
  const letters = strokeLine(bars(0, 0.02, 0.5, 0.52));
  const { runs, probability } = segment(letters, ofLengths([2]), NO_WISHES);
  assert.deepEqual(sizes(runs), [2, 2]);
  assert.ok(probability[2]! > 0.99 && probability[1]! < 0.01 && probability[3]! < 0.01, String(probability));
});

test("wide gaps cut and narrow ones join, the network being undecided", () => {
  const judge: Scorer = () => [-0.5, -1, -2];
  assert.deepEqual(sizes(segment(strokeLine(bars(0, 0.4, 0.8)), judge, NO_WISHES).runs), [1, 1, 1]);
  assert.deepEqual(sizes(segment(strokeLine(bars(0, 0.01, 0.02)), judge, NO_WISHES).runs), [3]);
});

test("probabilities of cuts are those of all ways, counted one by one", () => {
  const judge: Scorer = (first, end) => [-0.3 * (end - first), -1 - first / 7, -2];
  const written = strokeLine(bars(0, 0.05, 0.12, 0.2));
  const { probability } = segment(written, judge, NO_WISHES);
  let [whole, cutAt] = [0, [0, 0, 0, 0]];
  for (let ways = 0; ways < 8; ways++) {
    const places = [1, 2, 3].filter((place) => ways & (1 << (place - 1)));
    const wishes = new Map([1, 2, 3].map((place) => [place, places.includes(place)]));
    const worth = Math.exp(segment(written, judge, wishes).value);
    whole += worth;
    for (const place of places) cutAt[place]! += worth;
  }
  for (const place of [1, 2, 3]) assert.ok(Math.abs(probability[place]! - cutAt[place]! / whole) < 1e-9);
});

test("wishes are fulfilled", () => {
  const judge = ofLengths([2]);
  const written = strokeLine(bars(0, 0.02, 0.5, 0.52));
  assert.deepEqual(sizes(segment(written, judge, new Map([[1, true]])).runs), [1, 1, 2]);
  assert.equal(segment(written, judge, new Map([[2, false]])).probability[2], 0);
  assert.deepEqual(
    sizes(
      segment(
        written,
        judge,
        new Map([
          [1, false],
          [2, false],
          [3, false],
        ]),
      ).runs,
    ),
    [4],
  );
});

test("a list of words decides, and the cut follows it", () => {
  const judge: Scorer = (first, end) => (end - first === 1 ? [-0.1, -0.2, -3] : [-2, -2, -0.4]);
  const written = strokeLine(bars(0, 0.05, 0.5));
  const read = (...words: number[][]) =>
    segmentAsWord(
      written,
      judge,
      NO_WISHES,
      words.map((word) => Uint8Array.from(word)),
    );
  assert.deepEqual(
    read([2, 1])!.map(({ end, letter }) => [end, letter]),
    [
      [2, 2],
      [3, 1],
    ],
  );
  assert.deepEqual(
    read([2, 2], [0, 0, 0])!.map(({ letter }) => letter),
    [0, 0, 0],
  );
  assert.equal(read(), null);
  assert.equal(read([0, 0, 0, 0]), null);
});

test("of many words the best is found, as by trying one after another", () => {
  const noise = (n: number) => Math.abs(Math.sin(1000 * n) * 9301) % 1;
  const written = strokeLine(bars(0, 0.05, 0.3, 0.34, 0.6, 0.9));
  const judge: Scorer = (first, end) => [0, 1, 2].map((c) => -4 * noise(first + 7 * end + 49 * c));
  const words: Uint8Array[] = [];
  for (let n = 0; n < 3 ** 6; n++) {
    const digits = Array.from({ length: 6 }, (_, i) => Math.floor(n / 3 ** i) % 3);
    if (noise(n) < 0.3) words.push(Uint8Array.from(digits.slice(0, 2 + (n % 5))));
  }
  const key = (word: Uint8Array) => word.join("");
  words.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const worth = (runs: readonly { first: number; end: number; letter: number }[]) =>
    segment(
      written,
      (first, end) => {
        const run = runs.find((one) => one.first === first && one.end === end);
        const letters = judge(first, end);
        return [run ? letters[run.letter]! : -1e6]; // no other way
      },
      NO_WISHES,
    ).value;
  const alone = words.map((word) => segmentAsWord(written, judge, NO_WISHES, [word])).filter((runs) => runs !== null);
  const best = Math.max(...alone.map(worth));
  for (const order of [
    words,
    [...words].reverse(),
    [...words].sort((a, b) => noise(a.length + a[0]!) - noise(b.length + b[1]!)),
  ]) {
    const found = segmentAsWord(written, judge, NO_WISHES, order)!;
    assert.ok(Math.abs(worth(found) - best) < 1e-9, `${worth(found)} ${best}`);
    assert.ok(words.some((word) => key(word) === found.map(({ letter }) => letter).join("")));
  }
});

test("words of a text, without accents, in the alphabet's order", () => {
  const said = (text: string, labels = LETTERS) =>
    parseLexicon(text, labels).map((word) => Array.from(word, (place) => labels[place]).join(""));
  assert.deepEqual(said("Straße, café; naïve\nLENET lenet 42"), ["CAFE", "LENET", "NAIVE", "STRASSE"]);
  assert.deepEqual(said(""), []);
  assert.deepEqual(said("x".repeat(41)), []);
  assert.deepEqual(said("lenet 42, 7B", "0123456789"), ["42", "7"]);
  assert.deepEqual(said("Ab aB 4ü", `0123456789${LETTERS}ab`), ["4U", "Ab", "aB"]);
  assert.deepEqual(said("ÜBER übel u", "ÜBELR"), ["ÜBEL", "ÜBER"]);
});
