// Layers whose outputs depend on all inputs.
import { type Step, sizeOf } from "../steps";
import { placeOf } from "../units";
import { IDENTITY } from "./elementwise";
import { type Back, counted, type Operation, result } from "./operation";

/** Takes factors back through the weights, (in, out), times `scale`. */
function weighedBack({ input, weight, bias }: Step, factors: Float64Array, scale: number): Back {
  const outputs = factors.length;
  const back = new Float64Array(sizeOf(input));
  for (let i = 0; i < back.length; i++) {
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += weight[i * outputs + o]! * factors[o]!;
    back[i] = scale * sum;
  }
  return { factors: back, constant: bias.reduce((sum, b, o) => sum + b * factors[o]!, 0) };
}

const DENSE: Operation = {
  ...IDENTITY,
  inputs: ({ input, output: [outputs], weight }, { channel }) => {
    const from = counted(sizeOf(input));
    return { shape: input, from, weights: from.map((i) => weight[i * outputs + channel]!) };
  },
  links: ({ input, output: [outputs], weight }, unit) => {
    const place = placeOf(unit, input);
    return counted(outputs).map((o) => [o, weight[place * outputs + o]!]);
  },
  field: ({ input: [channels, rows, columns] }) => ({
    top: 0,
    left: 0,
    bottom: rows - 1,
    right: columns - 1,
    channels: counted(channels),
  }),
  backward: (step, factors) => weighedBack(step, factors, 1),
  equation: (arithmetic, { words }) => {
    const { sum, bias } = arithmetic;
    const { captions } = words;
    return [[sum - bias, captions.products], "+", [bias, captions.bias], ...result(arithmetic, words)];
  },
  listed: "terms",
};

export const WEIGHED = {
  dense: DENSE,
  rbf: {
    ...DENSE,
    product: (value, weight) => -((value - weight) ** 2),
    // Of -|x - c|^2 = 2 c x - |x|^2 - |c|^2 only the first differs between classes.
    backward: (step, factors) => weighedBack(step, factors, 2),
    equation: (arithmetic, { words }) => [
      "−",
      [-arithmetic.sum, words.captions.distance],
      ...result(arithmetic, words),
    ],
  },
  softmax: {
    ...IDENTITY,
    inputs: ({ input }) => ({ shape: input, from: counted(sizeOf(input)), weights: null }),
    field: DENSE.field,
    equation: ({ values: logits, output }, { temperature, words: { captions } }, { channel }) => {
      const exponentials = logits.map((logit) => Math.exp(logit / temperature));
      const sum = exponentials.reduce((total, value) => total + value, 0);
      if (!(Number.isFinite(sum) && sum > 1e-30))
        return [[logits[channel]!, captions.output], "→", [output, captions.probability]];
      return [
        [exponentials[channel]!, captions.exponential],
        "÷",
        [sum, captions.sum],
        "=",
        [output, captions.probability],
      ];
    },
  },
} satisfies Readonly<Record<string, Operation>>;
