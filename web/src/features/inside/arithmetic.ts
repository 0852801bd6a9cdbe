// The arithmetic of one unit: its inputs, weights, products and output.
import type { Shape } from "../../model/spec";
import { covered, isConnected, type Step } from "./steps";
import { placeOf, type Unit, unitAt } from "./units";
import type { Values } from "./values";

export interface Arithmetic {
  /** How the inputs lie: channels, rows, columns. */
  readonly shape: Shape;
  /** For each input its place in the step before; -1 beyond the edge. */
  readonly from: readonly number[];
  readonly values: readonly number[];
  /** Null where nothing is weighed. */
  readonly weights: readonly number[] | null;
  /** Contribution of each input to the sum: value times weight; with codes minus the squared distance. */
  readonly products: readonly number[];
  readonly bias: number;
  /** All products and the bias. */
  readonly sum: number;
  /** The unit's own value. */
  readonly output: number;
}

/** Null for a pixel of the input. */
export function arithmetic(steps: readonly Step[], values: Values, unit: Unit): Arithmetic | null {
  const step = steps[unit.step]!;
  const before = values[unit.step - 1];
  if (!before) return null;
  const place = placeOf(unit, step.output);
  const { shape, from, weights } = inputs(step, unit);
  const taken = from.map((at) => (at < 0 ? step.layer.pad_value : before[at]!));
  const bias = biasOf(step, unit);
  const add = (value: number, i: number) => {
    if (step.kind === "rbf") return -((value - weights![i]!) ** 2);
    return weights ? value * weights[i]! : value;
  };
  const products = taken.map(add);
  const sum = products.reduce((total, product) => total + product, bias);
  return { shape, from, values: taken, weights, products, bias, sum, output: values[unit.step]![place]! };
}

type Inputs = Pick<Arithmetic, "shape" | "from" | "weights">;

function biasOf({ kind, layer, bias, output }: Step, unit: Unit): number {
  if (kind !== "conv" && kind !== "dense" && kind !== "subsample") return 0;
  return bias[kind === "conv" && layer.biases ? placeOf(unit, output) : unit.channel]!;
}

function inputs(step: Step, unit: Unit): Inputs {
  const { kind, input, output } = step;
  const all = input[0] * input[1] * input[2];
  switch (kind) {
    case "conv":
      return patch(step, unit);
    case "maxpool":
    case "subsample":
      return part(step, unit);
    case "resize":
      return shares(step, unit);
    case "dense":
    case "rbf": {
      const from = counted(all);
      return { shape: input, from, weights: from.map((i) => step.weight[i * output[0] + unit.channel]!) };
    }
    case "softmax":
      return { shape: input, from: counted(all), weights: null };
    default:
      return { shape: [1, 1, 1], from: [placeOf(unit, output)], weights: null };
  }
}

/** Inputs of a unit of a convolution: a square of each connected map. */
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
        from.push(within(y, rows) && within(x, columns) ? (c * rows + y) * columns + x : -1);
        weights.push(weight[((c * kernel + r) * kernel + k) * outputs + channel]!);
      }
    }
  }
  return { shape: [seen, kernel, kernel], from, weights };
}

/** The window of a pooling; with trainable subsampling all have the channel's one coefficient. */
function part({ kind, input, layer: { window: size }, weight }: Step, { channel, row, column }: Unit): Inputs {
  const from = Array.from({ length: size * size }, (_, at) => {
    const [y, x] = [row * size + Math.floor(at / size), column * size + (at % size)];
    return (channel * input[1] + y) * input[2] + x;
  });
  return { shape: [1, size, size], from, weights: kind === "subsample" ? from.map(() => weight[channel]!) : null };
}

function shares({ input, output }: Step, { channel, row, column }: Unit): Inputs {
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

// ---- Forwards: next layer; backwards: receptive field -------------------------------------------

export interface Feed {
  readonly unit: Unit;
  /** Contribution to that unit's sum; the value itself without weights. */
  readonly product: number;
  /** False: a maximum that takes another input. */
  readonly taken: boolean;
}

/** The units of the next step that a unit adds most to, most first; none after the answer. */
export function strongestFeeds(steps: readonly Step[], values: Values, unit: Unit, count: number): readonly Feed[] {
  const next = steps[unit.step + 1];
  if (!next) return [];
  const here = placeOf(unit, steps[unit.step]!.output);
  const value = values[unit.step]![here]!;
  const found = links(next, unit).map(([place, weight]): Feed => {
    const fed = unitAt(unit.step + 1, place, next.output);
    const product = next.kind === "rbf" ? -((value - weight) ** 2) : weight * value;
    return { unit: fed, product, taken: next.kind !== "maxpool" || winner(arithmetic(steps, values, fed)!) === here };
  });
  return found.sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, count);
}

