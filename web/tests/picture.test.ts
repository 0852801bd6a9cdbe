import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Pictures } from "../src/engine/pictures";
import { compile } from "../src/engine/wasm";
import { findComponents } from "../src/segmentation/picture/components";
import { estimateSkew } from "../src/segmentation/picture/deskew";
import { spaced } from "../src/segmentation/picture/line-segmentation";
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

test("the slope is that of letters, not of rests of rules beside them", () => {
  const box = (left: number, top: number, width: number, height: number) => ({
    left,
    top,
    right: left + width,
    bottom: top + height,
  });
  const letter = box(100, 20, 80, 100);
  const rests = [box(10, 60, 60, 4), box(200, 84, 60, 4), box(300, 97, 50, 4), box(400, 110, 50, 4)];
  assert.equal(estimateSkew([[letter, ...rests]]), 0);
  assert.equal(estimateSkew([[letter], rests]), 0);
  const word = [0, 1, 2, 3].map((i) => box(100 * i, 20 + 10 * i, 60, 90));
  assert.ok(Math.abs(estimateSkew([[...word, ...rests]]) - Math.atan(0.1)) < 1e-9);
});

test("the pieces of a letter that rules cut have no slope", () => {
  const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });
  // An R on ruled paper, as it was cut.
  const pieces = [
    box(39, 31, 104, 50),
    box(39, 51, 50, 70),
    box(88, 51, 105, 70),
    box(38, 71, 99, 110),
    box(39, 111, 51, 150),
    box(41, 151, 51, 158),
    box(68, 111, 94, 130),
    box(83, 131, 112, 157),
  ];
  assert.equal(estimateSkew([pieces]), 0);
  assert.equal(estimateSkew([pieces.slice(4)]), 0);
  const word = [0, 1, 2, 3].map((i) => box(200 + 90 * i, 9 * i, 250 + 90 * i, 90 + 9 * i));
  assert.ok(Math.abs(estimateSkew([[...pieces, ...word]]) - Math.atan(0.1)) < 1e-9);
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

const letter = (left: number, top: number, width: number, height: number) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

test("letters of different heights on a sloping line are one line, and lines below it are others", () => {
  for (const slope of [-0.12, 0, 0.12]) {
    const boxes = [0, 1, 2].flatMap((row) =>
      Array.from({ length: 12 }, (_, i) =>
        letter(30 + 32 * i, 100 + 62 * row + Math.round(32 * i * slope) + (i % 3 ? 0 : 10), 20, i % 3 ? 40 : 24),
      ),
    );
    const inside = (x: number, y: number) => (b: ReturnType<typeof letter>) =>
      x >= b.left && x < b.right && y >= b.top && y < b.bottom;
    const { lines } = findComponents(sheet(460, 360, (x, y) => boxes.some(inside(x, y))));
    assert.deepEqual(
      lines.map((line) => line.length),
      [12, 12, 12],
      String(slope),
    );
    for (const line of lines) for (let i = 1; i < line.length; i++) assert.ok(line[i]!.left > line[i - 1]!.left);
  }
});

test("a wide gap is a space, also where letters stand close or far apart", () => {
  for (const [near, far] of [
    [4, 16],
    [9, 22],
    [14, 34],
  ] as const) {
    let left = 0;
    const line = [..."THE QUICK FOX"].flatMap((name, i, all) => {
      if (name === " ") return [];
      left += i === 0 ? 0 : all[i - 1] === " " ? far : near;
      left += 24;
      return [letter(left - 24, 0, 24, 40)];
    });
    const spaces = spaced(line, 40).flatMap((space, i) => (space ? [i] : []));
    assert.deepEqual(spaces, [3, 8], `${near} ${far}`);
  }
  const even = Array.from({ length: 8 }, (_, i) => letter(40 * i, 0, 24, 40));
  assert.ok(!spaced(even, 40).some(Boolean));
});

const pictures = await Pictures.start(await compile(new Uint8Array(readFileSync("../build/picture.wasm")).buffer));
const text = (x: number, y: number) => y >= 60 && y < 100 && x >= 60 && x < 240 && x % 36 < 12;

test("a table around the sheet, a frame and rules are removed, and text alone is not", () => {
  const plain = sheet(300, 160, text);
  assert.equal(pictures.clean(plain), plain);
  const rules = sheet(300, 160, (x, y) => text(x, y) || y % 20 === 10);
  assert.deepEqual(pictures.clean(rules).data, plain.data);
  for (const margin of [2, 25, 45]) {
    const edge = (x: number, y: number) => x < margin || y < margin || x >= 300 - margin || y >= 160 - margin;
    assert.deepEqual(pictures.clean(sheet(300, 160, (x, y) => text(x, y) || edge(x, y))).data, plain.data, `${margin}`);
  }
});

test("colours of one brightness differ in grey, others have their brightness", () => {
  const colours = (ink: readonly number[], paper: readonly number[]) => {
    const data = Uint8Array.from({ length: 3 * 300 * 160 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return (text(pixel % 300, Math.floor(pixel / 300)) ? ink : paper)[i % 3]!;
    });
    return pictures.toGrey({ width: 300, height: 160, data }).data;
  };
  const [paper, ink] = [0, 60 * 300 + 73];
  const mixed = colours([255, 0, 0], [0, 130, 0]);
  assert.ok(Math.abs(mixed[ink]! - mixed[paper]!) > 100);
  const usual = colours([20, 30, 90], [250, 240, 230]);
  assert.deepEqual([usual[ink], usual[paper]], [34, 242]);
});
