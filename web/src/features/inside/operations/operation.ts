// The operation of a kind of step in "Look inside": how a unit is computed, traced, explained and attributed.
import type { InsideWords } from "../../../i18n/en/inside";
import type { Shape } from "../../../model/spec";
import type { Context } from "../context";
import type { Step } from "../steps";
import type { ReceptiveField, Unit } from "../units";

export interface Operation {
  /** The inputs of a unit. */
  inputs(step: Step, unit: Unit): Inputs;
  /** Contribution of an input to the sum; weight 1 where nothing is weighed. */
  product(value: number, weight: number): number;
  /** All units that take a unit of the step before. */
  links(step: Step, unit: Unit): readonly Link[];
  /** True if only the largest input counts. */
  readonly takesLargest: boolean;
  /** The part of the step before that a part of this one depends on. */
  field(step: Step, field: ReceptiveField): ReceptiveField;
  /** Takes the factors of the outputs `y` back to those of the inputs `x`; see attribution.ts. */
  backward(step: Step, factors: Float64Array, x: Float32Array, y: Float32Array): Back;
  /** True if its attribution is gradient times input. */
  readonly linear: boolean;
  /** The formula of a unit in numbers. */
  equation(arithmetic: Arithmetic, context: Context, unit: Unit): readonly Part[];
  /** How the inputs are listed: in maps with filters, as a window, as the largest terms, or not. */
  readonly listed: "maps" | "window" | "terms" | "none";
}

export interface Inputs {
  /** How the inputs lie: channels, rows, columns. */
  readonly shape: Shape;
  /** For each input its place in the step before; -1 beyond the edge. */
  readonly from: readonly number[];
  /** Null where nothing is weighed. */
  readonly weights: readonly number[] | null;
}

export interface Arithmetic extends Inputs {
  readonly values: readonly number[];
  /** Contribution of each input to the sum: value times weight; with codes minus the squared distance. */
  readonly products: readonly number[];
  readonly bias: number;
  /** All products and the bias. */
  readonly sum: number;
  /** The unit's own value. */
  readonly output: number;
}

/** A unit that takes an input: its place, and its weight for the input; 1 where nothing is weighed. */
export type Link = readonly [place: number, weight: number];

/** Factors of a step's inputs, and the contribution of the step itself. */
export interface Back {
  readonly factors: Float64Array<ArrayBuffer>;
  readonly constant: number;
}

/** A part of a formula: a number with its caption, or a sign between two. */
export type Part = readonly [value: number, caption: string] | string;

/** The end of most formulas. */
export function result({ output }: Arithmetic, { captions }: InsideWords): readonly Part[] {
  return ["=", [output, captions.output]];
}

export function counted(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function total(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

type Edge = (i: number, length: number) => number;

/** The field whose rows and columns begin and end at the inputs that `first` and `last` name, within the input. */
export function fieldBetween(
  { input: [, rows, columns] }: Step,
  { top, left, bottom, right, channels }: ReceptiveField,
  first: Edge,
  last: Edge,
): ReceptiveField {
  return {
    top: Math.max(0, first(top, rows)),
    left: Math.max(0, first(left, columns)),
    bottom: Math.min(rows - 1, last(bottom, rows)),
    right: Math.min(columns - 1, last(right, columns)),
    channels,
  };
}
