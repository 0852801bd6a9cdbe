// What the page loads of its own origin.
import engineUrl from "../../build/lenet.wasm?url";
import { Core } from "./core";
import { download } from "./download";
import { compile, type Code } from "./engine";
import { readModel } from "./model";
import { Recognizer } from "./recognizer";

const REMEDY = "Reload the page.";

/** A build of the engine; `shared` for the one whose instances share a memory. */
export async function loadCode(url: string, shared = false): Promise<Code> {
  return compile(await download(url, "engine", REMEDY), shared);
}

export async function loadCore(): Promise<Core> {
  return Core.start(await loadCode(engineUrl));
}

export async function loadRecognizer(modelUrl: string): Promise<Recognizer> {
  const [core, model] = await Promise.all([loadCore(), download(modelUrl, "model", REMEDY)]);
  return new Recognizer(core, readModel(model, core.inkVersion));
}
