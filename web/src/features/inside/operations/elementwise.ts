// Layers whose outputs have one input each.
import type { InsideWords } from "../../../i18n/en/inside";
import { TANH_HEIGHT, TANH_SLOPE } from "../steps";
import { placeOf } from "../units";
import { type Operation, type Part, result, total } from "./operation";

/** The output is the input. */
export const IDENTITY: Operation = {
  inputs: ({ output }, unit) => ({ shape: [1, 1, 1], from: [placeOf(unit, output)], weights: null }),
  product: (value, weight) => value * weight,
  links: ({ input }, unit) => [[placeOf(unit, input), 1]],
  takesLargest: false,
  field: (_, field) => field,
  backward: (_, factors) => ({ factors: Float64Array.from(factors), constant: 0 }),
  linear: true,
  equation: (arithmetic, { words }) => result(arithmetic, words),
  listed: "none",
};

interface Activation {
  /** Slope at zero. */
  readonly slope: number;
  /** True if it passes or blocks its input. */
  readonly linear: boolean;
  formula(value: Part, words: InsideWords): readonly Part[];
}

/** An activation function; its attribution follows the line from zero through its value. */
function activation({ slope, linear, formula }: Activation): Operation {
  return {
    ...IDENTITY,
    linear,
    backward: (_, factors, x, y) => ({
      factors: Float64Array.from(factors, (factor, n) => factor * (x[n] ? y[n]! / x[n]! : slope)),
      constant: 0,
    }),
    equation: (arithmetic, { words }) => [
      ...formula([arithmetic.values[0]!, words.captions.value], words),
      ...result(arithmetic, words),
    ],
  };
}

export const ELEMENTWISE = {
  input: {
    ...IDENTITY,
    inputs: () => ({ shape: [0, 0, 0], from: [], weights: null }),
    equation: ({ output }, { words: { captions } }) => [
      [Math.round(255 * output), captions.ink],
      "÷ 255 =",
      [output, captions.value],
    ],
  },
  scale: {
    ...IDENTITY,
    backward: ({ layer: { low, high } }, factors) => ({
      factors: Float64Array.from(factors, (factor) => factor * (high - low)),
      constant: low * total(factors),
    }),
    equation: (arithmetic, { steps, words }, { step }) => {
      const { low, high } = steps[step]!.layer;
      const { captions } = words;
      const value: Part = [arithmetic.values[0]!, captions.value];
      return [[low, captions.paper], "+", [high - low, captions.span], "×", value, ...result(arithmetic, words)];
    },
  },
  relu: activation({ slope: 0, linear: true, formula: (value) => ["max (0,", value, ")"] }),
  tanh: activation({
    slope: TANH_HEIGHT * TANH_SLOPE,
    linear: false,
    formula: (value, words) => [words.scaledTanh, value, ")"],
  }),
} satisfies Readonly<Record<string, Operation>>;
