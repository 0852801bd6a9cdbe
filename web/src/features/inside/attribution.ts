// Attribution: each pixel's contribution to the difference of two logits.
import { covered, type Step, sizeOf, TANH_HEIGHT, TANH_SLOPE } from "./steps";
import type { Values } from "./values";

/** `pixels` and `constant` together are `difference`, exact except for rounding. */
export interface Attribution {
  /** One number a pixel of the input; a pixel without ink has 0. */
  readonly pixels: Float64Array;
  /** Contribution of biases and of the padding of an empty sheet. */
  readonly constant: number;
  /** Logit of the one class minus that of the other. */
  readonly difference: number;
}

/**
 * For this one image a network is linear: a relu passes or blocks, a maximum passes one of its inputs, and a tanh is
 * taken for the line from zero through its value (with relus it is gradient times input, or LRP-0: Bach et
 * al. 2015; with tanh the rescale rule of DeepLIFT: Shrikumar et al. 2017, reference zero). So the difference comes
 * apart into one summand for each pixel and one for the rest.
 */
export function attribute(steps: readonly Step[], values: Values, one: number, other: number): Attribution {
  const last = steps.length - 2; // the logits
  const logits = values[last]!;
  let factors = new Float64Array(logits.length);
  factors[one]! += 1;
  factors[other]! -= 1;
  let constant = 0;
  for (let i = last; i > 0; i--) {
    const back = backward(steps[i]!, values[i - 1]!, values[i]!, factors);
    factors = back.factors;
    constant += back.constant;
  }
  const pixels = factors.map((factor, n) => factor * values[0]![n]!);
  return { pixels, constant, difference: logits[one]! - logits[other]! };
}

/** Factors of a step's inputs, and the contribution of the step itself. */
interface Back {
  readonly factors: Float64Array<ArrayBuffer>;
  readonly constant: number;
}

function backward(step: Step, x: Float32Array, y: Float32Array, after: Float64Array): Back {
  const factors = new Float64Array(sizeOf(step.input));
  switch (step.kind) {
    case "scale": {
      const { low, high } = step.layer;
      return { factors: after.map((factor) => factor * (high - low)), constant: low * total(after) };
    }
    case "resize":
      return resized(step, after, factors);
    case "conv":
      return convolved(step, after);
    case "maxpool":
    case "subsample":
      return pooled(step, x, after, factors);
    case "relu":
      return { factors: after.map((factor, n) => (x[n]! > 0 ? factor : 0)), constant: 0 };
    case "tanh":
      return {
        factors: after.map((factor, n) => factor * (x[n] ? y[n]! / x[n]! : TANH_HEIGHT * TANH_SLOPE)),
        constant: 0,
      };
    case "dense":
      return weighed(step, after, 1, factors);
    case "rbf":
      // Of -|x - c|^2 = 2 c x - |x|^2 - |c|^2 only the first differs between classes.
      return weighed(step, after, 2, factors);
    default:
      return { factors: Float64Array.from(after), constant: 0 };
  }
}

function total(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function weighed({ weight, bias }: Step, after: Float64Array, scale: number, factors: Float64Array<ArrayBuffer>): Back {
  const outputs = after.length;
  for (let i = 0; i < factors.length; i++) {
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += weight[i * outputs + o]! * after[o]!;
    factors[i] = scale * sum;
  }
  return { factors, constant: bias.reduce((sum, b, o) => sum + b * after[o]!, 0) };
}

/** The background beyond the edge is nobody's: it goes to the constant. Maps whose factor is zero are left out. */
function convolved({ input, output: [maps, rows, columns], weight, bias, layer }: Step, after: Float64Array): Back {
  const { kernel, stride, padding, pad_value, biases } = layer;
  const [tall, wide] = [input[1] + 2 * padding, input[2] + 2 * padding];
  const around = new Float64Array(input[0] * tall * wide);
  const area = rows * columns;
  let constant = 0;
  for (let n = 0; n < after.length; n++) constant += after[n]! * bias[biases ? n : Math.floor(n / area)]!;
  const active = new Int32Array(maps);
  for (let place = 0; place < area; place++) {
    let count = 0;
    for (let o = 0; o < maps; o++) if (after[o * area + place] !== 0) active[count++] = o;
    if (count === 0) continue;
    const corner = Math.floor(place / columns) * stride * wide + (place % columns) * stride;
    let at = 0; // of the tap's weights
    for (let c = 0; c < input[0]; c++) {
      for (let r = 0; r < kernel; r++) {
        const line = corner + (c * tall + r) * wide;
        for (let k = 0; k < kernel; k++, at += maps) {
          let sum = 0;
          for (let n = 0; n < count; n++) sum += weight[at + active[n]!]! * after[active[n]! * area + place]!;
          around[line + k]! += sum;
        }
      }
    }
  }
  const factors = new Float64Array(sizeOf(input));
  for (let line = 0; line < input[0] * input[1]; line++) {
    const at = (line + padding * (2 * Math.floor(line / input[1]) + 1)) * wide + padding;
    factors.set(around.subarray(at, at + input[2]), line * input[2]);
  }
  return { factors, constant: constant + pad_value * (total(around) - total(factors)) };
}

function pooled(step: Step, x: Float32Array, after: Float64Array, factors: Float64Array<ArrayBuffer>): Back {
  const {
    kind,
    layer: { window: size },
    input,
    output: [channels, rows, columns],
    weight,
    bias,
  } = step;
  let constant = 0;
  for (let n = 0; n < after.length; n++) {
    const [c, i, j] = [Math.floor(n / (rows * columns)) % channels, Math.floor(n / columns) % rows, n % columns];
    const corner = (c * input[1] + i * size) * input[2] + j * size;
    if (kind === "subsample") constant += after[n]! * bias[c]!;
    let winner = corner;
    for (let at = 0; at < size * size; at++) {
      const place = corner + Math.floor(at / size) * input[2] + (at % size);
      if (kind === "subsample") factors[place]! += weight[c]! * after[n]!;
      if (x[place]! > x[winner]!) winner = place;
    }
    if (kind === "maxpool") factors[winner]! += after[n]!;
  }
  return { factors, constant };
}

function resized(
  { input, output: [channels, rows, columns] }: Step,
  after: Float64Array,
  factors: Float64Array<ArrayBuffer>,
): Back {
  for (let n = 0; n < after.length; n++) {
    const [c, i, j] = [Math.floor(n / (rows * columns)) % channels, Math.floor(n / columns) % rows, n % columns];
    const [tall, wide] = [covered(i, input[1], rows), covered(j, input[2], columns)];
    tall.shares.forEach((high, r) => {
      const line = (c * input[1] + tall.first + r) * input[2] + wide.first;
      wide.shares.forEach((broad, k) => (factors[line + k]! += high * broad * after[n]!));
    });
  }
  return { factors, constant: 0 };
}
