// Entry of the npm package: `import { load } from "lenet"`. Uses no DOM, so it also runs in workers and servers.
import { Core } from "../engine/rasterizer";
import { compile, download } from "../engine/wasm";
import { LenetError } from "../i18n/errors";
import { readModel } from "../model/file";
import { Recognizer } from "../model/recognizer";
import type { LetterRecognizer } from "../model/types";
import { inflate } from "./inflate";

export type { PackedStroke, Point, Stroke, Strokes } from "../engine/types";
export { LenetError } from "../i18n/errors";
export type { LetterRecognizer, Reading, Recognition, RecognizeOptions, Verdict } from "../model/types";

/** Options of `load`. */
export interface Options {
  /**
   * A model that `lenet train` wrote: the address of its file, or the file's bytes. Without it the one that
   * comes with the package.
   */
  readonly model?: string | URL | ArrayBuffer | ArrayBufferView | undefined;
}

/**
 * Loads a network that reads letters.
 *
 *     const recognizer = await load();
 *     recognizer.recognize([[[0, 0], [0, 10]], [[0, 10], [6, 10]]]).letter  // "L"
 *
 * Nothing is requested but a model that is given by its address. Rejects with LenetError where WebAssembly
 * with SIMD does not run, and for a model that does not load or cannot be used.
 */
export async function load({ model }: Options = {}): Promise<LetterRecognizer> {
  const [core, file] = await Promise.all([embeddedCore(), model === undefined ? embeddedModel() : readBytes(model)]);
  return new Recognizer(core, readModel(file, core.rasterizerVersion));
}

async function embeddedCore(): Promise<Core> {
  const { default: engine } = await import("../../../build/lenet.wasm?deflated");
  return Core.start(await compile(await inflate(engine)));
}

async function embeddedModel(): Promise<ArrayBuffer> {
  const { default: model } = await import("../../../build/model.safetensors?deflated");
  return inflate(model);
}

/** The bytes of a model, a copy. */
async function readBytes(model: NonNullable<Options["model"]>): Promise<ArrayBuffer> {
  if (typeof model === "string" || model instanceof URL) {
    return download(model, ["The model"], ["Pass the address of a model file, or its bytes."]);
  }
  if (ArrayBuffer.isView(model)) return new Uint8Array(model.buffer, model.byteOffset, model.byteLength).slice().buffer;
  if (model instanceof ArrayBuffer) return model.slice(0);
  throw new LenetError("the model must be an address, an ArrayBuffer or an array of bytes");
}
