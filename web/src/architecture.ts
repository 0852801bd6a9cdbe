// A network's specification -> the engine's layers and the tensors it needs; as in specification.py.
import { LenetError } from "./errors";
import { isObject, isWhole, type Json } from "./json";
import { LAYER, type Layer } from "./network";

export interface Tensor {
  readonly name: string;
  /** As docs/model-file.md has it. */
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
  /** What it was read from. */
  readonly spec: Json;
  readonly height: number;
  readonly width: number;
  readonly layers: readonly Layer[];
  readonly stages: readonly Stage[];
  /** Their values, one after another, are the engine's parameter array. */
  readonly tensors: readonly Tensor[];
  readonly classes: number;
}

/** What is wrong with a model file; `model.ts` makes a sentence of it. */
export class ModelError extends LenetError {}

export function need(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new ModelError(problem);
}

type Kind = Layer["kind"];
type Reader = (kind: Kind, entry: Json, place: string) => Partial<Layer>;

const MAX_LAYERS = 32;
const MAX_SIDE = 512;
const MAX_SIZE = 4096; // channels or outputs of one layer
const MAX_KERNEL = 15;
const MAX_STRIDE = 8;
const MAX_PARAMETERS = 2 ** 26;
const MAX_TABLE = 2 ** 14; // entries of all tables together
const MAX_LEVEL = 100; // magnitude of a pixel or of padding, as the network sees it

// ---- One layer ----------------------------------------------------------------------------------

/** What each kind is read by, and the keys that it takes besides its own. */
const KINDS: Readonly<Record<Kind, readonly [read: Reader, ...keys: string[]]>> = {
  conv: [readConvolution, "kernel", "stride", "padding", "background", "bias", "table"],
  maxpool: [readSized],
  subsample: [readSized],
  dense: [readSized],
  rbf: [readCodes, "codes"],
  relu: [readActivation],
  tanh: [readActivation],
  scale: [readScale],
  resize: [readSized],
};

function whole(value: unknown, limit: number, what: string): number {
  need(isWhole(value, 1, limit), `${what} must be a whole number, 1 to ${limit}`);
  return value;
}

function level(value: unknown, what: string): number {
  const right = typeof value === "number" && Math.abs(value) <= MAX_LEVEL;
  need(right, `${what} must be a number, -${MAX_LEVEL} to ${MAX_LEVEL}`);
  return value;
}

/** Rows of "X" and "." as ones and zeros, row by row. */
function readTable(value: unknown, what: string): number[][] {
  const right = Array.isArray(value) && value.every((row) => typeof row === "string" && /^[X.]*$/.test(row));
  need(right, `${what} must be rows of X and .`);
  return (value as string[]).map((row) => Array.from(row, (mark) => Number(mark === "X")));
}

function readLayer(entry: unknown, place: string): Layer {
  need(isObject(entry), `${place} must be an object`);
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => kind in entry);
  const [kind] = kinds;
  need(kind !== undefined && kinds.length === 1, `${place} must have one of ${Object.keys(KINDS).join(", ")}`);
  const [read, ...keys] = KINDS[kind];
  const taken = Object.keys(entry).every((key) => key === kind || keys.includes(key));
  need(taken, `${place} has a field that ${kind} does not take`);
  return { ...LAYER, ...read(kind, entry, place), kind };
}

function readSized(kind: Kind, entry: Json, place: string): { size: number } {
  return { size: whole(entry[kind], MAX_SIZE, place) };
}

function readActivation(kind: Kind, entry: Json, place: string): Partial<Layer> {
  const { [kind]: value } = entry;
  need(isObject(value) && Object.keys(value).length === 0, `${place} must be {"${kind}": {}}`);
  return {};
}

function readScale(_: Kind, { scale }: Json, place: string): Partial<Layer> {
  need(Array.isArray(scale) && scale.length === 2, `${place} must have two numbers`);
  return { background: level(scale[0], place), ink: level(scale[1], place) };
}

function readConvolution(kind: Kind, entry: Json, place: string): Partial<Layer> {
  const { size } = readSized(kind, entry, place);
  const kernel = whole(entry["kernel"], MAX_KERNEL, `the kernel of ${place}`);
  const stride = whole("stride" in entry ? entry["stride"] : 1, MAX_STRIDE, `the stride of ${place}`);
  const padding = "padding" in entry ? entry["padding"] : "valid";
  need(padding === "valid" || (padding === "same" && kernel % 2 === 1), `the padding of ${place} is not possible`);
  need(padding === "same" || !("background" in entry), `the background of ${place} needs padding "same"`);
  const bias = "bias" in entry ? entry["bias"] : "channel";
  need(bias === "channel" || bias === "unit", `the bias of ${place} must be "channel" or "unit"`);
  const rows = "table" in entry ? readTable(entry["table"], `the table of ${place}`) : null;
  need(!rows || rows.every((row) => row.length === size), `each row of the table of ${place} must have ${size} marks`);
  const fed = (output: number) => !rows || rows.some((row) => row[output]);
  need(Array.from({ length: size }, (_, output) => output).every(fed), `a channel of ${place} has no inputs`);
  return {
    size, kernel, stride,
    padding: padding === "same" ? (kernel - 1) / 2 : 0,
    biases: bias === "unit" ? 1 : 0,
    background: level("background" in entry ? entry["background"] : 0, `the background of ${place}`),
    table: rows?.flat() ?? [],
  };
}

