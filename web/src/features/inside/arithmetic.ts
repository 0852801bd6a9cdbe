// The arithmetic of one unit: its inputs, weights, products and output; and what it feeds and depends on.
import { OPERATIONS } from "./operations";
import type { Arithmetic } from "./operations/operation";
import type { Step } from "./steps";
import { placeOf, type ReceptiveField, type Unit, unitAt } from "./units";
import type { Values } from "./values";

/** A pixel of the input has no inputs. */
export function arithmetic(steps: readonly Step[], values: Values, unit: Unit): Arithmetic {
  const step = steps[unit.step]!;
  const operation = OPERATIONS[step.kind];
  const { shape, from, weights } = operation.inputs(step, unit);
  const before = values[unit.step - 1];
  const inputValues = from.map((at) => (at < 0 ? step.layer.pad_value : before![at]!));
  const products = inputValues.map((value, i) => operation.product(value, weights?.[i] ?? 1));
  const place = placeOf(unit, step.output);
  const bias = step.bias[step.layer.biases ? place : unit.channel] ?? 0;
  const sum = products.reduce((total, product) => total + product, bias);
  return { shape, from, values: inputValues, weights, products, bias, sum, output: values[unit.step]![place]! };
}

export interface Feed {
  readonly unit: Unit;
  /** Contribution to that unit's sum; the value itself without weights. */
  readonly product: number;
  /** False if max pooling takes another input. */
  readonly isUsed: boolean;
}

/** The units of the next step that a unit adds most to, most first; none after the answer. */
export function strongestFeeds(steps: readonly Step[], values: Values, unit: Unit, count: number): readonly Feed[] {
  const next = steps[unit.step + 1];
  if (!next) return [];
  const operation = OPERATIONS[next.kind];
  const here = placeOf(unit, steps[unit.step]!.output);
  const value = values[unit.step]![here]!;
  const feeds = operation.links(next, unit).map(([place, weight]): Feed => {
    const fed = unitAt(unit.step + 1, place, next.output);
    const isUsed = !operation.takesLargest || largest(arithmetic(steps, values, fed)) === here;
    return { unit: fed, product: operation.product(value, weight), isUsed };
  });
  return feeds.sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, count);
}

/** The place of the largest input, the first of several. */
function largest({ from, values }: Arithmetic): number {
  return from[values.indexOf(Math.max(...values))]!;
}

/** A unit's receptive field in each step up to its own. */
export function receptiveFields(
  steps: readonly Step[],
  { step, channel, row, column }: Unit,
): readonly ReceptiveField[] {
  const fields: ReceptiveField[] = [{ top: row, left: column, bottom: row, right: column, channels: [channel] }];
  for (let i = step; i > 0; i--) {
    const later = steps[i]!;
    fields.unshift(OPERATIONS[later.kind].field(later, fields[0]!));
  }
  return fields;
}
