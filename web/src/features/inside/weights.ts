// Reader of the weights of a TensorFlow.js model: its weightsManifest and shards.

import type { Message } from "../../i18n/message";
import { MAX_BYTES } from "../../model/file";
import { isObject, isWhole, type Json } from "../../model/json";
import { ModelError, need } from "../../model/spec";

const MAX_NUMBERS = MAX_BYTES / 4;
const MAX_SIZE = 1e30; // of a scale and of a minimum
export const MAX_LISTED = 1000; // layers, shards, weights

/** A file that was chosen. */
export interface ChosenFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

export type Tensor = Float32Array<ArrayBuffer>;

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Tensor;
}

/** Reads weights by name. Throws ModelError for missing, superfluous and non-finite ones. */
export async function readWeights(manifest: unknown, shards: readonly ChosenFile[]): Promise<Map<string, Weight>> {
  need(
    Array.isArray(manifest) && manifest.length > 0 && manifest.length <= MAX_LISTED,
    "model.json has no weightsManifest",
  );
  const tensors = new Map<string, Weight>();
  let numbers = 0;
  for (const group of manifest as unknown[]) {
    need(isObject(group), "its weightsManifest is damaged");
    const { paths, weights } = group;
    need(
      Array.isArray(paths) && paths.length <= MAX_LISTED && paths.every((path) => typeof path === "string"),
      "its weightsManifest names no files",
    );
    need(
      Array.isArray(weights) && weights.length <= MAX_LISTED && weights.every(isObject),
      "its weightsManifest lists no weights",
    );
    const file = new Blob((paths as string[]).map((path) => shardOf(path, shards)));
    need(file.size <= MAX_BYTES, "its .bin files are larger than 64 MiB");
    const bytes = await file.arrayBuffer();
    let at = 0;
    for (const entry of weights as Json[]) {
      const { name, shape } = entry;
      need(typeof name === "string" && !tensors.has(name), "a weight has no name, or the name of another weight");
      const place: Message = ["the weight {}", name.slice(0, 60)];
      const { size, read } = storedAs(entry, place);
      need(
        Array.isArray(shape) && shape.length <= 4 && shape.every((side) => isWhole(side, 1, MAX_BYTES)),
        "{} has no valid shape",
        place,
      );
      const count = (shape as number[]).reduce((product, side) => product * side, 1);
      need(at + count * size <= bytes.byteLength, "{} lies beyond the end of the .bin files", place);
      need((numbers += count) <= MAX_NUMBERS, "it has more weights than a model file can contain");
      const values = read(bytes.slice(at, (at += count * size)));
      need(values.every(Number.isFinite), "{} contains a number that is not finite", place);
      tensors.set(name, { shape: shape as number[], values });
    }
    need(at === bytes.byteLength, "the .bin files hold {} bytes instead of {}", bytes.byteLength, at);
  }
  return tensors;
}

/** Files are matched by their names alone: no path is followed. */
function shardOf(path: string, shards: readonly ChosenFile[]): ArrayBuffer {
  const shard = shards.find(({ name }) => name === path);
  need(shard !== undefined, "{} is missing; choose it together with model.json", path.slice(0, 60));
  return shard.bytes;
}

/** How numbers lie in the file: the bytes of each, and what makes float32 of them. */
interface Stored {
  readonly size: number;
  readonly read: (bytes: ArrayBuffer) => Tensor;
}

function storedAs({ dtype, quantization: how }: Json, place: Message): Stored {
  need(dtype === "float32", "{} is not of type float32", place);
  if (how === undefined) return { size: 4, read: (bytes) => new Float32Array(bytes) };
  need(isObject(how), "{} has an invalid quantization", place);
  const { dtype: stored, scale, min } = how;
  if (stored === "float16") return { size: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes), half) };
  const integers = stored === "uint8" ? Uint8Array : stored === "uint16" ? Uint16Array : null;
  if (!integers) throw new ModelError("{} is not stored as float32, float16, uint8 or uint16", place);
  const isValid = [scale, min].every((value) => typeof value === "number" && Math.abs(value) < MAX_SIZE);
  need(isValid, "{} has no valid scale and minimum", place);
  const weight = (value: number) => value * (scale as number) + (min as number);
  return { size: integers.BYTES_PER_ELEMENT, read: (bytes) => Float32Array.from(new integers(bytes), weight) };
}

/** The number whose 16 bits are those of IEEE 754's binary16. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  if (exponent === 31) return NaN; // infinities, too, are no weights
  return bits >> 15 ? -size : size;
}
