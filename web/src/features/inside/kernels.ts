// Kernels: their sides, the order of their weights, which channels they connect, and whether they compute means.
// As importers/lower/kernels.py.
import { MAX_SIDE } from "../../engine/abi.gen";
import type { Message } from "../../i18n/message";
import { isWhole } from "../../model/json";
import { need } from "../../model/spec";
import type { Tensor } from "./weights";

/** Returns the side of a square given as 2 or [2, 2]. Throws ModelError for other values. */
export function square(value: unknown, what: Message): number {
  const sides = new Set([value].flat());
  const [side] = sides;
  need(sides.size === 1 && isWhole(side, 1, MAX_SIDE), "{} must be equal in both directions", what);
  return side;
}

/** Orders weights (place, channel, output) as (channel, place, output); a place is a row and a column. */
export function channelsFirst(weight: Tensor, channels: number, outputs: number): Tensor {
  const area = weight.length / (channels * outputs);
  return weight.map((_, i) => {
    const at = Math.floor(i / outputs);
    return weight[((at % area) * channels + Math.floor(at / area)) * outputs + (i % outputs)]!;
  });
}

/**
 * The connection table of a convolution's weights (in, row, column, out), and its weights as a table has them
 * (docs/reference/model-file.md); null where every channel sees every other, one sees none, or there would be more than
 * `room` marks. `area`: places of a kernel.
 */
export function tabled(
  weight: Tensor,
  outputs: number,
  area: number,
  room: number,
): { readonly table: readonly string[]; readonly weight: Tensor } | null {
  const inputs = weight.length / (area * outputs);
  if (inputs * outputs > room) return null;
  const [from, to, places] = [inputs, outputs, area].map((count) => [...Array(count).keys()]) as [
    number[],
    number[],
    number[],
  ];
  const kernel = (i: number, o: number) => places.map((place) => weight[(i * area + place) * outputs + o]!);
  const seen = from.map((i) => to.map((o) => kernel(i, o).some((value) => value !== 0)));
  const all = seen.every((row) => row.every(Boolean));
  if (all || !to.every((o) => seen.some((row) => row[o]))) return null;
  return {
    table: seen.map((row) => row.map((mark) => (mark ? "X" : ".")).join("")),
    weight: Float32Array.from(from.flatMap((i) => to.flatMap((o) => (seen[i]![o] ? kernel(i, o) : [])))),
  };
}

/** How much pixel `i` of `from` makes up of part `k` of `to` equal parts of a line. */
export function share(i: number, k: number, from: number, to: number): number {
  const [start, end] = [(k * from) / to, ((k + 1) * from) / to];
  return (Math.max(0, Math.min(end, i + 1) - Math.max(start, i)) * to) / from;
}
