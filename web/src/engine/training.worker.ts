// The worker that trains: the first of the threads, and the one that brings the others.

import aloneUrl from "../../../build/training.wasm?url";
import sharedUrl from "../../../build/training-threads.wasm?url";
import { LenetError, messageOf } from "../i18n/errors";
import { type Share, Trainer } from "./trainer";
import type { Command, News, Order } from "./training-client";
import { compile, download, Engine, type TrainingEngine } from "./wasm";

const CHUNK = 16; // steps between two reports

/** Resolves when the thread waits for its first turn. */
function startThread(share: Share): Promise<void> {
  const worker = new Worker(new URL("./thread.worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new LenetError("a thread did not load ({})", event.message || "?"));
    worker.postMessage(share);
  });
}

/** The last command. */
const wanted = { steps: Infinity, pace: 1, end: false };
let wake = () => {};

function obey(command: Command): void {
  Object.assign(wanted, command);
  wake();
}

// Messages come in only while nothing runs. A message to oneself waits behind them, and, other than a timer, no longer.
const { port1: here, port2: there } = new MessageChannel();
here.onmessage = () => wake();

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
    if (wanted.steps > 0) there.postMessage(null);
  });
}

async function train({ job, threads, every }: Order): Promise<void> {
  const say = (news: News) => postMessage(news);
  const shared = threads > 1;
  const code = await compile(await download(shared ? sharedUrl : aloneUrl, ["The engine"]), shared);
  const engine: TrainingEngine = await Engine.start(code);
  const trainer = new Trainer(engine, job, threads);
  await Promise.all(trainer.shares(code).map(startThread));
  let reported = performance.now();
  let pace = 1;
  while (!trainer.ended && !wanted.end) {
    if (wanted.pace !== pace) trainer.pace = pace = wanted.pace;
    if (wanted.steps > 0) {
      const progress = trainer.advance(Math.min(CHUNK, wanted.steps));
      wanted.steps = Math.max(0, wanted.steps - CHUNK);
      say({ progress });
    }
    const now = performance.now();
    if (now - reported >= every || (wanted.steps === 0 && every < Infinity)) {
      say({ weights: trainer.network.parameters });
      reported = now;
    }
    await breathe();
  }
  say({ parameters: trainer.network.parameters });
}

addEventListener("message", ({ data }: MessageEvent<Order | Command>) => {
  if (!("job" in data)) return obey(data);
  train(data).catch((error: unknown) => {
    postMessage({ error: messageOf(error) } satisfies News);
  });
});
