// What the page loads of its own origin.
import engineUrl from "../../build/lenet.wasm?url";
import { Core } from "./core";
import { compile, download } from "./engine";
import { readModel } from "./model";
import { Recognizer } from "./recognizer";

export async function loadCore(): Promise<Core> {
  return Core.start(await compile(await download(engineUrl, ["The engine"])));
}

export async function loadRecognizer(modelUrl: string): Promise<Recognizer> {
  const [core, model] = await Promise.all([loadCore(), download(modelUrl, ["The model"])]);
  return new Recognizer(core, readModel(model, core.inkVersion));
}