function readCodes(kind: Kind, entry: Json, place: string): Partial<Layer> {
  const { size } = readSized(kind, entry, place);
  const codes = readTable(entry["codes"], `the codes of ${place}`);
  need(codes.length === size, `${place} needs ${size} codes`);
  need(codes.every((code) => code.length === codes[0]!.length), `the codes of ${place} must be of one length`);
  return { size, table: codes.flat() };
}

// ---- All of them --------------------------------------------------------------------------------

export function readArchitecture(spec: Json): Architecture {
  const { input, layers: entries } = spec;
  const keys = Object.keys(spec);
  need(keys.length === 2 && "input" in spec && "layers" in spec, "the architecture must have an input and layers alone");
  need(Array.isArray(input) && input.length === 2, "the architecture lacks the size of its input");
  need(
    Array.isArray(entries) && entries.length > 0 && entries.length <= MAX_LAYERS,
    `the architecture must have 1 to ${MAX_LAYERS} layers`,
  );
  const height = whole(input[0], MAX_SIDE, "the height of the input");
  const width = whole(input[1], MAX_SIDE, "the width of the input");
  const layers = entries.map((entry, i) => readLayer(entry, `layer ${i + 1}`));
  checkOrder(layers.map(({ kind }) => kind));
  const entriesOfTables = layers.reduce((total, { table }) => total + table.length, 0);
  need(entriesOfTables <= MAX_TABLE, `the tables must have at most ${MAX_TABLE} entries`);
  return { spec, height, width, layers, ...follow(layers, height, width) };
}

function checkOrder(kinds: readonly Kind[]): void {
  kinds.forEach((kind, i) => {
    need(kind !== "scale" || i === 0, "scale must be the first layer");
    need(kind !== "resize" || i === (kinds[0] === "scale" ? 1 : 0), "resize must be the first layer, or follow scale");
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
    need(!flat || !["conv", "maxpool", "subsample"].includes(kind), `${name} must come before the dense layers`);
    const output = shapeAfter(layer, shape, name);
    need(output[1] > 0 && output[2] > 0, `${name} is larger than what it is applied to`);
    const [weight, bias] = shapesOfTensors(layer, shape, output);
    if (weight && bias) tensors.push({ name: `${name}.weight`, shape: weight }, { name: `${name}.bias`, shape: bias });
    stages.push({ name, layer, input: shape, output });
    shape = output;
  }
  const parameters = tensors.reduce((total, { shape }) => total + shape.reduce((product, side) => product * side), 0);
  need(parameters > 0 && parameters <= MAX_PARAMETERS, `there must be 1 to ${MAX_PARAMETERS} weights`);
  return { stages, tensors, classes: shape[0] };
}

function shapeAfter({ kind, size, kernel, stride, padding, table }: Layer, input: Shape, name: string): Shape {
  const [channels, rows, columns] = input;
  switch (kind) {
    case "conv": {
      const after = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
      need(table.length === 0 || table.length === channels * size, `the table of ${name} needs a row for each input`);
      return [size, after(rows), after(columns)];
    }
    case "maxpool":
    case "subsample":
      return [channels, Math.floor(rows / size), Math.floor(columns / size)];
    case "resize":
      need(size <= rows && size <= columns, `${name} is larger than what it is applied to`);
      return [channels, size, size];
    case "rbf":
      need(table.length === size * channels * rows * columns, `the codes of ${name} need a mark for each input`);
      return [size, 1, 1];
    case "dense":
      return [size, 1, 1];
    default:
      return input;
  }
}

/** Of weight and bias; none where nothing is learned. */
function shapesOfTensors(layer: Layer, [channels, rows, columns]: Shape, output: Shape): readonly (readonly number[])[] {
  const { kind, size, kernel, biases, table } = layer;
  const connections = table.reduce((total, mark) => total + mark, 0);
  switch (kind) {
    case "conv":
      return [
        table.length ? [connections, kernel, kernel] : [channels, kernel, kernel, size],
        biases ? output : [size],
      ];
    case "subsample":
      return [[channels], [channels]];
    case "dense":
      return [[channels * rows * columns, size], [size]];
    default:
      return [];
  }
}
