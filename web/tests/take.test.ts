import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stroke } from "../src/engine/types";
import { readManifest } from "../src/features/take/exports";
import { jsonlOf, svgOf } from "../src/features/take/files";
import { readDrawing, writeDrawing } from "../src/features/take/link";

/** A generator of numbers 0 to 1 (mulberry32). */
function chance(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), seed | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("a drawing comes back from its link, to a thousandth of the pad", () => {
  for (let seed = 0; seed < 50; seed++) {
    const next = chance(seed);
    const strokes: Stroke[] = Array.from({ length: Math.floor(next() * 6) }, () =>
      Array.from(
        { length: 1 + Math.floor(next() * 40) },
        () => [3 * next(), next(), Math.floor(next() * 1e4)] as const,
      ),
    );
    const text = writeDrawing(strokes);
    assert.match(text, /^[A-Za-z0-9_-]+$/);
    const back = readDrawing(text);
    assert.deepEqual(
      back!.map((stroke) => stroke.length),
      strokes.map((stroke) => stroke.length),
    );
    back!.forEach((stroke, s) =>
      stroke.forEach(([x, y], i) => {
        assert.ok(Math.abs(x - strokes[s]![i]![0]) < 1e-3 && Math.abs(y - strokes[s]![i]![1]) < 1e-3);
      }),
    );
  }
});

test("a link holds a drawing of any length, the longest with fewer points", () => {
  const next = chance(3);
  const long = (length: number): Stroke => Array.from({ length }, () => [next(), next()] as const);
  for (const lengths of [[10_000], [90_000], [20_001, 1, 2], [3, 60_000]]) {
    const strokes = lengths.map(long);
    const back = readDrawing(writeDrawing(strokes))!;
    assert.equal(back.length, strokes.length);
    back.forEach((stroke, i) => {
      for (const end of [0, -1]) assert.ok(Math.abs(stroke.at(end)![0] - strokes[i]!.at(end)![0]) < 1e-3);
      if (lengths[i]! < 4) assert.equal(stroke.length, Math.min(2, lengths[i]!));
    });
  }
});

test("no text makes the reader fail, or give what it did not write", () => {
  const next = chance(7);
  for (const wrong of [
    "",
    "=",
    "A=",
    "€",
    "_____w",
    "z".repeat(1e6),
    writeDrawing([[[0, 0]]]).slice(0, -1),
    writeDrawing([[]]),
    writeDrawing([[[-1, 0]]]),
  ])
    assert.equal(readDrawing(wrong), null);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: Math.ceil(next() * 30) }, () => alphabet[Math.floor(next() * 64)]).join("");
    const strokes = readDrawing(text);
    assert.ok(strokes === null || strokes.flat().every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
  }
});

test("files of a drawing", async () => {
  const strokes: Stroke[] = [
    [
      [0.1, 0.2, 0],
      [0.3, 0.4, 12],
    ],
    [[0.5, 0.5, 40, 0.7]],
  ];
  const picture = await svgOf(strokes, 1).text();
  assert.match(picture, /M0.1 0.2L0.3 0.4/);
  assert.match(picture, /M0.5 0.5h0/);
  assert.deepEqual(JSON.parse(await jsonlOf(strokes, "L").text()), {
    drawer: "me",
    label: "L",
    strokes: [
      [
        [0.1, 0.2, 0],
        [0.3, 0.4, 12],
      ],
      [[0.5, 0.5, 40]],
    ],
  });
});

test("of a manifest only files within its folder are offered", () => {
  const sha256 = "a".repeat(64);
  const files = ["model.onnx", "tfjs/model.json", "../x", "/etc/x", "a//b", ".hidden", "a/../b", "javascript:x"].map(
    (file) => ({ file, bytes: 3, sha256 }),
  );
  const found = readManifest({
    formats: { onnx: { files, verification: { runtime: "onnxruntime 1" } }, bad: { files: 3 }, worse: null },
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ["model.onnx", "tfjs/model.json"],
  );
  assert.equal(found[0]!.runtime, "onnxruntime 1");
  assert.equal(found[0]!.url, "./exports/model.onnx");
  assert.deepEqual(
    readManifest({
      formats: {
        onnx: {
          files: [
            { file: "a", bytes: -1, sha256 },
            { file: "a", bytes: 1, sha256: "b" },
          ],
        },
      },
    }),
    [],
  );
});
