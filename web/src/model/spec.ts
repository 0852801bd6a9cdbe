// Reads a network's specification into the engine's layers and the shapes of its tensors. As models/spec.py.

import {
  BIAS,
  KIND,
  MAX_CHANNELS,
  MAX_KERNEL,
  MAX_LAYERS,
  MAX_LEVEL,
  MAX_PARAMETERS,
  MAX_SIDE,
  MAX_STRIDE,
  MAX_TABLE,
} from "../engine/abi.gen";
import { LAYER, type Layer } from "../engine/network";
import { LenetError } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { isObject, isWhole, type Json } from "./json";

export interface Tensor {
  readonly name: string;
  /** As docs/reference/model-file.md has it. */
  readonly shape: readonly number[];
}

export type Shape = readonly [channels: number, rows: number, columns: number];

/** A layer in its place: its name and the shapes of an image before and after it. */
export interface Stage {
  readonly name: string;
  readonly layer: Layer;
  readonly input: Shape;
  readonly output: Shape;
}

export interface Architecture {
  /** The specification that it was read from. */
  readonly spec: Json;
  readonly height: number;
  readonly width: number;
  readonly layers: readonly Layer[];
  readonly stages: readonly Stage[];
  /** Their values, one after another, are the engine's parameter array. */
  readonly tensors: readonly Tensor[];
  readonly classes: number;
}

/** A problem of a model file; `file.ts` makes a sentence of it. */
export class ModelError extends LenetError {}

export function need(condition: boolean, ...problem: Message): asserts condition {
  if (!condition) throw new ModelError(...problem);
}

type Kind = Layer["kind"];
const KINDS = Object.keys(KIND).map((name) => name.toLowerCase()) as Kind[];
type Reader = (kind: Kind, entry: Json, place: Message) => Partial<Layer>;

// ---- One layer ----------------------------------------------------------------------------------

/** Reader and further keys of each layer kind with fields; the other kinds are activation functions. */
const READERS: Readonly<Partial<Record<Kind, readonly [read: Reader, ...keys: string[]]>>> = {
  conv: [readConvolution, "kernel", "stride", "padding", "pad_value", "background", "bias", "table"],
  maxpool: [readPooling],
  subsample: [readPooling],
  dense: [readDense],
  rbf: [readCodes, "codes"],
  scale: [readScale],
  resize: [readResize],
};

function whole(value: unknown, limit: number, what: Message): number {
  need(isWhole(value, 1, limit), "{} must be a whole number, {} to {}", what, 1, limit);
  return value;
}

function level(value: unknown, what: Message): number {
  const isLevel = typeof value === "number" && Math.abs(value) <= MAX_LEVEL;
  need(isLevel, "{} must be a number, {} to {}", what, -MAX_LEVEL, MAX_LEVEL);
  return value;
}

/** Rows of "X" and "." as ones and zeros, row by row. */
function readTable(value: unknown, what: Message): number[][] {
  const isTable = Array.isArray(value) && value.every((row) => typeof row === "string" && /^[X.]*$/.test(row));
  need(isTable, '{} must be a list of rows of "X" and "."', what);
  return (value as string[]).map((row) => Array.from(row, (mark) => Number(mark === "X")));
}

function readLayer(entry: unknown, place: Message): Layer {
  need(isObject(entry), "{} must be an object", place);
  const kinds = KINDS.filter((kind) => kind in entry);
  const [kind] = kinds;
  need(
    kind !== undefined && kinds.length === 1,
    "{} must have exactly one of these fields: {}",
    place,
    KINDS.join(", "),
  );
  const [read, ...keys] = READERS[kind] ?? [readActivation];
  const taken = Object.keys(entry).every((key) => key === kind || keys.includes(key)) && !hasBoth(entry);
  need(taken, "{} has a field that is unknown to {}", place, kind);
  return { ...LAYER, ...read(kind, entry, place), kind };
}

/** `background` is the name of `pad_value` in files of early versions. */
function hasBoth(entry: Json): boolean {
  return "background" in entry && "pad_value" in entry;
}

