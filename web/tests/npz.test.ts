import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { DataError } from "../src/dataset/errors";
import { readNpz } from "../src/dataset/readers/npz";
import { LETTERS } from "../src/model/letters";

const code = (character: string) => character.charCodeAt(0);

import { numImages, subset } from "../src/dataset/types";

/** An array of bytes as NumPy writes it. */
function npy(shape: readonly number[], data: Uint8Array, descr = "|u1"): Uint8Array {
  const listed = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${listed}), }`;
  const header = `${text.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00v\x00", "latin1"), Buffer.from(header), data]);
}

interface Written {
  readonly data: Uint8Array;
  /** Size in the archive's directory. */
  readonly said?: number;
  /** As it is, not deflated. */
  readonly stored?: boolean;
}

function zip(members: Readonly<Record<string, Written>>): ArrayBuffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, { data, said, stored = false }] of Object.entries(members)) {
    const packed = stored ? Buffer.from(data) : deflateRawSync(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(said ?? data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), packed);
    entries.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(at, 16);
  return copy(Buffer.concat([...parts, ...entries, end]));
}

const copy = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

const IMAGES = Uint8Array.from({ length: 3 * 4 }, (_, i) => i);
const LABELS = Uint8Array.of(1, 26, 7);
const GOOD = { "images.npy": { data: npy([3, 2, 2], IMAGES) }, "labels.npy": { data: npy([3], LABELS) } };

test("letters are read as NumPy wrote them", async () => {
  const letters = await readNpz(zip({ ...GOOD, "more.npy": { data: Uint8Array.of(1) } }), "mine");
  assert.equal(letters.name, "mine");
  assert.equal(letters.side, 2);
  assert.equal(numImages(letters), 3);
  assert.deepEqual([...letters.images], [...IMAGES]);
  assert.deepEqual([...letters.labels], [0, 25, 6]);
  const some = subset(letters, [2, 0]);
  assert.deepEqual([...some.images], [8, 9, 10, 11, 0, 1, 2, 3]);
  assert.deepEqual([...some.labels], [6, 0]);
});

test("classes are found among those of the network by their names", async () => {
  const classes = { "classes.npy": { data: npy([26], new Uint8Array(Uint32Array.from(LETTERS, code).buffer), "<U1") } };
  const [letters, among] = await Promise.all([
    readNpz(zip(GOOD), "letters"),
    readNpz(zip({ ...GOOD, ...classes }), "among", `0123456789${LETTERS}`),
  ]);
  assert.deepEqual(
    [...among.labels],
    Array.from(letters.labels, (label) => label + 10),
  );
  await assert.rejects(readNpz(zip(GOOD), "letters", "0123456789"), /its classes are not those of the network/);
});

test("members may be stored as they are", async () => {
  const stored = Object.fromEntries(Object.entries(GOOD).map(([name, { data }]) => [name, { data, stored: true }]));
  assert.equal(numImages(await readNpz(zip(stored), "stored")), 3);
});

test("members that an archive only counts are not looked for", async () => {
  const file = zip(GOOD);
  new DataView(file).setUint16(file.byteLength - 22 + 8, 65535, true);
  await assert.rejects(readNpz(file, "counted"), DataError);
});

test("groups, attributions and integers of any size are read", async () => {
  const groups = new Uint8Array(BigInt64Array.of(70n, -1n, 70n).buffer);
  const text = new Uint8Array(Uint32Array.of(0xa9, 0x41, 0x42, 0).buffer);
  const letters = await readNpz(
    zip({
      ...GOOD,
      "labels.npy": { data: npy([3], new Uint8Array(Uint16Array.of(1, 26, 7).buffer), "<u2") },
      "groups.npy": { data: npy([3], groups, "<i8") },
      "attributions.npy": { data: npy([2], text, "<U2") },
    }),
    "mine",
  );
  assert.deepEqual([...letters.labels], [0, 25, 6]);
  assert.deepEqual([...letters.groups!], [1, 0, 1]); // by size
  assert.deepEqual(letters.attributions, ["©A", "B"]);
  assert.deepEqual([...subset(letters, [2]).groups!], [1]);
});

test("attributions are read under their earlier name, credits, too", async () => {
  const text = new Uint8Array(Uint32Array.from("©A", (character) => character.codePointAt(0)!).buffer);
  const letters = await readNpz(zip({ ...GOOD, "credits.npy": { data: npy([1], text, "<U2") } }), "mine");
  assert.deepEqual(letters.attributions, ["©A"]);
});

test("the set of the package is read", async () => {
  const file = readFileSync(new URL("../../src/lenet/datasets/assets/font_letters.npz", import.meta.url));
  const letters = await readNpz(copy(file), "font-letters");
  assert.ok(numImages(letters) > 5000);
  assert.equal(letters.side, 28);
  assert.ok(letters.attributions.length > 20 && letters.attributions.every((credit) => credit.includes("@fontsource")));
  assert.ok(new Set(letters.groups).size < numImages(letters));
  assert.equal(new Set(letters.labels).size, 26);
});

test("what is no set of letters is refused", async () => {
  const bad: Readonly<Record<string, ArrayBuffer>> = {
    empty: new ArrayBuffer(0),
    noise: copy(new Uint8Array(1000)),
    "no labels": zip({ "images.npy": GOOD["images.npy"] }),
    "other numbers": zip({ ...GOOD, "labels.npy": { data: npy([2], LABELS.subarray(0, 2)) } }),
    "a label of 27": zip({ ...GOOD, "labels.npy": { data: npy([3], Uint8Array.of(1, 27, 3)) } }),
    "a label of 0": zip({ ...GOOD, "labels.npy": { data: npy([3], Uint8Array.of(0, 2, 3)) } }),
    "not square": zip({ ...GOOD, "images.npy": { data: npy([3, 4, 1], IMAGES) } }),
    "cut short": zip({ ...GOOD, "images.npy": { data: npy([3, 2, 2], IMAGES.subarray(1)) } }),
    objects: zip({ ...GOOD, "images.npy": { data: npy([3, 2, 2], IMAGES, "|O") } }),
    "more than it says": zip({ ...GOOD, "images.npy": { data: npy([3, 2, 2], IMAGES), said: 5 } }),
    "less than it says": zip({ ...GOOD, "images.npy": { data: npy([3, 2, 2], IMAGES), said: 500 } }),
    "other classes": zip({
      ...GOOD,
      "classes.npy": { data: npy([2], new Uint8Array(Uint32Array.of(0x30, 0x31).buffer), "<U1") },
    }),
    "groups of text": zip({ ...GOOD, "groups.npy": { data: npy([3], new Uint8Array(12), "<U1") } }),
    "less than it says, stored": zip({ ...GOOD, "labels.npy": { data: npy([3], LABELS), said: 500, stored: true } }),
    "too much": zip({ ...GOOD, "labels.npy": { data: npy([3], LABELS), said: 2 ** 31 } }),
  };
  for (const [what, file] of Object.entries(bad)) await assert.rejects(readNpz(file, what), DataError, what);
});

test("an archive that is cut anywhere is refused, not half-read", async () => {
  const whole = zip(GOOD);
  for (let length = 0; length < whole.byteLength; length++) {
    await assert.rejects(readNpz(whole.slice(0, length), "cut"), DataError, String(length));
  }
});
