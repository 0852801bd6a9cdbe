import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stroke } from "../src/engine/types";
import { DrawingHistory } from "../src/ink/drawing-history";
import { duration, strokesUntil } from "../src/ink/replay";

const A: Stroke = [
  [0, 0, 0],
  [1, 1, 100],
];
const B: Stroke = [
  [2, 2, 5000],
  [3, 3, 5040],
];

test("undo and redo lead through every state, a clear too", () => {
  const drawing = new DrawingHistory();
  drawing.undo();
  drawing.add(A);
  drawing.add(B);
  drawing.clear();
  drawing.clear(); // of nothing: no state
  assert.deepEqual(drawing.strokes, []);
  drawing.undo();
  assert.deepEqual(drawing.strokes, [A, B]);
  drawing.undo();
  assert.deepEqual(drawing.strokes, [A]);
  drawing.redo();
  assert.deepEqual(drawing.strokes, [A, B]);
  drawing.undo();
  drawing.add(A);
  assert.equal(drawing.canRedo, false);
  assert.deepEqual(drawing.strokes, [A, A]);
  while (drawing.canUndo) drawing.undo();
  assert.deepEqual(drawing.strokes, []);
});

test("a stroke grows without a state of its own", () => {
  const drawing = new DrawingHistory();
  drawing.extend([9, 9]);
  assert.deepEqual(drawing.strokes, []);
  drawing.add(A);
  drawing.add([[2, 2]]);
  drawing.extend([3, 3]);
  assert.deepEqual(drawing.strokes, [
    A,
    [
      [2, 2],
      [3, 3],
    ],
  ]);
  drawing.undo();
  assert.deepEqual(drawing.strokes, [A]);
});

test("a replay shows points in their time, and shortens pauses", () => {
  assert.equal(duration([]), 0);
  assert.equal(duration([A, B]), 100 + 350 + 40);
  assert.deepEqual(strokesUntil([A, B], -1), []);
  assert.deepEqual(strokesUntil([A, B], 0), [[A[0]]]);
  assert.deepEqual(strokesUntil([A, B], 100), [A]);
  assert.deepEqual(strokesUntil([A, B], 450), [A, [B[0]]]);
  assert.deepEqual(strokesUntil([A, B], 1e9), [A, B]);
  assert.equal(strokesUntil([A, B], 450)[0], A); // itself: who knows strokes by what they are knows it again
});

test("points without a time, or with nonsense for one, follow one another", () => {
  const bare: Stroke[] = [
    [
      [0, 0],
      [1, 0],
      [2, 0],
    ],
    [
      [0, 1],
      [1, 1, NaN],
    ],
  ];
  const length = duration(bare);
  assert.ok(length > 0 && length < 1000, String(length));
  assert.deepEqual(strokesUntil(bare, length), bare);
});
