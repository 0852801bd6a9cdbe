// The engine in WebAssembly: instances of it and their memory. core/lenet.h says what each function means.

import { LenetError, messageOf } from "../i18n/errors";
import type { Message } from "../i18n/message";
import { type Functions, INTERFACE, STATUS } from "./abi.gen";

type NetworkFunctions = "interface" | "network_bytes" | "network_init" | "parameters" | "classes";
type InkFunctions = "rasterizer_version" | "default_pen" | "ink_strokes" | "ink_picture";
type TrainerFunctions = "trainer_bytes" | "trainer_init" | "trainer_begin" | "trainer_work" | "trainer_result";

type Calls<Name extends string> = Pick<Functions, keyof Functions & `lenet_${Name}`>;

interface AnyExports extends Calls<"interface"> {
  readonly memory?: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global<"i32">;
}

interface Exports extends AnyExports, Calls<NetworkFunctions> {
  readonly __stack_pointer: WebAssembly.Global<"i32">;
}

// The exports of the builds: tools/build/build.py.
interface AnsweringExports extends Exports, Calls<InkFunctions | "predict_bytes" | "predict"> {}
interface ReferenceExports extends Exports, Calls<"activations_count" | "activations"> {}
interface PictureExports extends AnyExports, Calls<"grey_picture" | "clean_picture_bytes" | "clean_picture"> {}
interface TrainingExports extends Exports, Calls<"initialise" | "sample_order" | TrainerFunctions> {}

const PAGE = 65536;
const ALIGNMENT = 64;

const MEANING: Readonly<Record<number, Message>> = {
  [STATUS.BAD_ARGUMENT]: ["a number is outside its range"],
  [STATUS.BAD_NETWORK]: ["the layers of the network do not fit together"],
  [STATUS.BAD_COORDINATE]: ["a coordinate is not a number, or too large"],
  [STATUS.TOO_LARGE]: [
    "the drawing has more than 100,000 points, the picture more than 16,384 pixels per side, or the network more than a billion multiply-adds per image",
  ],
  [STATUS.BAD_LABEL]: ["a label is outside its range"],
};

/** Returns the value of an engine's function; throws LenetError for an error status. */
export function checked(status: number | bigint): number {
  const number = Number(status);
  if (number < 0) throw new LenetError(...(MEANING[number] ?? ["the engine failed with status {}", number]));
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
      throw new LenetError("There is not enough memory. Close other tabs, or use fewer images.");
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
  view = () => new DataView(this.#memory.buffer);
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

/** A build (tools/build/build.py) and the memory that its instances are to work in. */
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
    throw new LenetError(
      "This browser does not support WebAssembly, or a setting forbids it. Allow WebAssembly, or use another browser.",
    );
  }
  const module = await refusing(WebAssembly.compile(build));
  return { module, memory: shared ? new WebAssembly.Memory(SHARED) : null };
}

/** An instance: what it exports and the memory it works in. */
export class Engine<E extends AnyExports = Exports> {
  readonly call: E;
  readonly heap: Heap;

  private constructor(call: E, memory: WebAssembly.Memory) {
    this.call = call;
    this.heap = new Heap(memory, call.__heap_base.value);
  }

  static async start<E extends AnyExports = Exports>({ module, memory }: Code): Promise<Engine<E>> {
    const imports = memory ? { env: { memory } } : {};
    const call = (await refusing(WebAssembly.instantiate(module, imports))).exports as unknown as E;
    if (call.lenet_interface() !== INTERFACE) {
      throw new LenetError("The engine and the page have different versions. Reload the page.");
    }
    return new Engine(call, memory ?? call.memory!);
  }
}

/** An engine that can answer, one that shows the values inside a network, one for pictures, and one that can train. */
export type AnsweringEngine = Engine<AnsweringExports>;
export type ReferenceEngine = Engine<ReferenceExports>;
export type PictureEngine = Engine<PictureExports>;
export type TrainingEngine = Engine<TrainingExports>;
