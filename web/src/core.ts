// The engine in WebAssembly: the only file that knows it. core/lenet.h says what each function means.
import engineUrl from "../../build/lenet.wasm?url";

/** One point of a stroke: x to the right, y down, any unit. Further numbers (a time) are not read. */
export type Point = readonly [x: number, y: number, ...more: number[]];
/** One point alone is a dot. */
export type Stroke = readonly Point[];

/** Rows and columns of a rasterised drawing. */
export const SIDE = 28;

export const KIND = { conv: 1, maxpool: 2, dense: 3, relu: 4 } as const;

/** As `lenet_layer`; numbers that a kind does not use are 0. */
export interface Layer {
  readonly kind: keyof typeof KIND;
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export class CoreError extends Error {
  override readonly name = "CoreError";
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<"i32">;
  lenet_interface(): number;
  lenet_ink_version(): number;
  lenet_default_pen(): number;
  lenet_ink_strokes(points: number, ends: number, strokes: number, pen: number, image: number): number;
  lenet_ink_picture(picture: number, height: number, width: number, image: number): number;
  lenet_network_bytes(): bigint;
  lenet_network_init(network: number, layers: number, count: number, height: number, width: number): number;
  lenet_parameters(network: number): bigint;
  lenet_classes(network: number): number;
  lenet_predict_bytes(network: number): bigint;
  lenet_predict(
    network: number,
    parameters: number,
    images: number,
    count: bigint,
    temperature: number,
    probabilities: number,
    workspace: number,
  ): number;
}

const INTERFACE = 1;
const PAGE = 65536;
const ALIGNMENT = 64;

const MEANING: Readonly<Record<number, string>> = {
  [-1]: "a number is out of its range",
  [-2]: "the layers of the network do not fit together",
  [-3]: "a coordinate is not a number, or too large",
  [-4]: "the drawing has more than 100,000 points, or the picture more than 16,384 pixels a side",
  [-5]: "a label is out of its range",
};

function checked(status: number): number {
  if (status < 0) throw new CoreError(MEANING[status] ?? `the engine failed with ${status}`);
  return status;
}

/** The engine's memory. Blocks are handed out upwards and given back by leaving a scope. */
class Heap {
  readonly #memory: WebAssembly.Memory;
  #top: number;

  constructor(engine: Exports) {
    this.#memory = engine.memory;
    this.#top = engine.__heap_base.value;
  }

