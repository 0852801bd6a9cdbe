// Units and their names: "conv1.3.10.12" is row 10 and column 12 of map 3 of conv1, "dense1.5" the sixth of dense1.
import type { Shape } from "../architecture";
import type { Step } from "./steps";

export interface Unit {
  /** Place of its step among the steps. */
  readonly step: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
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

/** Whether the step's outputs are single units, not maps. */
export function isFlat({ output: [, rows, columns] }: Step): boolean {
  return rows * columns === 1;
}

export function nameOf({ step, channel, row, column }: Unit, steps: readonly Step[]): string {
  const { name } = steps[step]!;
  return isFlat(steps[step]!) ? `${name}.${channel}` : `${name}.${channel}.${row}.${column}`;
}

/** The unit of that name; null where the network has none. */
export function unitOf(name: string, steps: readonly Step[]): Unit | null {
  const [layer, ...numbers] = name.split(".");
  const [channel = -1, row = 0, column = 0] = numbers.map(Number);
  const step = steps.findIndex((one) => one.name === layer);
  if (step < 0) return null;
  const [channels, rows, columns] = steps[step]!.output;
  const inside = channel >= 0 && channel < channels && row < rows && column < columns;
  const right = numbers.length === (isFlat(steps[step]!) ? 1 : 3);
  return inside && right ? { step, channel, row, column } : null;
}
