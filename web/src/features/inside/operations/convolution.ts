// Convolutions, whose weights are (in, row, column, out).
import { isConnected, type Step, sizeOf } from "../steps";
import type { Unit } from "../units";
import { IDENTITY } from "./elementwise";
import { type Back, counted, fieldBetween, type Inputs, type Link, type Operation, total } from "./operation";
import { WEIGHED } from "./weighed";

export const CONVOLUTION: Operation = {
  ...IDENTITY,
  inputs: patch,
  links,
  field: (step, field) => {
    const { kernel, stride, padding } = step.layer;
    const first = (i: number) => i * stride - padding;
    const seen = (c: number) => field.channels.some((o) => isConnected(step, c, o));
    return {
      ...fieldBetween(step, field, first, (i) => first(i) + kernel - 1),
      channels: counted(step.input[0]).filter(seen),
    };
  },
  backward,
  equation: WEIGHED.dense.equation,
  listed: "maps",
};

/** A square of each connected map. */
function patch(step: Step, { channel, row, column }: Unit): Inputs {
  const {
    input: [channels, rows, columns],
    layer: { kernel, stride, padding, out_channels: outputs },
    weight,
  } = step;
  const from: number[] = [];
  const weights: number[] = [];
  let seen = 0;
  for (let c = 0; c < channels; c++) {
    if (!isConnected(step, c, channel)) continue;
    seen++;
    for (let r = 0; r < kernel; r++) {
      for (let k = 0; k < kernel; k++) {
        const [y, x] = [row * stride + r - padding, column * stride + k - padding];
        from.push(isWithin(y, rows) && isWithin(x, columns) ? (c * rows + y) * columns + x : -1);
        weights.push(weight[((c * kernel + r) * kernel + k) * outputs + channel]!);
      }
    }
  }
  return { shape: [seen, kernel, kernel], from, weights };
}

function links(step: Step, { channel, row, column }: Unit): readonly Link[] {
  const {
    output: [maps, rows, columns],
    layer: { kernel, stride, padding },
    weight,
  } = step;
  const reach = (at: number, side: number) => counted(side).filter((i) => isWithin(at - i * stride + padding, kernel));
  const tap = (i: number, j: number) => (row - i * stride + padding) * kernel + column - j * stride + padding;
  const link = (o: number, i: number, j: number): Link => [
    (o * rows + i) * columns + j,
    weight[(channel * kernel * kernel + tap(i, j)) * maps + o]!,
  ];
  const [down, across] = [reach(row, rows), reach(column, columns)];
  const outputs = counted(maps).filter((o) => isConnected(step, channel, o));
  return outputs.flatMap((o) => down.flatMap((i) => across.map((j) => link(o, i, j))));
}

function isWithin(at: number, length: number): boolean {
  return at >= 0 && at < length;
}

/** The padding goes to the constant. Maps whose factor is zero are left out. */
function backward({ input, output: [maps, rows, columns], weight, bias, layer }: Step, after: Float64Array): Back {
  const { kernel, stride, padding, pad_value, biases } = layer;
  const [tall, wide] = [input[1] + 2 * padding, input[2] + 2 * padding];
  const padded = new Float64Array(input[0] * tall * wide);
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
          padded[line + k]! += sum;
        }
      }
    }
  }
  const factors = new Float64Array(sizeOf(input));
  for (let line = 0; line < input[0] * input[1]; line++) {
    const at = (line + padding * (2 * Math.floor(line / input[1]) + 1)) * wide + padding;
    factors.set(padded.subarray(at, at + input[2]), line * input[2]);
  }
  return { factors, constant: constant + pad_value * (total(padded) - total(factors)) };
}
