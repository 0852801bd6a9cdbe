// The engine in WebAssembly: instances of it and their memory. core/lenet.h says what each function means.
import { LenetError, messageOf } from "../i18n/errors";
import type { Message } from "../i18n/message";

interface Exports {
  readonly memory?: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<"i32">;
  readonly __stack_pointer: WebAssembly.Global<"i32">;
  lenet_interface(): number;
  lenet_network_bytes(): bigint;
  lenet_network_init(
    network: number,
    layers: number,
    count: number,
    height: number,
    width: number,
    tables: number,
  ): number;
  lenet_parameters(network: number): bigint;
  lenet_classes(network: number): number;
}

/** Of the build that answers alone. */
interface AnsweringExports extends Exports {
  lenet_ink_version(): number;
  lenet_default_pen(): number;
  lenet_ink_strokes(points: number, strokeEnds: number, strokes: number, pen: number, image: number): number;
  lenet_ink_picture(picture: number, height: number, width: number, image: number): number;
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

/** Of the reference build alone. */
interface ReferenceExports extends Exports {
  lenet_activations_count(network: number, shapes: number): bigint;
  lenet_activations(network: number, parameters: number, image: number, activations: number): number;
}

/** Of the builds for training alone. */
interface TrainingExports extends Exports {
  lenet_initialise(network: number, seed: number, parameters: number): number;
  lenet_sample_order(weights: number, count: number, seed: number, epoch: number, order: number, draws: number): number;
  lenet_trainer_bytes(network: number, recipe: number, threads: number): bigint;
  lenet_trainer_init(trainer: number, network: number, recipe: number, threads: number): number;
  lenet_trainer_begin(
    trainer: number,
    parameters: number,
    moments: number,
    images: number,
    labels: number,
    targets: number,
    count: number,
    order: number,
    firstStep: number,
    steps: number,
  ): number;
  lenet_trainer_work(trainer: number, thread: number): number;
  lenet_trainer_result(trainer: number, result: number): number;
}

const INTERFACE = 5;
const PAGE = 65536;
const ALIGNMENT = 64;

const MEANING: Readonly<Record<number, Message>> = {
  [-1]: ["a number is out of its range"],
  [-2]: ["the layers of the network do not fit together"],
  [-3]: ["a coordinate is not a number, or too large"],
  [-4]: ["the drawing has more than 100,000 points, or the picture more than 16,384 pixels a side"],
  [-5]: ["a label is out of its range"],
};

/** What an engine's function returned, or a LenetError for what it refused. */
export function checked(status: number | bigint): number {
  const number = Number(status);
  if (number < 0) throw new LenetError(...(MEANING[number] ?? ["the engine failed with {}", number]));
  return number;
}

/** The engine's memory. Blocks are handed out upwards and given back by leaving a scope. */
class Heap {
  readonly #memory: WebAssembly.Memory;
  #top: number;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#top = base;
  }

  /** Address of a new block, for good or until the surrounding scope ends. */
  allocate(bytes: number): number {
    const start = Math.ceil(this.#top / ALIGNMENT) * ALIGNMENT;
    const missing = start + bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE));
    this.#top = start + bytes;
    return start;
  }

  #grow(pages: number): void {
    try {
      this.#memory.grow(pages);
    } catch {
      throw new LenetError("There is not enough memory for this. Close other tabs, or take fewer images.");
    }
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

/** The bytes at an address. For people, `what` names them and `remedy` says what to do where they do not come. */
export async function download(
  url: string | URL,
  what: Message,
  remedy: Message = ["Reload the page."],
): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new LenetError("status {}", response.status);
    return await response.arrayBuffer();
  } catch (error) {
    throw new LenetError("{} did not load ({}). {}", what, messageOf(error), remedy);
  }
}

/** A build (tools/build.py) and the memory that its instances are to work in. */
export interface Code {
  readonly module: WebAssembly.Module;
  /** Shared between the instances of the build with threads; null: the other builds bring their own. */
  readonly memory: WebAssembly.Memory | null;
}

// As the build announces them to the linker.
const SHARED: WebAssembly.MemoryDescriptor = { initial: 32, maximum: 8192, shared: true };

/** WebKitGTK has pages that are isolated and share no memory all the same. */
export const canShare = () => crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";

async function refusing<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw new LenetError("WebAssembly with SIMD does not run here. Use a newer browser. ({})", String(error));
  });
}

/** Of the bytes of a build; not streamed, since the engine is small. */
export async function compile(build: ArrayBuffer, shared = false): Promise<Code> {
  if (typeof WebAssembly === "undefined") {
    throw new LenetError("This browser runs no WebAssembly, or was told not to. Allow it, or use another one.");
  }
  const module = await refusing(WebAssembly.compile(build));
  return { module, memory: shared ? new WebAssembly.Memory(SHARED) : null };
}

/** An instance: what it exports and the memory it works in. */
export class Engine<E extends Exports = Exports> {
  readonly call: E;
  readonly heap: Heap;

  private constructor(call: E, memory: WebAssembly.Memory) {
    this.call = call;
    this.heap = new Heap(memory, call.__heap_base.value);
  }

  static async start<E extends Exports = Exports>({ module, memory }: Code): Promise<Engine<E>> {
    const imports = memory ? { env: { memory } } : {};
    const call = (await refusing(WebAssembly.instantiate(module, imports))).exports as unknown as E;
    if (call.lenet_interface() !== INTERFACE) {
      throw new LenetError("The engine and the page are of different versions. Reload the page.");
    }
    return new Engine(call, memory ?? call.memory!);
  }
}

/** An engine that can answer, one that shows the values inside a network, and one that can train. */
export type AnsweringEngine = Engine<AnsweringExports>;
export type ReferenceEngine = Engine<ReferenceExports>;
export type TrainingEngine = Engine<TrainingExports>;
