// TensorFlow.js models made on the spot.

import type { ChosenFile } from "../src/features/inside/weights";
import { noise } from "./networks";

export const INK = 3; // the version that this program is taken to have

export type Entry = readonly [kind: string, config: Record<string, unknown>, ...shapes: (readonly number[])[]];

/** model.json and one shard; a layer's shapes are those of its kernel and bias. */
export function files(entries: readonly Entry[], change: (json: any) => void = () => undefined) {
  const weights: { name: string; shape: readonly number[]; dtype: string }[] = [];
  const numbers: Float32Array[] = [];
  const layers = entries.map(([class_name, config, ...shapes], i) => {
    const name = `${class_name.toLowerCase()}_${i}`;
    shapes.forEach((shape, n) => {
      weights.push({ name: `${name}/${["kernel", "bias"][n]}`, shape, dtype: "float32" });
      numbers.push(
        noise(
          shape.reduce((a, b) => a * b),
          10 * i + n,
        ).map((value) => value / 2),
      );
    });
    return { class_name, config: { name, ...config } };
  });
  const json = {
    format: "layers-model",
    modelTopology: { model_config: { class_name: "Sequential", config: { layers } } },
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights }],
  };
  change(json);
  const flat = Float32Array.from(numbers.flatMap((some) => Array.from(some)));
  const shard: ChosenFile = { name: "group1-shard1of1.bin", bytes: flat.buffer };
  return { json: new TextEncoder().encode(JSON.stringify(json)).buffer, shard, numbers };
}

export const INPUT: Entry = ["InputLayer", { batch_input_shape: [null, 8, 8, 1] }];
export const CONV = { filters: 3, kernel_size: [3, 3], strides: [1, 1], padding: "same" };
export const CLASSIC: readonly Entry[] = [
  INPUT,
  ["Rescaling", { scale: 1 / 127.5, offset: -1 }],
  ["Conv2D", { ...CONV, activation: "tanh" }, [3, 3, 1, 3], [3]],
  ["AveragePooling2D", { pool_size: [2, 2], strides: [2, 2], padding: "valid" }],
  ["Conv2D", { ...CONV, filters: 4, padding: "valid", activation: "relu" }, [3, 3, 3, 4], [4]],
  ["MaxPooling2D", { pool_size: 2 }],
  ["Dropout", { rate: 0.5 }],
  ["Flatten", {}],
  ["Dense", { units: 5, activation: "tanh" }, [4, 5], [5]],
  ["Dense", { units: 10, activation: "softmax" }, [5, 10], [10]],
];

/** A chain of these layers between an input of 8 x 8 and ten outputs. */
export const chain = (inputs: number, ...between: readonly Entry[]): readonly Entry[] => [
  INPUT,
  ...between,
  ["Flatten", {}],
  ["Dense", { units: 10 }, [inputs, 10], [10]],
];
