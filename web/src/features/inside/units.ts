// Units and their names, which count from 1: "conv1.3.10.12" is row 10, column 12 of the third map of conv1,
// "dense1.5" the fifth unit of dense1.
import type { Shape } from "../../model/spec";
import type { Step } from "./steps";

export interface Unit {
  /** Place of its step among the steps. */
  readonly step: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** A rectangle of some maps of a step: rows and columns, inclusive. */
export interface ReceptiveField {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly channels: readonly number[];
}

/** Its place among the step's values. */
export function placeOf({ channel, row, column }: Unit, [, rows, columns]: Shape): number {
  return (channel * rows + row) * columns + column;
}

export function unitAt(step: number, place: number, [, rows, columns]: Shape): Unit {
  return {
    step,
    channel: Math.floor(place / (rows * columns)),
    row: Math.floor(place / columns) % rows,
    column: place % columns,
  };
}

/** Returns true if the step's outputs are single units, not maps. */
export function isFlat({ output: [, rows, columns] }: Step): boolean {
  return rows * columns === 1;
}

export function nameOf({ step, channel, row, column }: Unit, steps: readonly Step[]): string {
  const { name } = steps[step]!;
  return isFlat(steps[step]!) ? `${name}.${channel + 1}` : `${name}.${channel + 1}.${row + 1}.${column + 1}`;
}

/** The unit of that name; null where the network has none. */
export function unitOf(name: string, steps: readonly Step[]): Unit | null {
  const [layer, ...numbers] = name.split(".");
  const [channel = -1, row = 0, column = 0] = numbers.map((number) => Number(number) - 1);
  const step = steps.findIndex(({ name }) => name === layer);
  if (step < 0) return null;
  const [channels, rows, columns] = steps[step]!.output;
  const inside = [
    [channel, channels],
    [row, rows],
    [column, columns],
  ].every(([at, length]) => at! >= 0 && at! < length!);
  const isComplete = numbers.length === (isFlat(steps[step]!) ? 1 : 3);
  return inside && isComplete ? { step, channel, row, column } : null;
}
