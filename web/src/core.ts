// The page's engine: drawings to images, and networks that read them. core/lenet.h has the definitions.
import engineUrl from "../../build/lenet.wasm?url";
import { checked, compile, CoreError, Engine, type AnsweringEngine } from "./engine";
import { AnsweringNetwork, type Shape } from "./network";

/** One point of a stroke: x to the right, y down, any unit. Further numbers (a time) are not read. */
export type Point = readonly [x: number, y: number, ...more: number[]];
/** One point alone is a dot. */
export type Stroke = readonly Point[];

/** Rows and columns of a rasterised drawing. */
export const SIDE = 28;

export class Core {
  readonly inkVersion: number;
  /** Pen width at which drawn letters have the mean ink of scanned ones. */
  readonly defaultPen: number;
  readonly #engine: AnsweringEngine;

  private constructor(engine: AnsweringEngine) {
    this.#engine = engine;
    this.inkVersion = engine.call.lenet_ink_version();
    this.defaultPen = engine.call.lenet_default_pen();
  }

  static async load(): Promise<Core> {
    return new Core(await Engine.start(await compile(engineUrl)));
  }

  /**
   * The image that the network sees of a drawing: 28x28, row-major, ink bright; null without a point.
   * `pen` is the pen's width as a share of the longer side of the drawing, 0.02..1.
   */
  rasterise(strokes: readonly Stroke[], pen = this.defaultPen): Uint8Array | null {
    const { call, heap } = this.#engine;
    return heap.scope(() => {
      const count = strokes.reduce((total, stroke) => total + stroke.length, 0);
      const points = heap.allocate(count * 16);
      const ends = heap.allocate(strokes.length * 4);
      const image = heap.allocate(SIDE * SIDE);
      const xy = heap.doubles(points, count * 2);
      const end = heap.integers(ends, strokes.length);
      let n = 0;
      strokes.forEach((stroke, s) => {
        for (const [x, y] of stroke) {
          xy[n++] = x;
          xy[n++] = y;
        }
        end[s] = n / 2;
      });
      const inked = checked(call.lenet_ink_strokes(points, ends, strokes.length, pen, image));
      return inked ? heap.bytes(image, SIDE * SIDE).slice() : null;
    });
  }

  /**
   * The same of a grey picture, dark on light or light on dark, row-major, 0 black to 255 white; null
   * for one of a single tone.
   */
  rasterisePicture(picture: Uint8Array, height: number, width: number): Uint8Array | null {
    if (picture.length !== height * width) throw new CoreError("the picture is not of the size that was given");
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
