// One more thread of a training: says that it is there, then computes whenever it is its turn.

import { help, type Share } from "./trainer";
import { Engine, type TrainingEngine } from "./wasm";

addEventListener("message", async ({ data }: MessageEvent<Share>) => {
  const engine: TrainingEngine = await Engine.start(data.code);
  postMessage("ready");
  help(engine, data);
});
