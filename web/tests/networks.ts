// Models made on the spot, and what they answer, computed plainly from docs/reference/model-file.md.

import { readFileSync } from "node:fs";
import { Reference } from "../src/engine/reference";
import { compile } from "../src/engine/wasm";
import { evaluate, type Values } from "../src/features/inside/values";
import type { Model } from "../src/model/file";
import type { Json } from "../src/model/json";
import { readArchitecture } from "../src/model/spec";

/** Numbers of -1..1 that look like chance; the same at each call with the same seed. */
export function noise(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function model(spec: Json, seed = 1): Model {
  const architecture = readArchitecture(spec);
  const length = architecture.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  const labels = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".slice(0, architecture.classes);
  const parameters = noise(length, seed).map((value) => value / 3);
  return {
    architecture,
    parameters,
    labels,
    temperature: 1.5,
    pen: null,
    maxEntropy: null,
    minProbability: null,
    training: {},
  };
}

// The built engine; npm runs the tests in web/.
const reference = await Reference.start(await compile(new Uint8Array(readFileSync("../build/reference.wasm")).buffer));

/** Writes into `values` what each step of the model makes of the image. */
export function forward(model: Model, image: Uint8Array, values: Values): void {
  evaluate(reference, model, image, values);
}

/** Ink of the same kind: a third of it blank. */
export function picture(pixels: number, seed: number): Uint8Array {
  return Uint8Array.from(noise(pixels, seed), (value) => Math.max(0, Math.floor(191 * value + 64)));
}

// All kinds of layers, with all their fields.
export const SPECS: Readonly<Record<string, Json>> = {
  relu: {
    input: [11, 9],
    layers: [
      { conv: 3, kernel: 5, padding: "same" },
      { relu: {} },
      { maxpool: 2 },
      { conv: 4, kernel: 3 },
      { relu: {} },
      { dense: 5 },
      { relu: {} },
      { dense: 4 },
    ],
  },
  tanh: {
    input: [12, 12],
    layers: [
      { scale: [-0.1, 1.175] },
      { conv: 3, kernel: 3, padding: "same", pad_value: -0.1 },
      { tanh: {} },
      { subsample: 2 },
      { tanh: {} },
      { conv: 4, kernel: 3, table: ["XX.X", ".XXX", "X.X."] },
      { tanh: {} },
      { subsample: 2 },
      { tanh: {} },
      { dense: 6 },
      { tanh: {} },
      { rbf: 3, codes: ["X.XX.X", "..XXX.", "XXX..."] },
    ],
  },
  strided: {
    input: [13, 10],
    layers: [
      { scale: [-1, 1] },
      { resize: 7 },
      { conv: 2, kernel: 3, stride: 2, padding: "same", background: -1, bias: "unit" },
      { tanh: {} },
      { dense: 3 },
    ],
  },
  least: { input: [4, 4], layers: [{ dense: 2 }] },
};

type Maps = number[][][]; // channel, row, column

/** The logits, by nested loops over nested arrays. */
export function plainly({ architecture, parameters }: Model, image: Uint8Array): number[] {
  let at = 0;
  const next = () => parameters[at++]!;
  const { height, width } = architecture;
  const lines = Array.from({ length: height }, (_, r) =>
    Array.from(image.subarray(r * width, (r + 1) * width), (byte) => byte / 255),
  );
  let maps: Maps = [lines];
  const made = (
    channels: number,
    rows: number,
    columns: number,
    value: (c: number, r: number, k: number) => number,
  ): Maps =>
    Array.from({ length: channels }, (_, c) =>
      Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, k) => value(c, r, k))),
    );
  const each = (change: (value: number) => number) => (maps = maps.map((map) => map.map((row) => row.map(change))));
  for (const {
    layer,
    output: [channels, rows, columns],
  } of architecture.stages) {
    const { kind, kernel, stride, padding, window: size, side, pad_value, low, high, table } = layer;
    const before = maps;
    const flat = before.flat(2);
    if (kind === "scale") each((value) => low + (high - low) * value);
    if (kind === "relu") each((value) => Math.max(value, 0));
    if (kind === "tanh") each((value) => 1.7159 * Math.tanh((2 / 3) * value));
    if (kind === "maxpool" || kind === "subsample") {
      const window = (c: number, r: number, k: number) =>
        before[c]!.slice(r * size, (r + 1) * size).flatMap((row) => row.slice(k * size, (k + 1) * size));
      const coefficients = kind === "subsample" ? before.map(next) : [];
      const biases = kind === "subsample" ? before.map(next) : [];
      maps = made(channels, rows, columns, (c, r, k) =>
        kind === "maxpool"
          ? Math.max(...window(c, r, k))
          : coefficients[c]! * window(c, r, k).reduce((a, b) => a + b) + biases[c]!,
      );
    }
    if (kind === "resize") {
      // The mean of many samples of each part: exact, for sides that divide their number.
      const samples = 2730;
      const mean = (line: number[], i: number) => {
        let sum = 0;
        for (let s = 0; s < samples; s++) sum += line[Math.floor(((i + (s + 0.5) / samples) * line.length) / side)]!;
        return sum / samples;
      };
      const narrow = before[0]!.map((row) => Array.from({ length: side }, (_, k) => mean(row, k)));
      maps = made(1, side, side, (_, r, k) =>
        mean(
          narrow.map((row) => row[k]!),
          r,
        ),
      );
    }
    if (kind === "conv") {
      const weights = new Map<string, number>();
      const key = (c: number, r: number, k: number, o: number) => [c, r, k, o].join();
      const outputs = [...Array(channels).keys()];
      const taps = [...Array(kernel * kernel).keys()].map((tap) => [Math.floor(tap / kernel), tap % kernel] as const);
      before.forEach((_, c) => {
        if (table.length)
          outputs.forEach(
            (o) => table[c * channels + o] && taps.forEach(([r, k]) => weights.set(key(c, r, k, o), next())),
          );
        else taps.forEach(([r, k]) => outputs.forEach((o) => weights.set(key(c, r, k, o), next())));
      });
      const biases = layer.biases
        ? made(channels, rows, columns, next)
        : outputs.map((): number[][] => {
            const bias = next();
            return Array.from({ length: rows }, () => Array<number>(columns).fill(bias));
          });
      maps = made(channels, rows, columns, (o, i, j) => {
        let sum = biases[o]![i]![j]!;
        before.forEach((map, c) =>
          taps.forEach(([r, k]) => {
            const row = map[i * stride + r - padding];
            const value = row ? (row[j * stride + k - padding] ?? pad_value) : pad_value;
            sum += value * (weights.get(key(c, r, k, o)) ?? 0);
          }),
        );
        return sum;
      });
    }
    if (kind === "dense") {
      const weights = flat.map(() => Array.from({ length: channels }, next));
      const biases = Array.from({ length: channels }, next);
      maps = biases.map((bias, o) => [[flat.reduce((sum, value, i) => sum + value * weights[i]![o]!, bias)]]);
    }
    if (kind === "rbf") {
      const code = (o: number) => table.slice(o * flat.length, (o + 1) * flat.length).map((mark) => (mark ? 1 : -1));
      maps = made(channels, 1, 1, (o) => -code(o).reduce((sum: number, mark, i) => sum + (flat[i]! - mark) ** 2, 0));
    }
  }
  return maps.flat(2);
}
