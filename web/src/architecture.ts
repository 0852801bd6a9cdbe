// A network's specification -> the engine's layers and the tensors it needs; as in architectures.py.
import { isObject, isWhole, type Json } from "./json";
import type { Layer } from "./network";

export interface Tensor {
  readonly name: string;
  /** Convolution: in, kernel, kernel, out; dense: in, out, where `in` counts channel, row, column. */
  readonly shape: readonly number[];
}

export interface Architecture {
  readonly height: number;
  readonly width: number;
  readonly layers: readonly Layer[];
  /** Their values, one after another, are the engine's parameter array. */
  readonly tensors: readonly Tensor[];
  readonly classes: number;
}

/** What is wrong with a model file; `model.ts` words it for the page. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

export function need(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new ModelError(problem);
}

const KEYS: Readonly<Record<Layer["kind"], readonly string[]>> = {
  conv: ["conv", "kernel", "stride", "padding"],
  maxpool: ["maxpool"],
  dense: ["dense"],
  relu: ["relu"],
};
const MAX_LAYERS = 32;
const MAX_SIDE = 512;
const MAX_SIZE = 4096; // channels or outputs of one layer
const MAX_KERNEL = 15;
const MAX_STRIDE = 8;

function whole(value: unknown, limit: number, what: string): number {
  need(isWhole(value, 1, limit), `${what} must be a whole number, 1 to ${limit}`);
  return value;
}

function readLayer(entry: unknown, place: string): Layer {
  need(isObject(entry), `${place} must be an object`);
  const kinds = (Object.keys(KEYS) as Layer["kind"][]).filter((kind) => kind in entry);
  const [kind] = kinds;
  need(kind !== undefined && kinds.length === 1, `${place} must have one of ${Object.keys(KEYS).join(", ")}`);
  need(Object.keys(entry).every((key) => KEYS[kind].includes(key)), `${place} has a field that ${kind} does not take`);
  const size = kind === "relu" ? 0 : whole(entry[kind], MAX_SIZE, place);
  return kind === "conv" ? readConvolution(entry, size, place) : { kind, size, kernel: 0, stride: 1, padding: 0 };
}

function readConvolution(entry: Json, size: number, place: string): Layer {
  const kernel = whole(entry["kernel"], MAX_KERNEL, `the kernel of ${place}`);
  const stride = whole(entry["stride"] ?? 1, MAX_STRIDE, `the stride of ${place}`);
  const padding = entry["padding"] ?? "valid";
  need(padding === "valid" || (padding === "same" && kernel % 2 === 1), `the padding of ${place} is not possible`);
  return { kind: "conv", size, kernel, stride, padding: padding === "same" ? (kernel - 1) / 2 : 0 };
}

export function readArchitecture(spec: Json): Architecture {
  const { input, layers: entries } = spec;
  need(Array.isArray(input) && input.length === 2, "the architecture lacks the size of its input");
  need(
    Array.isArray(entries) && entries.length > 0 && entries.length <= MAX_LAYERS,
    `the architecture must have 1 to ${MAX_LAYERS} layers`,
  );
  const height = whole(input[0], MAX_SIDE, "the height of the input");
  const width = whole(input[1], MAX_SIDE, "the width of the input");
  const layers = entries.map((entry, i) => readLayer(entry, `layer ${i + 1}`));
  need(layers.at(-1)?.kind === "dense", "the last layer must be dense");
  return { height, width, layers, ...follow(layers, height, width) };
}

/** Follows the shape of the activation through the layers. */
function follow(layers: readonly Layer[], height: number, width: number): Pick<Architecture, "tensors" | "classes"> {
  const tensors: Tensor[] = [];
  const count = { conv: 0, maxpool: 0, dense: 0, relu: 0 };
  let [channels, rows, columns] = [1, height, width];
  for (const { kind, size, kernel, stride, padding } of layers) {
    const name = `${kind}${++count[kind]}`;
    const weights = (...shape: number[]) =>
      tensors.push({ name: `${name}.weight`, shape }, { name: `${name}.bias`, shape: [size] });
    if (kind === "conv" || kind === "maxpool") {
      need(count.dense === 0, `${name} must come before the dense layers`);
    }
    if (kind === "conv") {
      const after = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
      weights(channels, kernel, kernel, size);
      [channels, rows, columns] = [size, after(rows), after(columns)];
    } else if (kind === "maxpool") {
      [rows, columns] = [Math.floor(rows / size), Math.floor(columns / size)];
    } else if (kind === "dense") {
      weights(channels * rows * columns, size);
      [channels, rows, columns] = [size, 1, 1];
    }
    need(rows > 0 && columns > 0, `${name} is larger than what it is applied to`);
  }
  return { tensors, classes: channels };
}
