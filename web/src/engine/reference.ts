// The reference build: the values inside a network, by the plain loops that define its layers (core/reference.hpp).
import { Network, type Shape } from "./network";
import { type Code, checked, Engine, type ReferenceEngine } from "./wasm";

export class Reference {
  readonly #engine: ReferenceEngine;

  private constructor(engine: ReferenceEngine) {
    this.#engine = engine;
  }

  /** Of the reference build. */
  static async start(code: Code): Promise<Reference> {
    return new Reference(await Engine.start(code));
  }

  /**
   * The network's input, 0..1, and every layer's output for one image, one after another, each channel, row, column;
   * the last are the logits. `parameters` are in the engine's order, `image` has the bytes of the input's size.
   */
  activations(shape: Shape, parameters: Float32Array, image: Uint8Array): Float32Array {
    const { call, heap } = this.#engine;
    return heap.scope(() => {
      const network = new Network(this.#engine, shape);
      network.parameters = parameters;
      const count = checked(call.lenet_activations_count(network.plan, 0));
      const pixels = heap.allocate(network.pixels);
      const values = heap.allocate(count * 4);
      heap.bytes(pixels, network.pixels).set(image);
      checked(call.lenet_activations(network.plan, network.weights, pixels, values));
      return heap.floats(values, count).slice();
    });
  }
}