/** The place of the greatest input, the first of several. */
export function winner({ from, values }: Arithmetic): number {
  return from[values.indexOf(Math.max(...values))]!;
}

type Link = readonly [place: number, weight: number];

/** All units of `next` that take the unit's value, with their weights for it; 1 where nothing is weighed. */
function links(next: Step, { channel, row, column }: Unit): readonly Link[] {
  const {
    kind,
    input,
    output: [maps, rows, columns],
    layer: { kernel, stride, padding, window },
    weight,
  } = next;
  switch (kind) {
    case "conv": {
      const reach = (at: number, side: number) =>
        counted(side).filter((i) => within(at - i * stride + padding, kernel));
      const tap = (i: number, j: number) => (row - i * stride + padding) * kernel + column - j * stride + padding;
      const link = (o: number, i: number, j: number): Link => [
        (o * rows + i) * columns + j,
        weight[(channel * kernel * kernel + tap(i, j)) * maps + o]!,
      ];
      const [down, across] = [reach(row, rows), reach(column, columns)];
      const outputs = counted(maps).filter((o) => isConnected(next, channel, o));
      return outputs.flatMap((o) => down.flatMap((i) => across.map((j) => link(o, i, j))));
    }
    case "maxpool":
    case "subsample": {
      const [i, j] = [Math.floor(row / window), Math.floor(column / window)];
      const place = (channel * rows + i) * columns + j;
      return i < rows && j < columns ? [[place, kind === "subsample" ? weight[channel]! : 1]] : [];
    }
    case "resize": {
      const parts = (at: number, from: number, to: number) =>
        counted(to).flatMap((i) => {
          const { first, shares } = covered(i, from, to);
          const share = shares[at - first];
          return share === undefined ? [] : [[i, share] as const];
        });
      const across = parts(column, input[2], columns);
      return parts(row, input[1], rows).flatMap(([i, high]) =>
        across.map(([j, broad]): Link => [i * columns + j, high * broad]),
      );
    }
    case "dense":
    case "rbf": {
      const place = placeOf({ step: 0, channel, row, column }, input);
      return counted(maps).map((o) => [o, weight[place * maps + o]!]);
    }
    default:
      return [[placeOf({ step: 0, channel, row, column }, input), 1]];
  }
}

function counted(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function within(at: number, length: number): boolean {
  return at >= 0 && at < length;
}

/** The receptive field of a unit in the maps of a step: rows and columns, inclusive. */
export interface ReceptiveField {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly channels: readonly number[];
}

/** A unit's receptive field in each step up to its own. */
export function receptiveFields(
  steps: readonly Step[],
  { step, channel, row, column }: Unit,
): readonly ReceptiveField[] {
  const found: ReceptiveField[] = [{ top: row, left: column, bottom: row, right: column, channels: [channel] }];
  for (let i = step; i > 0; i--) found.unshift(before(steps[i]!, found[0]!));
  return found;
}

function before(step: Step, field: ReceptiveField): ReceptiveField {
  const {
    kind,
    input: [channels, rows, columns],
    layer: { kernel, stride, padding, window, side },
  } = step;
  type Edge = (i: number, side: number) => number;
  const spans = (first: Edge, last: Edge): ReceptiveField => ({
    top: Math.max(0, first(field.top, rows)),
    left: Math.max(0, first(field.left, columns)),
    bottom: Math.min(rows - 1, last(field.bottom, rows)),
    right: Math.min(columns - 1, last(field.right, columns)),
    channels: field.channels,
  });
  switch (kind) {
    case "conv": {
      const seen = counted(channels).filter((c) => field.channels.some((o) => isConnected(step, c, o)));
      return {
        ...spans(
          (i) => i * stride - padding,
          (i) => i * stride - padding + kernel - 1,
        ),
        channels: seen,
      };
    }
    case "maxpool":
    case "subsample":
      return spans(
        (i) => i * window,
        (i) => i * window + window - 1,
      );
    case "resize":
      return spans(
        (i, length) => Math.floor((i * length) / side),
        (i, length) => Math.ceil(((i + 1) * length) / side) - 1,
      );
    case "dense":
    case "rbf":
    case "softmax":
      return { top: 0, left: 0, bottom: rows - 1, right: columns - 1, channels: counted(channels) };
    default:
      return field;
  }
}
