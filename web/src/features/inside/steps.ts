// A model as a list of steps: the input, each layer with its weights, the softmax.

import { LAYER, type Layer } from "../../engine/network";
import type { Model } from "../../model/file";
import type { Architecture, Shape, Stage } from "../../model/spec";

export type Kind = Layer["kind"] | "input" | "softmax";

export interface Step {
  /** As in the model file, "conv1"; "input" and "answer" around them. */
  readonly name: string;
  /** Name in the papers of 1989 to 1998, "C1"; empty for other architectures and for steps that they do not count. */
  readonly paper: string;
  readonly kind: Kind;
  readonly layer: Omit<Layer, "kind">;
  readonly input: Shape;
  readonly output: Shape;
  /**
   * conv (in, row, column, out), with zeros where a table has no connection; dense (in, out); rbf the
   * codes, +1 or -1, (in, out); subsample (channel).
   */
  readonly weight: Float32Array;
  /** A number for each output channel, or for each unit. */
  readonly bias: Float32Array;
  /** How many numbers of it were learned. */
  readonly parameters: number;
}

/** The scaled tanh, 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A). */
export const TANH_HEIGHT = 1.7159;
export const TANH_SLOPE = 2 / 3;

const NONE = new Float32Array(0);

export function stepsOf({ architecture, parameters }: Model): readonly Step[] {
  const { height, width, classes } = architecture;
  const [image, answer]: [Shape, Shape] = [
    [1, height, width],
    [classes, 1, 1],
  ];
  const around = { paper: "", layer: LAYER, weight: NONE, bias: NONE, parameters: 0 };
  const names = paperNames(architecture);
  let at = 0;
  const take = (count: number) => parameters.subarray(at, (at += count));
  const layers = architecture.stages.map((stage) => {
    const [weight, bias] = architecture.tensors
      .filter(({ name }) => name.startsWith(`${stage.name}.`))
      .map(({ shape }) => take(sizeOf(shape)));
    return layerStep(stage, names.get(stage.name) ?? "", weight ?? NONE, bias ?? NONE);
  });
  return [
    { ...around, name: "input", kind: "input", input: image, output: image },
    ...layers,
    { ...around, name: "answer", kind: "softmax", input: answer, output: answer },
  ];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Which pixels of a line of `from` make up the i-th of its `to` equal parts: from..from + shares.length. */
export function covered(
  i: number,
  from: number,
  to: number,
): { readonly first: number; readonly shares: readonly number[] } {
  const first = Math.floor((i * from) / to);
  const shares: number[] = [];
  for (let p = first; p * to < (i + 1) * from; p++) {
    shares.push((Math.min((p + 1) * to, (i + 1) * from) - Math.max(p * to, i * from)) / from);
  }
  return { first, shares };
}

/** Returns true if an output channel of a convolution is connected with an input channel. */
export function isConnected(step: Step, input: number, output: number): boolean {
  const { table, out_channels: outputs } = step.layer;
  return table.length === 0 || table[input * outputs + output] === 1;
}

function layerStep(
  { name, layer, input, output }: Stage,
  paper: string,
  weight: Float32Array,
  bias: Float32Array,
): Step {
  const parameters = weight.length + bias.length;
  const step = { name, paper, kind: layer.kind, layer, input, output, weight, bias, parameters };
  if (layer.kind === "rbf") return { ...step, weight: codes(layer) };
  return layer.kind === "conv" && layer.table.length > 0 ? { ...step, weight: scatter(layer, input[0], weight) } : step;
}

/** (out, in) marks to (in, out) of +1 and -1. */
function codes({ table, out_channels: outputs }: Layer): Float32Array {
  const inputs = table.length / outputs;
  return Float32Array.from(table, (_, i) => (table[(i % outputs) * inputs + Math.floor(i / outputs)] ? 1 : -1));
}

/** The weights of the connections, (connection, area), among zeros: (in, area, out). */
function scatter({ table, out_channels: outputs, kernel }: Layer, inputs: number, weight: Float32Array): Float32Array {
  const area = kernel * kernel;
  const dense = new Float32Array(inputs * area * outputs);
  let n = 0;
  table.forEach((mark, i) => {
    if (!mark) return;
    const [input, output] = [Math.floor(i / outputs), i % outputs];
    for (let at = 0; at < area; at++) dense[(input * area + at) * outputs + output] = weight[n++]!;
  });
  return dense;
}

/** Names of the hidden layers in the papers of 1989, 1990 and 1998, by kinds and numbers of outputs. */
const PAPERS: Readonly<Record<string, readonly string[]>> = {
  "conv 12, conv 12, dense 30": ["H1", "H2", "H3"],
  "conv 4, pool 4, conv 12, pool 12": ["H1", "H2", "H3", "H4"],
  "conv 6, pool 6, conv 16, pool 16, dense 120, dense 84": ["C1", "S2", "C3", "S4", "C5", "F6"],
};

const COUNTED: Readonly<Partial<Record<Kind, string>>> = {
  conv: "conv",
  maxpool: "pool",
  subsample: "pool",
  dense: "dense",
  rbf: "dense",
};

/** Returns the papers' names of layers, by ours; empty for architectures that are not in the papers. */
export function paperNames({ stages }: Architecture): ReadonlyMap<string, string> {
  const counted = stages.filter(({ layer }) => COUNTED[layer.kind]);
  const hidden = counted.slice(0, -1).map(({ layer, output }) => `${COUNTED[layer.kind]} ${output[0]}`);
  const names = PAPERS[hidden.join(", ")];
  return new Map(names ? counted.map(({ name }, i) => [name, names[i] ?? "output"]) : []);
}
