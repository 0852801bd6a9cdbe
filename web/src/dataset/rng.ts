// Counted random numbers, as lenet._util.rng: each a function of its key and its position alone.

const TWO_32 = 2 ** 32;

/** Second half of the key: uses of one seed are independent. The values are those of Python. */
export const USES = {
  CHOICE_OF_DRAWINGS: TWO_32,
  VALIDATION_SPLIT: TWO_32 + 1,
  OUTLIERS: TWO_32 + 2,
  NOISE: TWO_32 + 3,
  CLUTTER: TWO_32 + 4,
  FOLDS: TWO_32 + 5,
  SAMPLES: TWO_32 + 6,
} as const;

// Philox4x64-10 (Salmon et al. 2011). A 64-bit number is two limbs of 32 bits, the low one first.
type Limbs = readonly [low: number, high: number];
const ROUNDS = 10;
const MULTIPLIERS: readonly [Limbs, Limbs] = [
  [0xe14c6c93, 0xd2e7470e],
  [0x95121157, 0xca5a8263],
];
const WEYL: readonly [Limbs, Limbs] = [
  [0x7f4a7c15, 0x9e3779b9],
  [0x84caa73b, 0xbb67ae85],
];

/** `count` numbers from 0 to 1 (1 excluded); a longer array begins with the shorter one. `seed` is 0 to 2 ** 32 - 1. */
export function uniform(count: number, seed: number, use: number): Float64Array {
  const numbers = new Float64Array(count);
  const key = Uint32Array.of(seed, 0, use, Math.floor(use / TWO_32));
  for (let start = 0; start < count; start += 4) {
    const words = encrypted(start / 4 + 1, key);
    for (let i = 0; i < Math.min(4, count - start); i++) {
      numbers[start + i] = (words[2 * i + 1]! * 2 ** 21 + (words[2 * i]! >>> 11)) * 2 ** -53; // the upper 53 bits
    }
  }
  return numbers;
}

/** The numbers below `count` in random order. */
export function permutation(count: number, seed: number, use: number): number[] {
  const key = uniform(count, seed, use);
  return Array.from(key.keys()).sort((a, b) => key[a]! - key[b]!);
}

/** Four random 64-bit words from a counter below 2 ** 32 and the two words of a key. */
function encrypted(counter: number, seed: Uint32Array): Uint32Array {
  const words = Uint32Array.of(counter, 0, 0, 0, 0, 0, 0, 0);
  const key = seed.slice();
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) for (let i = 0; i < 2; i++) add(key, 2 * i, WEYL[i]!);
    multiply(words[0]!, words[1]!, MULTIPLIERS[0], first);
    multiply(words[4]!, words[5]!, MULTIPLIERS[1], second);
    for (let i = 0; i < 2; i++) {
      words[i] = second[i + 2]! ^ words[i + 2]! ^ key[i]!;
      words[i + 4] = first[i + 2]! ^ words[i + 6]! ^ key[i + 2]!;
      words[i + 2] = second[i]!;
      words[i + 6] = first[i]!;
    }
  }
  return words;
}

const [first, second] = [new Uint32Array(4), new Uint32Array(4)]; // products of a round

function add(words: Uint32Array, at: number, [low, high]: Limbs): void {
  const sum = words[at]! + low;
  words[at] = sum;
  words[at + 1] = words[at + 1]! + high + Number(sum >= TWO_32);
}

/** The 128 bits of a product of two 64-bit numbers as four limbs, the lowest first. */
function multiply(low: number, high: number, [byLow, byHigh]: Limbs, result: Uint32Array): void {
  const middle = upper(low, byLow) + lower(low, byHigh) + lower(high, byLow);
  const top = upper(low, byHigh) + upper(high, byLow) + lower(high, byHigh) + Math.floor(middle / TWO_32);
  result[0] = lower(low, byLow);
  result[1] = middle;
  result[2] = top;
  result[3] = upper(high, byHigh) + Math.floor(top / TWO_32);
}

/** The lower 32 bits of a product of two 32-bit numbers. */
function lower(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

/** The upper 32 bits of a product of two 32-bit numbers. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const first = a1 * b0 + ((a0 * b0) >>> 16);
  const second = a0 * b1 + (first & 0xffff);
  return a1 * b1 + (first >>> 16) + (second >>> 16);
}
