// An image through a network, every step's values kept. The engine answers; this shows how.
import { type Step, sizeOf } from "./steps";

/** Of each step its outputs, channel, row, column. */
export type Values = readonly Float32Array[];

// LeCun et al. 1998, appendix A
export const TANH_HEIGHT = 1.7159;
export const TANH_SLOPE = 2 / 3;

const WHITE = 255;

export function room(steps: readonly Step[]): Values {
  return steps.map(({ output }) => new Float32Array(sizeOf(output)));
}

/** Writes into `values` what each step makes of the image, bytes of the input's size. */
export function forward(steps: readonly Step[], image: Uint8Array, temperature: number, values: Values): void {
  steps.forEach((step, i) => {
    const [x, y] = [values[i - 1]!, values[i]!];
    switch (step.kind) {
      case "input":
        for (let n = 0; n < y.length; n++) y[n] = image[n]! / WHITE;
        break;
      case "scale": {
        const { background, ink } = step.layer;
        for (let n = 0; n < y.length; n++) y[n] = background + (ink - background) * x[n]!;
        break;
      }
      case "resize":
        resize(step, x, y);
        break;
      case "conv":
        convolve(step, x, y);
        break;
      case "maxpool":
      case "subsample":
        pool(step, x, y);
        break;
      case "relu":
        for (let n = 0; n < y.length; n++) y[n] = Math.max(0, x[n]!);
        break;
      case "tanh":
        for (let n = 0; n < y.length; n++) y[n] = TANH_HEIGHT * Math.tanh(TANH_SLOPE * x[n]!);
        break;
      case "dense":
        weigh(step, x, y);
        break;
      case "rbf":
        measure(step, x, y);
        break;
      case "softmax":
        softmax(x, temperature, y);
    }
  });
}

/** The maps with `padding` elements of `background` around each. */
export function padded(
  { layer: { padding, background }, input: [channels, rows, columns] }: Step,
  x: Float32Array,
): Float64Array {
  const wide = columns + 2 * padding;
  const around = new Float64Array(channels * (rows + 2 * padding) * wide).fill(background);
  for (let line = 0; line < channels * rows; line++) {
    const at = (line + padding * (2 * Math.floor(line / rows) + 1)) * wide + padding;
    around.set(x.subarray(line * columns, (line + 1) * columns), at);
  }
  return around;
}

/** Place by place, all maps at once: the weights of a tap lie side by side, and taps on zeros are left out. */
function convolve(step: Step, x: Float32Array, y: Float32Array): void {
  const {
    input,
    output: [maps, rows, columns],
    weight,
    bias,
  } = step;
  const { kernel, stride, padding, biases } = step.layer;
  const around = padded(step, x);
  const [tall, wide] = [input[1] + 2 * padding, input[2] + 2 * padding];
  const area = rows * columns;
  const sums = new Float64Array(maps); // rounded once, at the end
  for (let place = 0; place < area; place++) {
    const corner = Math.floor(place / columns) * stride * wide + (place % columns) * stride;
    for (let o = 0; o < maps; o++) sums[o] = bias[biases ? o * area + place : o]!;
    let at = 0; // of the tap's weights
    for (let c = 0; c < input[0]; c++) {
      for (let r = 0; r < kernel; r++) {
        const line = corner + (c * tall + r) * wide;
        for (let k = 0; k < kernel; k++, at += maps) {
          const value = around[line + k]!;
          if (value === 0) continue;
          for (let o = 0; o < maps; o++) sums[o]! += value * weight[at + o]!;
        }
      }
    }
    for (let o = 0; o < maps; o++) y[o * area + place] = sums[o]!;
  }
}

function pool(
  { kind, layer: { size }, input, output: [channels, rows, columns], weight, bias }: Step,
  x: Float32Array,
  y: Float32Array,
): void {
  let n = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let [sum, most] = [0, -Infinity];
        for (let r = 0; r < size; r++) {
          const line = (c * input[1] + i * size + r) * input[2] + j * size;
          for (let k = 0; k < size; k++) {
            sum += x[line + k]!;
            most = Math.max(most, x[line + k]!);
          }
        }
        y[n++] = kind === "maxpool" ? most : weight[c]! * sum + bias[c]!;
      }
    }
  }
}

function weigh({ weight, bias }: Step, x: Float32Array, y: Float32Array): void {
  const sums = Float64Array.from(bias);
  const outputs = y.length;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value === 0) continue;
    for (let o = 0; o < outputs; o++) sums[o]! += value * weight[i * outputs + o]!;
  }
  y.set(sums);
}

/** Minus the squared distance from each code. */
function measure({ weight }: Step, x: Float32Array, y: Float32Array): void {
  const outputs = y.length;
  for (let o = 0; o < outputs; o++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i]! - weight[i * outputs + o]!) ** 2;
    y[o] = -sum;
  }
}

function softmax(x: Float32Array, temperature: number, y: Float32Array): void {
  const most = Math.max(...x);
  const powers = Float64Array.from(x, (logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  y.set(powers.map((power) => power / sum));
}

/** Which pixels of a line of `from` make up the i-th of its `to` equal parts: from..from + shares.length. */
export function covered(
  i: number,
  from: number,
  to: number,
): { readonly first: number; readonly shares: readonly number[] } {
  const first = Math.floor((i * from) / to);
  const shares: number[] = [];
  for (let p = first; p * to < (i + 1) * from; p++) {
    shares.push((Math.min((p + 1) * to, (i + 1) * from) - Math.max(p * to, i * from)) / from);
  }
  return { first, shares };
}

/** Each output is the mean of the part of the picture that it covers. */
function resize({ input, output: [channels, rows, columns] }: Step, x: Float32Array, y: Float32Array): void {
  let n = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      const tall = covered(i, input[1], rows);
      for (let j = 0; j < columns; j++) {
        const wide = covered(j, input[2], columns);
        let sum = 0;
        tall.shares.forEach((high, r) => {
          const line = (c * input[1] + tall.first + r) * input[2] + wide.first;
          wide.shares.forEach((broad, k) => (sum += high * broad * x[line + k]!));
        });
        y[n++] = sum;
      }
    }
  }
}
