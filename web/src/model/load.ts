// Loads the engine and the model from the page's own origin.
import engineUrl from "../../../build/lenet.wasm?url";
import { Core } from "../engine/rasterizer";
import { compile, download } from "../engine/wasm";
import { readModel } from "./file";
import { Recognizer } from "./recognizer";

export async function loadCore(): Promise<Core> {
  return Core.start(await compile(await download(engineUrl, ["The engine"])));
}

export async function loadRecognizer(modelUrl: string): Promise<Recognizer> {
  const [core, model] = await Promise.all([loadCore(), download(modelUrl, ["The model"])]);
  return new Recognizer(core, readModel(model, core.rasterizerVersion));
}
