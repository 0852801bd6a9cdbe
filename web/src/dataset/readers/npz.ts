// Reader of data sets in NPZ, a zip archive of NumPy arrays: docs/reference/data.md. As strict as Python's reader.

import { letterClasses } from "../../model/labels";
import { LETTERS } from "../../model/letters";
import { DataError } from "../errors";
import type { Dataset } from "../types";
import { readZip } from "./zip";

const SMALL = 2 ** 24; // bytes unpacked
const LIMITS = new Map([
  ["images.npy", 2 ** 30],
  ["labels.npy", SMALL],
  ["groups.npy", SMALL],
  ["classes.npy", SMALL],
  ["attributions.npy", SMALL],
  ["credits.npy", SMALL], // the name in earlier files
]);

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];

/** An array in the NPY format, row-major. */
interface Numbers {
  readonly name: string;
  /** NumPy's name of the type: |u1 and others. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Reads a data set of these classes, by default A to Z; in the file, labels count from 1. */
export async function readNpz(file: ArrayBuffer, name: string, network = LETTERS): Promise<Dataset> {
  const members = readZip(file, (name) => LIMITS.get(name));
  const read = (name: string) => {
    const member = members.get(`${name}.npy`);
    return member ? arrayOf(member, name) : null;
  };
  const [images, labels, groups, classes] = ["images", "labels", "groups", "classes"].map(read);
  const attributions = read("attributions") ?? read("credits");
  if (!images) throw new DataError("it has no images.npy");
  if (!labels) throw new DataError("it has no labels.npy");
  if (images.type !== "|u1") throw new DataError("images does not contain bytes");
  const [count = 0, rows = 0, columns = 0] = images.shape;
  const isColumn = (array: Numbers) => array.shape.length === 1 && array.shape[0] === count;
  if (images.shape.length !== 3 || rows !== columns || !isColumn(labels) || (groups && !isColumn(groups))) {
    throw new DataError("its images and labels differ in number, or its images are not square");
  }
  const letters = integersOf(labels);
  const places = classes
    ? textsOf(classes).map((name) => (name.length === 1 ? network.indexOf(name) : -1))
    : (letterClasses(network) ?? [-1]);
  if (places.includes(-1))
    throw new DataError(
      network === LETTERS ? "its classes are not the letters A to Z" : "its classes are not those of the network",
    );
  if (!letters.every((label) => label >= 1 && label <= places.length))
    throw new DataError("a label is not within 1 to {}", places.length);
  return {
    name,
    images: images.data,
    labels: Uint8Array.from(letters, (label) => places[label - 1]!),
    side: rows,
    groups: groups ? ranksOf(groups) : null,
    attributions: attributions ? textsOf(attributions) : [],
  };
}

/** Parses versions 1 and 2 of the format. */
function arrayOf(member: Uint8Array, name: string): Numbers {
  const view = new DataView(member.buffer, member.byteOffset, member.byteLength);
  if (member.length < 12 || !MAGIC.every((byte, i) => member[i] === byte))
    throw new DataError("{} is not a NumPy array", name);
  const wide = member[6]! > 1;
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(member.subarray(wide ? 12 : 10, start));
  const match = /^\{'descr': '([|<][iuU][0-9]+)', 'fortran_order': False, 'shape': \(([0-9, ]*)\), *\}\s*$/.exec(
    header,
  );
  if (!match) throw new DataError("{} must contain bytes, integers or text in row-major order", name);
  const [, type = "", sides = ""] = match;
  const shape = sides
    .split(",")
    .filter((part) => part.trim())
    .map(Number);
  const size = Number(type.slice(2)) * (type[1] === "U" ? 4 : 1);
  const data = member.slice(start);
  if (shape.reduce((product, length) => product * length, size) !== data.length)
    throw new DataError("{} is cut short", name);
  return { name, type, shape, data };
}

function integersOf({ name, type, data: { buffer } }: Numbers): readonly number[] {
  switch (type) {
    case "|u1":
      return Array.from(new Uint8Array(buffer));
    case "|i1":
      return Array.from(new Int8Array(buffer));
    case "<u2":
      return Array.from(new Uint16Array(buffer));
    case "<i2":
      return Array.from(new Int16Array(buffer));
    case "<u4":
      return Array.from(new Uint32Array(buffer));
    case "<i4":
      return Array.from(new Int32Array(buffer));
    case "<i8":
      return Array.from(new BigInt64Array(buffer), Number);
    case "<u8":
      return Array.from(new BigUint64Array(buffer), Number);
    default:
      throw new DataError("{} does not contain integers", name);
  }
}

/** Ranks of integers; those of 64 bits are compared exactly, as int64. */
function ranksOf(numbers: Numbers): Int32Array {
  return numbers.type === "<i8" || numbers.type === "<u8"
    ? ranks(new BigInt64Array(numbers.data.buffer))
    : ranks(integersOf(numbers));
}

/** Reads fixed-length texts, which NumPy pads with zeros. */
function textsOf({ name, type, shape: [count = 0], data: { buffer } }: Numbers): readonly string[] {
  const length = Number(type.slice(2));
  if (type[1] !== "U" || length === 0) throw new DataError("{} does not contain text", name);
  const codes = new Uint32Array(buffer);
  if (!codes.every((code) => code <= 0x10ffff)) throw new DataError("{} does not contain text", name);
  return Array.from({ length: count }, (_, i) => {
    return String.fromCodePoint(...codes.subarray(i * length, (i + 1) * length)).replace(/\0+$/, "");
  });
}

/** For each value its place among the different values, from 0. */
export function ranks<T extends number | bigint>(values: Iterable<T>): Int32Array {
  const all = [...values];
  const sorted = [...new Set(all)].sort((a, b) => (a < b ? -1 : Number(a > b)));
  const rank = new Map(sorted.map((value, i) => [value, i]));
  return Int32Array.from(all, (value) => rank.get(value)!);
}
