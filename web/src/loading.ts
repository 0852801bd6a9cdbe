// What the page loads of its own origin.
import engineUrl from "../../build/lenet.wasm?url";
import { Core } from "./core";
import { compile, download, type Code } from "./engine";
import { readModel } from "./model";
import { Recognizer } from "./recognizer";

/** A build of the engine; `shared` for the one whose instances share a memory. */
export async function loadCode(url: string, shared = false): Promise<Code> {
  return compile(await download(url, "engine"), shared);
}

export async function loadCore(): Promise<Core> {
  return Core.start(await loadCode(engineUrl));
}

export async function loadRecognizer(modelUrl: string): Promise<Recognizer> {
  const [core, model] = await Promise.all([loadCore(), download(modelUrl, "model")]);
  return new Recognizer(core, readModel(model, core.inkVersion));
}
