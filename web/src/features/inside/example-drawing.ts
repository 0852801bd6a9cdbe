// An example drawing for an empty pad: a G, in units of the pad.
import type { Stroke } from "../../engine/types";

function arc(from: number, to: number): Stroke {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [0.5 + 0.26 * Math.cos(angle), 0.5 - 0.3 * Math.sin(angle), 30 * i] as const;
  });
}

export const EXAMPLE_DRAWING: readonly Stroke[] = [[...arc(45, 350), [0.76, 0.54, 780], [0.54, 0.54, 900]]];
