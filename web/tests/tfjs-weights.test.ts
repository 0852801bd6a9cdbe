import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChosenFile, readWeights } from "../src/features/inside/weights";

const shard = (bytes: ArrayBuffer): ChosenFile => ({ name: "w.bin", bytes });
const quantized = (count: number, quantization: object) => [
  { paths: ["w.bin"], weights: [{ name: "w", shape: [count], dtype: "float32", quantization }] },
];

test("weights of 8 and 16 bits are a scale and a minimum", async () => {
  for (const [dtype, integers] of [
    ["uint8", Uint8Array.of(0, 1, 255)],
    ["uint16", Uint16Array.of(0, 7, 65535)],
  ] as const) {
    const found = await readWeights(quantized(3, { dtype, scale: 0.01, min: -1.5 }), [
      shard(integers.buffer as ArrayBuffer),
    ]);
    assert.deepEqual(
      [...found.get("w")!.values],
      Array.from(integers, (one) => Math.fround(one * 0.01 - 1.5)),
    );
  }
});

test("float16 weights of every exponent are read; infinities are refused", async () => {
  const known: readonly (readonly [bits: number, value: number])[] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x83ff, -1023 * 2 ** -24],
    [0x3555, 0.333251953125],
    [0x8000, -0],
  ];
  const read = async (bits: readonly number[]) => {
    const shards = [shard(Uint16Array.from(bits).buffer)];
    return (await readWeights(quantized(bits.length, { dtype: "float16" }), shards)).get("w")!.values;
  };
  assert.deepEqual(
    [...(await read(known.map(([bits]) => bits)))],
    known.map(([, value]) => value),
  );
  for (const bits of [0x7c00, 0xfc00, 0x7e00]) await assert.rejects(read([bits]), /a number that is not finite/);
});

test("weights that would fill more memory than a model file are refused before it is spent", async () => {
  const group = {
    paths: ["w.bin"],
    weights: [
      { name: "w", shape: [2 ** 24 + 1], dtype: "float32", quantization: { dtype: "uint8", scale: 1, min: 0 } },
    ],
  };
  await assert.rejects(readWeights([group], [shard(new ArrayBuffer(2 ** 24 + 1))]), /more weights than a model file/);
});
