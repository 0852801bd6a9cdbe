// An example drawing for an empty pad, in units of the pad: a G, or a 0 for networks without letters.
import type { Stroke } from "../../engine/types";
import { classOf } from "../../model/labels";

interface Example {
  readonly name: string;
  readonly drawing: readonly Stroke[];
}

function arc(from: number, to: number): Stroke {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [0.5 + 0.26 * Math.cos(angle), 0.5 - 0.3 * Math.sin(angle), 30 * i] as const;
  });
}

const G: Example = { name: "G", drawing: [[...arc(45, 350), [0.76, 0.54, 780], [0.54, 0.54, 900]]] };
const ZERO: Example = { name: "0", drawing: [arc(90, 450)] };

/** Returns the example for a network with these labels. */
export function exampleFor(labels: string): Example {
  return classOf(labels, G.name) >= 0 ? G : ZERO;
}