function readDense(kind: Kind, entry: Json, place: Message): { out_channels: number } {
  return { out_channels: whole(entry[kind], MAX_CHANNELS, place) };
}

function readPooling(kind: Kind, entry: Json, place: Message): Partial<Layer> {
  return { window: whole(entry[kind], MAX_SIDE, place) };
}

function readResize(_: Kind, { resize }: Json, place: Message): Partial<Layer> {
  return { side: whole(resize, MAX_SIDE, place) };
}

function readActivation(kind: Kind, entry: Json, place: Message): Partial<Layer> {
  const { [kind]: value } = entry;
  need(isObject(value) && Object.keys(value).length === 0, "{} must be {}", place, `{"${kind}": {}}`);
  return {};
}

function readScale(_: Kind, { scale }: Json, place: Message): Partial<Layer> {
  need(Array.isArray(scale) && scale.length === 2, "{} must have two numbers, for paper and ink", place);
  return { low: level(scale[0], place), high: level(scale[1], place) };
}

function readConvolution(kind: Kind, entry: Json, place: Message): Partial<Layer> {
  const { out_channels } = readDense(kind, entry, place);
  const kernel = whole(entry["kernel"], MAX_KERNEL, ["the kernel of {}", place]);
  const stride = whole("stride" in entry ? entry["stride"] : 1, MAX_STRIDE, ["the stride of {}", place]);
  const padding = "padding" in entry ? entry["padding"] : "valid";
  need(
    padding === "valid" || (padding === "same" && kernel % 2 === 1),
    'the padding of {} must be "valid", or "same" with an odd kernel',
    place,
  );
  const { background = 0, pad_value = background } = entry;
  need(padding === "same" || pad_value === 0, 'the pad_value of {} needs padding "same"', place);
  const bias = "bias" in entry ? entry["bias"] : "channel";
  need(bias === "channel" || bias === "unit", 'the bias of {} must be "channel" or "unit"', place);
  const rows = "table" in entry ? readTable(entry["table"], ["the connection table of {}", place]) : null;
  need(
    !rows || rows.every((row) => row.length === out_channels),
    "each row of the connection table of {} must have {} characters",
    place,
    out_channels,
  );
  const fed = (output: number) => !rows || rows.some((row) => row[output]);
  need(
    Array.from({ length: out_channels }, (_, output) => output).every(fed),
    "an output channel of {} has no inputs",
    place,
  );
  return {
    out_channels,
    kernel,
    stride,
    padding: padding === "same" ? (kernel - 1) / 2 : 0,
    biases: bias === "unit" ? BIAS.PER_UNIT : BIAS.PER_CHANNEL,
    pad_value: level(pad_value, ["the pad_value of {}", place]),
    table: rows?.flat() ?? [],
  };
}

function readCodes(kind: Kind, entry: Json, place: Message): Partial<Layer> {
  const { out_channels } = readDense(kind, entry, place);
  const codes = readTable(entry["codes"], ["the output codes of {}", place]);
  need(codes.length === out_channels, "{} needs {} output codes", place, out_channels);
  need(
    codes.every((code) => code.length === codes[0]!.length),
    "the output codes of {} must have equal lengths",
    place,
  );
  return { out_channels, table: codes.flat() };
}

// ---- All of them --------------------------------------------------------------------------------

export function readArchitecture(spec: Json): Architecture {
  const { input, layers: entries } = spec;
  const keys = Object.keys(spec);
  need(
    keys.length === 2 && "input" in spec && "layers" in spec,
    'the architecture must have the fields "input" and "layers" and no others',
  );
  need(Array.isArray(input) && input.length === 2, 'the "input" of the architecture must be its height and width');
  need(
    Array.isArray(entries) && entries.length > 0 && entries.length <= MAX_LAYERS,
    "the architecture must have {} to {} layers",
    1,
    MAX_LAYERS,
  );
  const height = whole(input[0], MAX_SIDE, ["the height of the input"]);
  const width = whole(input[1], MAX_SIDE, ["the width of the input"]);
  const layers = entries.map((entry, i) => readLayer(entry, ["layer {}", i + 1]));
  checkOrder(layers.map(({ kind }) => kind));
  const entriesOfTables = layers.reduce((total, { table }) => total + table.length, 0);
  need(entriesOfTables <= MAX_TABLE, "connection tables and output codes must have at most {} entries", MAX_TABLE);
  return { spec, height, width, layers, ...follow(layers, height, width) };
}

