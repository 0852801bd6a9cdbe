// This project: the page's own modules.
import { readArchitecture } from "../../../../web/src/model/spec";
import { parseObject } from "../../../../web/src/model/json";
import { loadCore } from "../../../../web/src/model/load";
import { readModel } from "../../../../web/src/model/file";
import { train, type Job, type Progress, type Recipe } from "../../../../web/src/engine/training-client";
import { bytes, images, labels, MOMENTUM, offer, RATE, SIDE, timed, type Runner, type Task } from "./task";

const WARM = 4096; // images before the clock starts; whole reports at any batch

const recipe = (batch: number): Recipe => ({
  optimizer: "sgd", schedule: "constant", batch_size: batch, learning_rate: RATE, epoch_lr_decay: 0, warmup: 0, momentum: MOMENTUM, beta2: 0.9,
  epsilon: 1e-8, weight_decay: 0, label_smoothing: 0, class_balance: 0,
  augmentation: { rotation: 0, scale: 0, shear: 0, shift: 0, elastic: 0, thicken: 0, thin: 0 },
});

/** As many images as steps, taken from the first on, again and again. */
function cycled(all: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => all[i % all.length]!);
}

async function trainer({ batch, threads }: Task): Promise<Runner> {
  const shape = readArchitecture(parseObject(new TextDecoder().decode(await bytes("spec.json")))!);
  const all = await images();
  const classes = await labels();
  const job = (count: number, epochs: number): Job => ({
    shape, recipe: recipe(batch), seed: 0, epochs,
    images: cycled(all, count * SIDE * SIDE), labels: cycled(classes, count),
  });
  return {
    async check() {
      const losses: number[] = [];
      await train(job(batch, 2), { threads, onProgress: ({ loss }) => losses.push(loss) });
      return losses;
    },
    async seconds(times) {
      const seen: (Progress & { at: number })[] = [];
      const onProgress = (progress: Progress) => seen.push({ ...progress, at: performance.now() });
      await train(job(WARM + times * batch, 1), { threads, onProgress });
      const first = seen.find(({ done }) => done * batch >= WARM)!;
      return (seen.at(-1)!.at - first.at) / 1000;
    },
  };
}

async function predictor({ batch }: Task): Promise<Runner> {
  const core = await loadCore();
  const { architecture, parameters, temperature } = readModel(await bytes("model.safetensors"), core.rasterizerVersion);
  const network = core.network(architecture, parameters);
  const input = (await images()).subarray(0, batch * SIDE * SIDE);
  return {
    check: async () => Array.from(network.predict(input, temperature)),
    seconds: (times) =>
      timed(async () => {
        for (let i = 0; i < times; i++) network.predict(input, temperature);
      }),
  };
}

offer((task) => (task.task === "train" ? trainer(task) : predictor(task)));
