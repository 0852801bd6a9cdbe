// What kernels say: which channels they connect, and whether they take means. As importing/kernels.py.
import type { Tensor } from "./weights";

const MAX_TABLE = 2 ** 14; // marks of a table

/**
 * The connection table of a convolution's weights (in, row, column, out), and its weights as a table has them
 * (docs/model-file.md); null where every channel sees every other, or one sees none. `area`: places of a kernel.
 */
export function tabled(weight: Tensor, outputs: number, area: number): { readonly table: readonly string[]; readonly weight: Tensor } | null {
  const inputs = weight.length / (area * outputs);
  const kernels = Array.from({ length: inputs }, (_, i) =>
    Array.from({ length: outputs }, (_, o) => Array.from({ length: area }, (_, at) => weight[(i * area + at) * outputs + o]!)));
  const seen = kernels.map((row) => row.map((kernel) => kernel.some((value) => value !== 0)));
  const all = seen.every((row) => row.every(Boolean));
  const fed = Array.from({ length: outputs }, (_, o) => seen.some((row) => row[o])).every(Boolean);
  if (all || !fed || inputs * outputs > MAX_TABLE) return null;
  return {
    table: seen.map((row) => row.map((mark) => (mark ? "X" : ".")).join("")),
    weight: Float32Array.from(kernels.flatMap((row, i) => row.filter((_, o) => seen[i]![o]).flat())),
  };
}

/** How much pixel `i` of `from` makes up of part `k` of `to` equal parts of a line. */
export function share(i: number, k: number, from: number, to: number): number {
  const [start, end] = [(k * from) / to, ((k + 1) * from) / to];
  return (Math.max(0, Math.min(end, i + 1) - Math.max(start, i)) * to) / from;
}
