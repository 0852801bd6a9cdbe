// The worker that trains: the first of the threads, and the one that brings the others.
import sharedUrl from "../../build/training-threads.wasm?url";
import aloneUrl from "../../build/training.wasm?url";
import { compile, download, Engine, type TrainingEngine } from "./engine";
import { Trainer, type Share } from "./trainer";
import type { News, Order } from "./training";

/** Resolves when the thread waits for its first turn. */
function startThread(share: Share): Promise<void> {
  const worker = new Worker(new URL("./thread.worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message || "a thread did not load"));
    worker.postMessage(share);
  });
}

async function* train({ job, threads }: Order): AsyncGenerator<News> {
  const shared = threads > 1;
  const code = await compile(await download(shared ? sharedUrl : aloneUrl, "engine"), shared);
  const engine: TrainingEngine = await Engine.start(code);
  const trainer = new Trainer(engine, job, threads);
  await Promise.all(trainer.shares(code).map(startThread));
  for (const progress of trainer.run()) yield { progress };
  yield { parameters: trainer.network.parameters };
}

addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  try {
    for await (const news of train(data)) postMessage(news);
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies News);
  }
});
