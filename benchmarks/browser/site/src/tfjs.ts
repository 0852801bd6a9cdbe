// TensorFlow.js: any of its backends. Its published scripts as they are: bundled anew, the wasm backend's
// threads would not start, because it hands them its own source text.
import type * as Core from "@tensorflow/tfjs-core";
import type { LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { bytes, images, labels, MOMENTUM, offer, RATE, SIDE, timed, type Runner, type Task } from "./task";

interface Wasm {
  setWasmPaths(folder: string): void;
  setThreadsCount(threads: number): void;
  getThreadsCount(): number;
}
declare const tf: typeof Core & { loadLayersModel: typeof loadLayersModel; wasm: Wasm };

const CLASSES = 26;

function script(name: string): Promise<void> {
  const element = document.createElement("script");
  element.src = `./tfjs/${name}.min.js`;
  document.head.append(element);
  return new Promise((resolve, reject) => {
    element.onload = () => resolve();
    element.onerror = () => reject(new Error(`${name} does not load`));
  });
}

async function start({ backend, threads }: Task): Promise<void> {
  await script("tf-core");
  await script("tf-layers");
  await script(`tf-backend-${backend}`);
  if (backend === "wasm") {
    // It takes at most half of the processors that it is told of.
    Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 * threads });
    tf.wasm.setWasmPaths("./tfjs/");
    tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(backend))) throw new Error("the backend does not start");
  await tf.ready();
  const found = backend === "wasm" ? tf.wasm.getThreadsCount() : threads;
  if (found !== threads) throw new Error(`it takes ${found} threads, not ${threads}`);
}

async function letters(count: number): Promise<Core.Tensor4D> {
  const pixels = (await images()).subarray(0, count * SIDE * SIDE);
  return tf.tensor4d(Float32Array.from(pixels, (pixel) => pixel / 255), [count, SIDE, SIDE, 1]);
}

async function trainer({ batch }: Task): Promise<Runner> {
  const model = await tf.loadLayersModel("./start/model.json");
  const x = await letters(batch);
  const y = tf.oneHot(tf.tensor1d((await labels()).subarray(0, batch), "int32"), CLASSES);
  const optimizer = tf.train.momentum(RATE, MOMENTUM);
  const loss = () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as Core.Tensor) as Core.Scalar;
  const step = () => optimizer.minimize(loss, true)!;
  const steps = async (times: number) => {
    for (let i = 1; i < times; i++) step().dispose();
    const last = step();
    const [value] = await last.data(); // waits for the device
    last.dispose();
    return value!;
  };
  return { check: async () => [await steps(1), await steps(1)], seconds: (times) => timed(() => steps(times)) };
}

function answers(model: LayersModel, x: Core.Tensor, temperature: number): Core.Tensor {
  return tf.tidy(() => tf.softmax(tf.div(model.predict(x) as Core.Tensor, temperature)));
}

async function predictor({ batch }: Task): Promise<Runner> {
  const model = await tf.loadLayersModel("./shipped/model.json");
  const temperature = Number(new TextDecoder().decode(await bytes("temperature.txt")));
  const x = await letters(batch);
  const answer = async () => {
    const output = answers(model, x, temperature);
    const values = await output.data();
    output.dispose();
    return values;
  };
  return {
    check: async () => Array.from(await answer()),
    seconds: (times) =>
      timed(async () => {
        for (let i = 0; i < times; i++) await answer();
      }),
  };
}

offer(async (task) => {
  await start(task);
  return task.task === "train" ? trainer(task) : predictor(task);
});