function checkOrder(kinds: readonly Kind[]): void {
  kinds.forEach((kind, i) => {
    need(kind !== "scale" || i === 0, "scale must be the first layer");
    need(
      kind !== "resize" || i === (kinds[0] === "scale" ? 1 : 0),
      "resize must be the first layer, or the second after scale",
    );
    need(kind !== "rbf" || i === kinds.length - 1, "rbf must be the last layer");
  });
  need(["dense", "rbf"].includes(kinds.at(-1)!), "the last layer must be dense or rbf");
}

type Followed = Pick<Architecture, "stages" | "tensors" | "classes">;

/** Follows the shape of the activation through the layers. */
function follow(layers: readonly Layer[], height: number, width: number): Followed {
  const stages: Stage[] = [];
  const tensors: Tensor[] = [];
  const counts = new Map<Kind, number>();
  let shape: Shape = [1, height, width];
  for (const layer of layers) {
    const { kind } = layer;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const name = `${kind}${counts.get(kind)}`;
    const flat = counts.has("dense");
    need(!flat || !["conv", "maxpool", "subsample"].includes(kind), "{} must come before the dense layers", name);
    const output = shapeAfter(layer, shape, name);
    need(output[1] > 0 && output[2] > 0, "{} is larger than its input", name);
    const [weight, bias] = shapesOfTensors(layer, shape, output);
    if (weight && bias) tensors.push({ name: `${name}.weight`, shape: weight }, { name: `${name}.bias`, shape: bias });
    stages.push({ name, layer, input: shape, output });
    shape = output;
  }
  const parameters = tensors.reduce((total, { shape }) => total + shape.reduce((product, side) => product * side), 0);
  need(parameters > 0 && parameters <= MAX_PARAMETERS, "the network must have {} to {} parameters", 1, MAX_PARAMETERS);
  return { stages, tensors, classes: shape[0] };
}

function shapeAfter(layer: Layer, input: Shape, name: string): Shape {
  const { kind, out_channels: outputs, kernel, stride, padding, window, side, table } = layer;
  const [channels, rows, columns] = input;
  switch (kind) {
    case "conv": {
      const after = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
      need(
        table.length === 0 || table.length === channels * outputs,
        "the connection table of {} needs a row for each input channel",
        name,
      );
      return [outputs, after(rows), after(columns)];
    }
    case "maxpool":
    case "subsample":
      return [channels, Math.floor(rows / window), Math.floor(columns / window)];
    case "resize":
      need(side <= rows && side <= columns, "{} is larger than its input", name);
      return [channels, side, side];
    case "rbf":
      need(
        table.length === outputs * channels * rows * columns,
        "the output codes of {} need one character for each input",
        name,
      );
      return [outputs, 1, 1];
    case "dense":
      return [outputs, 1, 1];
    default:
      return input;
  }
}

/** Of weight and bias; none where nothing is learned. */
function shapesOfTensors(
  layer: Layer,
  [channels, rows, columns]: Shape,
  output: Shape,
): readonly (readonly number[])[] {
  const { kind, out_channels: outputs, kernel, biases, table } = layer;
  const connections = table.reduce((total, mark) => total + mark, 0);
  switch (kind) {
    case "conv":
      return [
        table.length ? [connections, kernel, kernel] : [channels, kernel, kernel, outputs],
        biases ? output : [outputs],
      ];
    case "subsample":
      return [[channels], [channels]];
    case "dense":
      return [[channels * rows * columns, outputs], [outputs]];
    default:
      return [];
  }
}
