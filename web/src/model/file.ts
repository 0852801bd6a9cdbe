// Reader of model files: safetensors with metadata (docs/reference/model-file.md). As strict as models/file.py.

import { MAX_PEN, MAX_TEMPERATURE, MIN_PEN, MIN_TEMPERATURE } from "../engine/abi.gen";
import { FORMAT, OLD_FORMAT, withDataNames, withNewNames } from "./format";
import { isObject, isWhole, type Json, parseObject } from "./json";
import { type Architecture, ModelError, need, readArchitecture, type Tensor } from "./spec";

export interface Model {
  readonly architecture: Architecture;
  /** All weights, in the engine's order. */
  readonly parameters: Float32Array;
  /** The class of each output, one character each. */
  readonly labels: string;
  /** Divides the logits before the softmax. */
  readonly temperature: number;
  /** Pen width at inference, as a fraction of the longer side of the drawing; null for the default. */
  readonly pen: number | null;
  /** Threshold in nats: above it the verdict is `not-a-letter`. Null if not fitted. */
  readonly maxEntropy: number | null;
  /** Threshold, 0 to 1: below it the verdict is `unsure`. Null if not fitted. */
  readonly minProbability: number | null;
  /** The training record. */
  readonly training: Json;
}

export const MAX_BYTES = 64 * 2 ** 20;
export const MAX_HEADER = 2 ** 20; // bytes
const PYTORCH = "pt"; // the format in the metadata of a state dict, as in torch.zip of `lenet export`
const DECIMAL = /^[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/;

type Metadata = Readonly<Record<string, string>>;

/** Reads a model file. Throws ModelError if it cannot be used. */
export function readModel(file: ArrayBuffer, rasterizerVersion: number): Model {
  try {
    return read(file, rasterizerVersion);
  } catch (error) {
    if (error instanceof ModelError)
      throw new ModelError("The model file cannot be used: {}. Copy it again, or choose another.", error.content);
    throw error;
  }
}

function read(file: ArrayBuffer, rasterizerVersion: number): Model {
  need(file.byteLength <= MAX_BYTES, "it is larger than {} MiB", MAX_BYTES / 2 ** 20);
  const { entries, metadata, data } = readContents(file);
  const format = field(metadata, "format");
  need(format !== PYTORCH, "it has PyTorch's layout; take the export of safetensors or TensorFlow.js");
  const old = format === OLD_FORMAT;
  need(old || format === FORMAT, 'its format is "{}", but this program reads "{}"', format, FORMAT);
  const version = decimal(metadata, old ? "ink_version" : "rasterizer_version");
  need(
    version === rasterizerVersion,
    "it needs rasterizer version {}, but this program has {}",
    version,
    rasterizerVersion,
  );
  const temperature = decimal(metadata, "temperature");
  const isAllowed = temperature >= MIN_TEMPERATURE && temperature <= MAX_TEMPERATURE;
  need(isAllowed, "its {} is not within {} to {}", "temperature", MIN_TEMPERATURE, MAX_TEMPERATURE);
  const pen = optional(metadata, old ? "pen" : "pen_width", MIN_PEN, MAX_PEN);
  const maxEntropy = optional(metadata, "max_entropy", 0, 10);
  const minProbability = optional(metadata, "min_probability", 0, 1);
  const spec = parseObject(field(metadata, "architecture"));
  need(spec !== null, "its architecture is not JSON");
  const architecture = readArchitecture(spec);
  const labels = field(metadata, "labels");
  const { classes } = architecture;
  need(
    labels.length === classes && new Set(labels).size === classes,
    "it must have a different label for each of its {} outputs",
    classes,
  );
  const record = parseObject(metadata["training"] ?? "{}");
  need(record !== null, "its training record is not JSON");
  const training = withDataNames(old ? withNewNames(record) : record);
  const parameters = readParameters(entries, architecture.tensors, data);
  return { architecture, parameters, labels, temperature, pen, maxEntropy, minProbability, training };
}

function field(metadata: Metadata, key: string): string {
  const value = metadata[key];
  need(value !== undefined, 'its metadata lacks "{}"', key);
  return value;
}

function decimal(metadata: Metadata, key: string): number {
  const text = field(metadata, key);
  need(DECIMAL.test(text), 'its "{}" is not a number', key);
  return Number(text);
}

/** A number that may be missing. */
function optional(metadata: Metadata, key: string, low: number, high: number): number | null {
  if (!(key in metadata)) return null;
  const value = decimal(metadata, key);
  need(value >= low && value <= high, "its {} is not within {} to {}", key, low, high);
  return value;
}

interface Contents {
  readonly entries: Json;
  readonly metadata: Metadata;
  readonly data: ArrayBuffer;
}

/** Little-endian uint64 length of the header, the header (JSON), the numbers. */
function readContents(file: ArrayBuffer): Contents {
  need(file.byteLength > 8 && new Uint8Array(file)[8] === 0x7b, "it is not a safetensors file");
  const length = new DataView(file).getBigUint64(0, true);
  need(length <= MAX_HEADER, "its header is larger than {} MiB", 1);
  const start = 8 + Number(length);
  need(start <= file.byteLength, "its header is cut short");
  const header = parseObject(new TextDecoder().decode(new Uint8Array(file, 8, start - 8)));
  need(header !== null, "its header is not JSON");
  const { __metadata__: metadata, ...entries } = header;
  need(isObject(metadata) && Object.values(metadata).every((value) => typeof value === "string"), "it has no metadata");
  return { entries, metadata: metadata as Metadata, data: file.slice(start) };
}

/** Reads the tensors by name into one array in the engine's order. */
function readParameters(entries: Json, tensors: readonly Tensor[], data: ArrayBuffer): Float32Array {
  const stored = tensors.flatMap((tensor) => storedAs(tensor, entries[tensor.name]));
  const names = new Set(stored.map(({ name }) => name));
  need(
    Object.keys(entries).every((name) => names.has(name)),
    "it contains a tensor that its architecture does not have",
  );
  const spans = stored.map((tensor) => findSpan(entries[tensor.name], tensor));
  let end = 0;
  for (const [start, stop] of [...spans].sort(([a], [b]) => a - b)) {
    need(start === end, "its tensors overlap or leave gaps");
    end = stop;
  }
  need(end === data.byteLength, "it contains {} bytes of weights instead of {}", data.byteLength, end);
  const arrays = new Map(stored.map(({ name, dtype }, i) => [name, new ARRAY[dtype](data.slice(...spans[i]!))]));
  const size = tensors.reduce((total, { name }) => total + arrays.get(name)!.length, 0);
  const parameters = new Float32Array(size);
  let at = 0;
  for (const { name } of tensors) {
    const values = arrays.get(name)!;
    const scale = isWeight(name) ? arrays.get(scaleOf(name)) : undefined;
    parameters.set(scale ? Float32Array.from(values, (value, i) => value * scale[i % scale.length]!) : values, at);
    at += values.length;
  }
  need(parameters.every(Number.isFinite), "a weight is not a finite number");
  return parameters;
}

const ARRAY = { F32: Float32Array, I8: Int8Array } as const;

/** A tensor as it lies in a file. */
interface Stored extends Tensor {
  readonly dtype: keyof typeof ARRAY;
}

const isWeight = (name: string) => name.endsWith(".weight");
const scaleOf = (weight: string) => weight.replace(/weight$/, "scale");

/** A weight in 8 bits has the size of its steps beside it, one for each place of the last axis. */
function storedAs(tensor: Tensor, entry: unknown): readonly Stored[] {
  const small = isWeight(tensor.name) && isObject(entry) && entry["dtype"] === "I8";
  if (!small) return [{ ...tensor, dtype: "F32" }];
  return [
    { ...tensor, dtype: "I8" },
    { name: scaleOf(tensor.name), shape: tensor.shape.slice(-1), dtype: "F32" },
  ];
}

function findSpan(entry: unknown, { name, shape, dtype }: Stored): readonly [start: number, stop: number] {
  need(isObject(entry), "tensor {} is missing", name);
  need(entry["dtype"] === dtype, "tensor {} is not of type F32", name);
  need(
    JSON.stringify(entry["shape"]) === JSON.stringify(shape),
    "tensor {} must have the shape {}",
    name,
    shape.join(" x "),
  );
  const offsets = entry["data_offsets"];
  need(Array.isArray(offsets) && offsets.length === 2, "tensor {} has no offsets", name);
  const [start, stop]: unknown[] = offsets;
  const bytes = shape.reduce((product, side) => product * side, ARRAY[dtype].BYTES_PER_ELEMENT);
  need(isWhole(start, 0, MAX_BYTES) && stop === start + bytes, "tensor {} has wrong offsets", name);
  return [start, start + bytes];
}
