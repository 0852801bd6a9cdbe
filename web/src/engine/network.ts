// A network in the engine's memory, with its weights: they go there once, an answer moves only pixels.

import { LenetError } from "../i18n/errors";
import { KIND, LAYER_BYTES, type LayerFields, writeLayer } from "./abi.gen";
import { type AnsweringEngine, checked, type Engine } from "./wasm";

/** One layer of a network; fields that its kind does not use are those of `LAYER`. */
export interface Layer extends Omit<LayerFields, "kind" | "table_size"> {
  readonly kind: Lowercase<keyof typeof KIND>;
  /** 0 or 1 each. */
  readonly table: readonly number[];
}

export const LAYER: Omit<Layer, "kind"> = {
  out_channels: 0,
  kernel: 0,
  stride: 1,
  padding: 0,
  biases: 0,
  window: 0,
  side: 0,
  pad_value: 0,
  low: 0,
  high: 1,
  table: [],
};

/** Layers, and the size of the images that they read. */
export interface Shape {
  readonly layers: readonly Layer[];
  readonly height: number;
  readonly width: number;
}

export class Network {
  readonly classes: number;
  /** Pixels of an image. */
  readonly pixels: number;
  /** How many weights there are. */
  readonly size: number;
  /** Addresses of the planned network and of its weights. */
  readonly plan: number;
  readonly weights: number;
  readonly #engine: Engine;

  /** Its weights are not set. Throws LenetError if the layers do not fit together. */
  constructor(engine: Engine, { layers, height, width }: Shape) {
    const { call, heap } = engine;
    this.#engine = engine;
    this.plan = heap.allocate(checked(call.lenet_network_bytes()));
    heap.scope(() => {
      const packed = heap.allocate(layers.length * LAYER_BYTES);
      const tables = layers.flatMap(({ table }) => table);
      const entries = heap.allocate(tables.length);
      layers.forEach((l, i) => {
        writeLayer(heap.view(), packed + i * LAYER_BYTES, {
          ...l,
          kind: KIND[l.kind.toUpperCase() as keyof typeof KIND],
          table_size: l.table.length,
        });
      });
      heap.bytes(entries, tables.length).set(tables);
      checked(call.lenet_network_init(this.plan, packed, layers.length, height, width, entries));
    });
    this.pixels = height * width;
    this.size = checked(call.lenet_parameters(this.plan));
    this.classes = call.lenet_classes(this.plan);
    this.weights = heap.allocate(this.size * 4);
  }

  /** All weights in the engine's order (core/lenet.h), a copy. */
  get parameters(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#engine.heap.floats(this.weights, this.size));
  }

  set parameters(values: Float32Array) {
    if (values.length !== this.size)
      throw new LenetError("the network has {} parameters, not {}", this.size, values.length);
    this.#engine.heap.floats(this.weights, this.size).set(values);
  }
}

/** One that answers. */
export class AnsweringNetwork extends Network {
  readonly #engine: AnsweringEngine;
  readonly #workspace: number;

  constructor(engine: AnsweringEngine, shape: Shape) {
    super(engine, shape);
    this.#engine = engine;
    this.#workspace = engine.heap.allocate(checked(engine.call.lenet_predict_bytes(this.plan)));
  }

  /**
   * Probabilities, one row of `classes` an image.
   * `images` holds uint8 images of the network's input size one after another; the logits are
   * divided by `temperature` before the softmax.
   */
  predict(images: Uint8Array, temperature = 1): Float32Array {
    const { call, heap } = this.#engine;
    const count = images.length / this.pixels;
    if (!Number.isInteger(count)) throw new LenetError("the images do not have the network's input size");
    return heap.scope(() => {
      const pixels = heap.allocate(images.length);
      const output = heap.allocate(count * this.classes * 4);
      heap.bytes(pixels, images.length).set(images);
      checked(call.lenet_predict(this.plan, this.weights, pixels, BigInt(count), temperature, output, this.#workspace));
      return heap.floats(output, count * this.classes).slice();
    });
  }
}
