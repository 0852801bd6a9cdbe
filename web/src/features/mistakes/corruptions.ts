// The image that the network sees, changed: the list of LeCun et al. 1998 (figure 13), as lenet.evaluation has it.
import { SIDE } from "../../engine/rasterizer";
import { scrambled } from "../../dataset/hash32";

/** What a slider changes, from `low` to `high`; `initial` changes nothing. */
export interface Change {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly initial: number;
  readonly unit: string;
}

export const CHANGES = {
  turn: { low: -60, high: 60, step: 1, initial: 0, unit: "°" },
  across: { low: -8, high: 8, step: 0.25, initial: 0, unit: "px" },
  down: { low: -8, high: 8, step: 0.25, initial: 0, unit: "px" },
  size: { low: 40, high: 130, step: 1, initial: 100, unit: "%" },
  breadth: { low: 40, high: 160, step: 1, initial: 100, unit: "%" },
  stroke: { low: -3, high: 4, step: 0.1, initial: 0, unit: "px" },
  noise: { low: 0, high: 20, step: 0.5, initial: 0, unit: "%" },
} as const satisfies Record<string, Change>;

export type ChangeName = keyof typeof CHANGES;
export const CHANGE_NAMES = Object.keys(CHANGES) as ChangeName[];
export type Amounts = Readonly<Record<ChangeName, number>>;

/** 28x28 bytes, changed by all of these at once. */
export function changed(image: Uint8Array, amounts: Amounts): Uint8Array {
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

/** Strokes thicker by so many pixels, or thinner: whole steps of the 3x3 maximum or minimum, the rest as a mix. */
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

/** So many per cent of the pixels become their opposite, always the same ones. */
function noisy(image: Uint8Array, percent: number): Uint8Array {
  return percent === 0 ? image : image.map((ink, i) => (scrambled(i) / 2 ** 32 < percent / 100 ? 255 - ink : ink));
}
