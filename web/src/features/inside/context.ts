// Shared by the parts of the view: the network, its current values and the selection.
import type { InsideWords } from "../../i18n/en/inside";
import { h } from "../../ui/dom";
import type { Write } from "./number-format";
import type { Colours } from "./paint";
import type { Step } from "./steps";
import type { Screen } from "./tiles";
import { isFlat, type Unit } from "./units";
import type { Values } from "./values";

export interface Context {
  readonly steps: readonly Step[];
  readonly values: Values;
  readonly labels: string;
  readonly temperature: number;
  readonly words: InsideWords;
  readonly write: Write;
  /** Another unit's arithmetic is shown, or none; `focused`: the keyboard goes on from there. */
  select(unit: Unit | null, focused?: boolean): void;
}

/** Input of a paint. */
export interface Look {
  readonly selected: Unit | null;
  readonly colours: Colours;
  readonly screen: Screen;
  /** The pad has a drawing. */
  readonly drawn: boolean;
}

/** A unit as people call it: "conv1, map 3, row 11, column 2", "dense2, G". */
export function unitLabel({ steps, labels, words }: Context, unit: Unit): string {
  const step = steps[unit.step]!;
  if (step.kind === "input") return words.pixel(unit.row + 1, unit.column + 1);
  if (!isFlat(step)) return words.unit(step.name, unit.channel + 1, unit.row + 1, unit.column + 1);
  const named = unit.step >= steps.length - 2;
  return words.flatUnit(step.name, named ? labels.charAt(unit.channel) : unit.channel + 1);
}

/** A number for people, and in full for programs. */
export function data({ write }: Context, value: number): HTMLDataElement {
  return h("data", { value }, write(value));
}
