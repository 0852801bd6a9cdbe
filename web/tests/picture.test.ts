import assert from "node:assert/strict";
import { test } from "node:test";
import { findComponents } from "../src/segmentation/picture/components";
import { penWidth, thin } from "../src/segmentation/picture/pen-width";
import type { Raster } from "../src/segmentation/picture/raster";

/** Black where `ink` says so, on white. */
function sheet(width: number, height: number, ink: (x: number, y: number) => boolean): Raster {
  const data = Uint8Array.from({ length: width * height }, (_, i) => (ink(i % width, Math.floor(i / width)) ? 0 : 255));
  return { width, height, data };
}

/** A circle's line of that width about radius 40. */
const ring = (pen: number) => sheet(140, 140, (x, y) => Math.abs(Math.hypot(x - 69.5, y - 69.5) - 40) < pen / 2);
const inked = ({ data }: Raster) => data.reduce((sum, tone) => sum + (255 - tone) / 255, 0);

test("the pen's width is measured in straight lines, slanting ones and bows", () => {
  const bar = sheet(60, 200, (x, y) => x >= 20 && x < 32 && y >= 20 && y < 180);
  assert.ok(Math.abs(penWidth(bar) - 12) < 1.5, String(penWidth(bar)));
  const slant = sheet(200, 200, (x, y) => Math.abs(x - y) < 6 * Math.SQRT2 && x > 20 && x < 180);
  assert.ok(Math.abs(penWidth(slant) - 12) < 1.5, String(penWidth(slant)));
  for (const pen of [4, 8, 20])
    assert.ok(Math.abs(penWidth(ring(pen)) - pen) < 0.12 * pen + 0.5, `${pen}: ${penWidth(ring(pen))}`);
  assert.equal(penWidth(sheet(9, 9, () => false)), 0);
});

test("a letter of a thick pen becomes one of a finer pen, but is never rubbed out", () => {
  for (const pen of [10, 20]) {
    const thinned = thin(ring(pen), pen, 10);
    assert.ok(
      Math.abs(inked(thinned) - inked(ring(10))) < 0.1 * inked(ring(10)),
      `${pen}: ${inked(thinned)} of ${inked(ring(10))}`,
    );
  }
  assert.ok(inked(thin(ring(10), 10, 0)) > 0.25 * inked(ring(10)));
  assert.deepEqual(thin(ring(6), 20, 10).data, thin(ring(6), 6, 6).data); // a finer pen's stays as it is
});

test("pieces lie in lines, dots with what they stand over, dirt and the border's lines left out", () => {
  const box = (left: number, top: number, right: number, bottom: number) => (x: number, y: number) =>
    x >= left && x < right && y >= top && y < bottom;
  const inks = [
    box(20, 20, 30, 60),
    box(50, 30, 60, 60),
    box(50, 16, 60, 24), // a bar, and an i with its dot
    box(22, 100, 40, 140),
    box(90, 40, 91, 41),
    box(0, 150, 120, 153), // below; a speck; an edge of the table
  ];
  const found = findComponents(sheet(120, 160, (x, y) => inks.some((ink) => ink(x, y))));
  const boxes = found.lines.map((line) => line.map(({ left, top, right, bottom }) => [left, top, right, bottom]));
  assert.deepEqual(boxes, [
    [
      [20, 20, 30, 60],
      [50, 16, 60, 60],
    ],
    [[22, 100, 40, 140]],
  ]);
  const [i] = found.lines[0]!.filter(({ left }) => left === 50);
  assert.equal(new Set(i!.parts.map(String)).size, 2);
  assert.equal(found.marks.filter((mark) => i!.parts.includes(mark)).length, 10 * 30 + 10 * 8);
});

test("noise is no writing", () => {
  assert.deepEqual(findComponents(sheet(200, 200, (x, y) => x % 2 === 0 && y % 2 === 0)).lines, []);
  assert.deepEqual(findComponents(sheet(20, 20, () => false)).lines, []);
});
