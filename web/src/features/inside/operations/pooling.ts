// Layers whose outputs have a rectangle of one map as input.
import { covered, type Step, sizeOf } from "../steps";
import { type Unit, unitAt } from "../units";
import { IDENTITY } from "./elementwise";
import {
  type Back,
  counted,
  fieldBetween,
  type Inputs,
  type Link,
  type Operation,
  type Part,
  result,
} from "./operation";

/** Places in the input of a unit's window, row by row. */
function windowOf({ input, layer: { window } }: Step, { channel, row, column }: Unit): number[] {
  return Array.from({ length: window * window }, (_, at) => {
    const [y, x] = [row * window + Math.floor(at / window), column * window + (at % window)];
    return (channel * input[1] + y) * input[2] + x;
  });
}

/** The link to the one window that covers the unit; none at a remainder at the edge. */
function windowLink(step: Step, { channel, row, column }: Unit, weight: number): readonly Link[] {
  const { window } = step.layer;
  const [, rows, columns] = step.output;
  const [i, j] = [Math.floor(row / window), Math.floor(column / window)];
  return i < rows && j < columns ? [[(channel * rows + i) * columns + j, weight]] : [];
}

/** Calls `each` for every output with its unit, factor and window. */
function eachWindow(step: Step, factors: Float64Array, each: (unit: Unit, factor: number, window: number[]) => void) {
  factors.forEach((factor, n) => {
    const unit = unitAt(0, n, step.output);
    each(unit, factor, windowOf(step, unit));
  });
}

/** The part of the image that a pixel of a smaller one covers, and the share of each of its pixels. */
function areaOf({ input, output }: Step, { channel, row, column }: Unit): Inputs & { readonly weights: number[] } {
  const [tall, wide] = [covered(row, input[1], output[1]), covered(column, input[2], output[2])];
  const from: number[] = [];
  const weights: number[] = [];
  tall.shares.forEach((high, r) =>
    wide.shares.forEach((broad, k) => {
      from.push((channel * input[1] + tall.first + r) * input[2] + wide.first + k);
      weights.push(high * broad);
    }),
  );
  return { shape: [1, tall.shares.length, wide.shares.length], from, weights };
}

/** The parts of a line that cover a pixel of it, each with the pixel's share. */
function coverings(pixel: number, pixels: number, parts: number): readonly (readonly [part: number, share: number])[] {
  return counted(parts).flatMap((part) => {
    const { first, shares } = covered(part, pixels, parts);
    const share = shares[pixel - first];
    return share === undefined ? [] : [[part, share] as const];
  });
}

const MAXPOOL: Operation = {
  ...IDENTITY,
  inputs: (step, unit) => {
    const { window } = step.layer;
    return { shape: [1, window, window], from: windowOf(step, unit), weights: null };
  },
  links: (step, unit) => windowLink(step, unit, 1),
  takesLargest: true,
  field: (step, field) => {
    const { window } = step.layer;
    return fieldBetween(
      step,
      field,
      (i) => i * window,
      (i) => i * window + window - 1,
    );
  },
  backward: (step, factors, x): Back => {
    const back = new Float64Array(sizeOf(step.input));
    eachWindow(step, factors, (_, factor, window) => {
      const largest = window.reduce((best, place) => (x[place]! > x[best]! ? place : best));
      back[largest]! += factor;
    });
    return { factors: back, constant: 0 };
  },
  equation: (arithmetic, { words }) => {
    const largest: Part = [Math.max(...arithmetic.values), words.captions.maximum];
    return ["max", largest, ...result(arithmetic, words)];
  },
  listed: "window",
};

export const POOLING = {
  maxpool: MAXPOOL,
  subsample: {
    ...MAXPOOL,
    inputs: (step, unit) => {
      const inputs = MAXPOOL.inputs(step, unit);
      return { ...inputs, weights: inputs.from.map(() => step.weight[unit.channel]!) };
    },
    links: (step, unit) => windowLink(step, unit, step.weight[unit.channel]!),
    takesLargest: false,
    backward: (step, factors): Back => {
      const back = new Float64Array(sizeOf(step.input));
      let constant = 0;
      eachWindow(step, factors, ({ channel }, factor, window) => {
        for (const place of window) back[place]! += step.weight[channel]! * factor;
        constant += step.bias[channel]! * factor;
      });
      return { factors: back, constant };
    },
    equation: (arithmetic, { words }) => {
      const { values, weights, bias } = arithmetic;
      const { captions } = words;
      return [
        [values.reduce((total, value) => total + value, 0), captions.window],
        "×",
        [weights![0]!, captions.coefficient],
        "+",
        [bias, captions.bias],
        ...result(arithmetic, words),
      ];
    },
  },
  resize: {
    ...IDENTITY,
    inputs: areaOf,
    links: ({ input, output: [, rows, columns] }, { row, column }) => {
      const across = coverings(column, input[2], columns);
      return coverings(row, input[1], rows).flatMap(([i, high]) =>
        across.map(([j, broad]): Link => [i * columns + j, high * broad]),
      );
    },
    field: (step, field) => {
      const { side } = step.layer;
      return fieldBetween(
        step,
        field,
        (i, length) => Math.floor((i * length) / side),
        (i, length) => Math.ceil(((i + 1) * length) / side) - 1,
      );
    },
    backward: (step, factors): Back => {
      const back = new Float64Array(sizeOf(step.input));
      factors.forEach((factor, n) => {
        const { from, weights } = areaOf(step, unitAt(0, n, step.output));
        from.forEach((place, i) => (back[place]! += weights[i]! * factor));
      });
      return { factors: back, constant: 0 };
    },
    equation: (arithmetic, { words }) => [[arithmetic.sum, words.captions.mean], ...result(arithmetic, words)],
  },
} satisfies Readonly<Record<string, Operation>>;