  /** Address of a new block, for good or until the surrounding scope ends. */
  allocate(bytes: number): number {
    const start = Math.ceil(this.#top / ALIGNMENT) * ALIGNMENT;
    const missing = start + bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    this.#top = start + bytes;
    return start;
  }

  scope<T>(body: () => T): T {
    const top = this.#top;
    try {
      return body();
    } finally {
      this.#top = top;
    }
  }

  // Growing the memory detaches every view: make views after the last allocation, and keep none.
  bytes = (at: number, length: number) => new Uint8Array(this.#memory.buffer, at, length);
  integers = (at: number, length: number) => new Int32Array(this.#memory.buffer, at, length);
  floats = (at: number, length: number) => new Float32Array(this.#memory.buffer, at, length);
  doubles = (at: number, length: number) => new Float64Array(this.#memory.buffer, at, length);
}

/** The bytes at a place of the page's own origin. `what` names them for people. */
export async function download(url: string, what: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CoreError(`The ${what} did not load (${reason}). Reload the page.`);
  }
}

export class Core {
  readonly inkVersion: number;
  /** Pen width at which drawn letters have the mean ink of scanned ones. */
  readonly defaultPen: number;
  readonly #engine: Exports;
  readonly #heap: Heap;

  private constructor(engine: Exports) {
    this.#engine = engine;
    this.#heap = new Heap(engine);
    this.inkVersion = engine.lenet_ink_version();
    this.defaultPen = engine.lenet_default_pen();
  }

  static async load(url: string = engineUrl): Promise<Core> {
    return Core.from(await download(url, "engine"));
  }

  /** Not streamed: the engine is small, and this works whatever type the host gives a .wasm file. */
  static async from(bytes: ArrayBuffer): Promise<Core> {
    if (typeof WebAssembly === "undefined") {
      throw new CoreError("This browser runs no WebAssembly, or was told not to. Allow it, or use another one.");
    }
    const { instance } = await WebAssembly.instantiate(bytes).catch((error: unknown) => {
      throw new CoreError(`This browser cannot run WebAssembly SIMD. Use a newer one. (${String(error)})`);
    });
    const engine = instance.exports as unknown as Exports;
    if (engine.lenet_interface() !== INTERFACE) {
      throw new CoreError("The engine and the page are of different versions. Reload the page.");
    }
    return new Core(engine);
  }

  /**
   * The image that the network sees of a drawing: 28x28, row-major, ink bright; null without a point.
   * `pen` is the pen's width as a share of the longer side of the drawing, 0.02..1.
   */
  rasterise(strokes: readonly Stroke[], pen = this.defaultPen): Uint8Array | null {
    const heap = this.#heap;
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
      const inked = checked(this.#engine.lenet_ink_strokes(points, ends, strokes.length, pen, image));
      return inked ? heap.bytes(image, SIDE * SIDE).slice() : null;
    });
  }

  /**
   * The same of a grey picture, dark on light or light on dark, row-major, 0 black to 255 white; null
   * for one of a single tone.
   */
  rasterisePicture(picture: Uint8Array, height: number, width: number): Uint8Array | null {
    if (picture.length !== height * width) throw new CoreError("the picture is not of the size that was given");
    const heap = this.#heap;
    return heap.scope(() => {
      const tones = heap.allocate(picture.length);
      const image = heap.allocate(SIDE * SIDE);
      heap.bytes(tones, picture.length).set(picture);
      const inked = checked(this.#engine.lenet_ink_picture(tones, height, width, image));
      return inked ? heap.bytes(image, SIDE * SIDE).slice() : null;
    });
  }

  network(layers: readonly Layer[], height: number, width: number): Network {
    return new Network(this.#engine, this.#heap, layers, height, width);
  }
}

export class Network {
  /** Length of the parameter array. */
  readonly parameters: number;
  readonly classes: number;
  readonly #engine: Exports;
  readonly #heap: Heap;
  readonly #block: number;
  readonly #pixels: number;

  constructor(engine: Exports, heap: Heap, layers: readonly Layer[], height: number, width: number) {
    this.#engine = engine;
    this.#heap = heap;
    this.#block = heap.allocate(Number(engine.lenet_network_bytes()));
    this.#pixels = height * width;
    heap.scope(() => {
      const fields = layers.flatMap((l) => [KIND[l.kind], l.size, l.kernel, l.stride, l.padding]);
      const plan = heap.allocate(fields.length * 4);
      heap.integers(plan, fields.length).set(fields);
      checked(engine.lenet_network_init(this.#block, plan, layers.length, height, width));
    });
    this.parameters = Number(engine.lenet_parameters(this.#block));
    this.classes = engine.lenet_classes(this.#block);
  }

  /**
   * Probabilities, one row of `classes` an image.
   * `images` holds uint8 images of the network's input size one after another; the logits are
   * divided by `temperature` before the softmax.
   */
  predict(images: Uint8Array, parameters: Float32Array, temperature = 1): Float32Array {
    const heap = this.#heap;
    const count = images.length / this.#pixels;
    if (!Number.isInteger(count)) throw new CoreError("the images are not of the network's input size");
    if (parameters.length !== this.parameters) {
      throw new CoreError(`the network has ${this.parameters} parameters, not ${parameters.length}`);
    }
    return heap.scope(() => {
      const weights = heap.allocate(parameters.byteLength);
      const pixels = heap.allocate(images.length);
      const output = heap.allocate(count * this.classes * 4);
      const workspace = heap.allocate(Number(this.#engine.lenet_predict_bytes(this.#block)));
      heap.floats(weights, parameters.length).set(parameters);
      heap.bytes(pixels, images.length).set(images);
      checked(
        this.#engine.lenet_predict(this.#block, weights, pixels, BigInt(count), temperature, output, workspace),
      );
      return heap.floats(output, count * this.classes).slice();
    });
  }
}
