// Applies corruptions to an input image.

import { USES, uniform } from "../../dataset/rng";
import { SIDE } from "../../engine/rasterizer";
import type { Amounts } from "../../ui/corruptions";

/** 28x28 bytes, changed by all of these at once. */
export function corrupt(image: Uint8Array, amounts: Amounts): Uint8Array {
  return noisy(widened(warped(image, amounts), amounts.stroke), amounts.noise);
}

/** Turned, stretched about the middle, and moved; bilinear, with paper around. */
function warped(image: Uint8Array, { turn, across, down, size, breadth }: Amounts): Uint8Array {
  if (turn === 0 && across === 0 && down === 0 && size === 100 && breadth === 100) return image;
  const angle = (turn * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [wide, tall] = [(size * breadth) / 1e4, size / 100];
  const middle = (SIDE - 1) / 2;
  const at = (y: number, x: number) => (y >= 0 && y < SIDE && x >= 0 && x < SIDE ? image[y * SIDE + x]! : 0);
  return image.map((_, i) => {
    const [x, y] = [(i % SIDE) - middle - across, Math.floor(i / SIDE) - middle - down];
    const fromX = (cosine * x + sine * y) / wide + middle;
    const fromY = (cosine * y - sine * x) / tall + middle;
    const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
    const [u, v] = [fromX - left, fromY - top];
    const above = at(top, left) * (1 - u) + at(top, left + 1) * u;
    const below = at(top + 1, left) * (1 - u) + at(top + 1, left + 1) * u;
    return Math.round(above * (1 - v) + below * v);
  });
}

/** Thickens strokes by `pixels`, or thins them: steps of the 3x3 maximum or minimum, with a mix for the remainder. */
function widened(image: Uint8Array, pixels: number): Uint8Array {
  const pick = pixels > 0 ? Math.max : Math.min;
  let now = image;
  for (let steps = Math.abs(pixels) / 2; steps > 0; steps--) {
    const most = extreme(now, pick);
    const share = Math.min(1, steps);
    now = now.map((ink, i) => Math.round((1 - share) * ink + share * most[i]!));
  }
  return now;
}

function extreme(image: Uint8Array, pick: (...values: number[]) => number): Uint8Array {
  const at = (y: number, x: number) => (y >= 0 && y < SIDE && x >= 0 && x < SIDE ? image[y * SIDE + x]! : 0);
  return image.map((_, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    return pick(...[-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => at(y + v, x + u))));
  });
}

/** Inverts this share of the pixels: always the same ones, those of Python's first image. */
function noisy(image: Uint8Array, percent: number): Uint8Array {
  if (percent === 0) return image;
  chance ??= uniform(SIDE * SIDE, 0, USES.NOISE);
  return image.map((ink, i) => (chance![i]! < percent / 100 ? 255 - ink : ink));
}

let chance: Float64Array | null = null;
