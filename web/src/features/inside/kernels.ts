// Properties of kernels: which channels they connect, and whether they compute means. As importers/lower/kernels.py.
import type { Tensor } from "./weights";

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
