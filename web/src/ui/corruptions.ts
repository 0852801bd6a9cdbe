// The corruptions and their ranges: the list of LeCun et al. 1998 (figure 13).

/** Range of a slider; `initial` changes nothing. */
export interface CorruptionRange {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly initial: number;
  readonly unit: string;
}

export const CORRUPTIONS = {
  turn: { low: -60, high: 60, step: 1, initial: 0, unit: "°" },
  across: { low: -8, high: 8, step: 0.25, initial: 0, unit: "px" },
  down: { low: -8, high: 8, step: 0.25, initial: 0, unit: "px" },
  size: { low: 40, high: 130, step: 1, initial: 100, unit: "%" },
  breadth: { low: 40, high: 160, step: 1, initial: 100, unit: "%" },
  stroke: { low: -3, high: 4, step: 0.1, initial: 0, unit: "px" },
  noise: { low: 0, high: 20, step: 0.5, initial: 0, unit: "%" },
} as const satisfies Record<string, CorruptionRange>;

export type CorruptionName = keyof typeof CORRUPTIONS;
export const CORRUPTION_NAMES = Object.keys(CORRUPTIONS) as CorruptionName[];
export type Amounts = Readonly<Record<CorruptionName, number>>;
