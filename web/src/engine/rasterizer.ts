// The engine that answers: drawings to images, and networks that read them. core/lenet.h has the definitions.

import { LenetError } from "../i18n/errors";
import { MAX_PEN, MIN_PEN, SIDE } from "./abi.gen";
import { AnsweringNetwork, type Shape } from "./network";
import { pack } from "./strokes";
import type { Strokes } from "./types";
import { type AnsweringEngine, type Code, checked, Engine } from "./wasm";

export { SIDE };

export class Core {
  readonly rasterizerVersion: number;
  /** Pen width at which drawn letters have the mean ink of scanned ones. */
  readonly defaultPen: number;
  readonly #engine: AnsweringEngine;

  private constructor(engine: AnsweringEngine) {
    this.#engine = engine;
    this.rasterizerVersion = engine.call.lenet_rasterizer_version();
    this.defaultPen = engine.call.lenet_default_pen();
  }

  /** Of the build that answers. */
  static async start(code: Code): Promise<Core> {
    return new Core(await Engine.start(code));
  }

  /**
   * The image that the network sees of a drawing: 28x28, row-major, ink bright; null without a point.
   * `pen` is the pen's width as a share of the longer side of the drawing, 0.02..1.
   */
  rasterize(drawing: Strokes, pen = this.defaultPen): Uint8Array | null {
    if (!(pen >= MIN_PEN && pen <= MAX_PEN)) {
      throw new LenetError("{} must be a number, {} to {}", ["the pen"], MIN_PEN, MAX_PEN);
    }
    const { call, heap } = this.#engine;
    const { xy, ends } = pack(drawing);
    return heap.scope(() => {
      const points = heap.allocate(xy.byteLength);
      const stops = heap.allocate(ends.byteLength);
      const image = heap.allocate(SIDE * SIDE);
      heap.doubles(points, xy.length).set(xy);
      heap.integers(stops, ends.length).set(ends);
      const inked = checked(call.lenet_ink_strokes(points, stops, ends.length, pen, image));
      return inked ? heap.bytes(image, SIDE * SIDE).slice() : null;
    });
  }

  /**
   * The same of a grey picture, dark on light or light on dark, row-major, 0 black to 255 white; null
   * for one of a single tone.
   */
  rasterizePicture(picture: Uint8Array | Uint8ClampedArray, height: number, width: number): Uint8Array | null {
    if (picture.length !== height * width) throw new LenetError("the picture does not have height x width pixels");
    const { call, heap } = this.#engine;
    return heap.scope(() => {
      const tones = heap.allocate(picture.length);
      const image = heap.allocate(SIDE * SIDE);
      heap.bytes(tones, picture.length).set(picture);
      const inked = checked(call.lenet_ink_picture(tones, height, width, image));
      return inked ? heap.bytes(image, SIDE * SIDE).slice() : null;
    });
  }

  /** A network with these weights, in the engine's order. */
  network(shape: Shape, parameters: Float32Array): AnsweringNetwork {
    const network = new AnsweringNetwork(this.#engine, shape);
    network.parameters = parameters;
    return network;
  }
}
