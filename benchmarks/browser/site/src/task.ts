// The interface of every engine's page for benchmarks/browser/in_browser.py: prepare a task, then run it repeatedly.

/** The computation to measure, with its backend and number of threads. */
export interface Task {
  readonly task: "train" | "predict";
  readonly backend: string;
  readonly threads: number;
  readonly batch: number;
}

/** A prepared task. */
export interface Runner {
  /** Losses before the first and before the second step on the first batch, or its probabilities. */
  check(): Promise<number[]>;
  /** Returns the seconds that `times` steps or predictions take. */
  seconds(times: number): Promise<number>;
}

declare global {
  interface Window {
    prepare(task: Task, seconds: number): Promise<{ check: number[]; times: number }>;
    /** Microseconds an image. */
    run(): Promise<number>;
  }
}

export const RATE = 0.01;
export const MOMENTUM = 0.9;
export const SIDE = 28;

/** A file of the benchmark's own server. */
export async function bytes(name: string): Promise<ArrayBuffer> {
  return (await fetch(`./${name}`)).arrayBuffer();
}

export const images = async (): Promise<Uint8Array> => new Uint8Array(await bytes("images.bin"));
export const labels = async (): Promise<Uint8Array> => new Uint8Array(await bytes("labels.bin"));

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

const PATIENCE = 30; // seconds

/** How often takes about so long; the runner is warm afterwards. */
async function calibrate(runner: Runner, seconds: number): Promise<number> {
  let times = 1;
  let taken: number;
  while ((taken = await runner.seconds(times)) < seconds / 4) times *= 2;
  if (taken > PATIENCE) throw new Error(`too slow to repeat: ${taken.toFixed(0)} s a run`);
  return Math.max(1, Math.round((times * seconds) / taken));
}

export function offer(prepare: (task: Task) => Promise<Runner>): void {
  window.prepare = async (task, seconds) => {
    const runner = await prepare(task);
    const check = await runner.check();
    const times = await calibrate(runner, seconds);
    window.run = async () => ((await runner.seconds(times)) / (times * task.batch)) * 1e6;
    return { check, times };
  };
  document.documentElement.dataset["state"] = "ready";
}

/** Tells that the first answer is there: its most probable class, and milliseconds since the navigation. */
export function answered(probabilities: ArrayLike<number>): void {
  const values = Array.from(probabilities);
  const { dataset } = document.documentElement;
  dataset["milliseconds"] = String(performance.now());
  dataset["answer"] = String(values.indexOf(Math.max(...values)));
}

/** The image of the first answer: an L. */
export const letter = (): Uint8Array =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const row = Math.floor(i / SIDE);
    const column = i % SIDE;
    const ink = (column >= 6 && column < 10 && row >= 2 && row < 26) || (column >= 6 && column < 22 && row >= 22 && row < 26);
    return ink ? 255 : 0;
  });
