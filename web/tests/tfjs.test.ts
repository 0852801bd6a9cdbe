import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf } from "../src/features/inside/steps";
import { readTensorFlow } from "../src/features/inside/tfjs";
import { room } from "../src/features/inside/values";
import { forward, picture } from "./networks";
import { CLASSIC, CONV, chain, files, INK, INPUT } from "./tfjs-files";

test("channels last, plain tanh, averages and rescaling are translated", async () => {
  const { json, shard, numbers } = files(CLASSIC);
  const model = await readTensorFlow(json, [shard], INK);
  const image = picture(64, 5);
  const steps = stepsOf(model);
  const values = room(steps);
  forward(model, image, values);
  // The same in TensorFlow's own layout: [row][column][channel].
  const [k1, b1, k2, b2, k3, b3, k4, b4] = numbers as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  type Maps = number[][][];
  const convolve = (x: Maps, kernel: Float32Array, bias: Float32Array, pad: number): Maps => {
    const [outputs, inputs, side] = [bias.length, x[0]![0]!.length, x.length + 2 * pad - 2];
    return [...Array(side).keys()].map((i) =>
      [...Array(side).keys()].map((j) =>
        [...Array(outputs).keys()].map((o) => {
          let sum = bias[o]!;
          for (let r = 0; r < 3; r++)
            for (let k = 0; k < 3; k++)
              for (let c = 0; c < inputs; c++) {
                sum += (x[i + r - pad]?.[j + k - pad]?.[c] ?? 0) * kernel[((r * 3 + k) * inputs + c) * outputs + o]!;
              }
          return sum;
        }),
      ),
    );
  };
  const pool = (x: Maps, join: (four: number[]) => number): Maps =>
    [...Array(Math.floor(x.length / 2)).keys()].map((i) =>
      [...Array(Math.floor(x.length / 2)).keys()].map((j) =>
        x[0]![0]!.map((_, c) =>
          join([
            x[2 * i]![2 * j]![c]!,
            x[2 * i]![2 * j + 1]![c]!,
            x[2 * i + 1]![2 * j]![c]!,
            x[2 * i + 1]![2 * j + 1]![c]!,
          ]),
        ),
      ),
    );
  const each = (x: Maps, f: (value: number) => number): Maps => x.map((row) => row.map((channels) => channels.map(f)));
  const dense = (x: number[], kernel: Float32Array, bias: Float32Array) =>
    Array.from(bias, (b, o) => x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + o]!, b));
  let x: Maps = [...Array(8).keys()].map((i) => [...Array(8).keys()].map((j) => [image[i * 8 + j]! / 127.5 - 1]));
  x = pool(each(convolve(x, k1, b1, 1), Math.tanh), (four) => four.reduce((a, b) => a + b) / 4);
  x = pool(
    each(convolve(x, k2, b2, 0), (value) => Math.max(0, value)),
    (four) => Math.max(...four),
  );
  const logits = dense(dense(x.flat(2), k3, b3).map(Math.tanh), k4, b4);
  logits.forEach((logit, i) => assert.ok(Math.abs(values.at(-2)![i]! - logit) < 1e-5, `${values.at(-2)![i]} ${logit}`));
  assert.equal(model.labels, "0123456789");
});

test("a padding before a convolution and a factor before the softmax, as this project writes them", async () => {
  const given = files([
    INPUT,
    ["Rescaling", { scale: 1 / 255, offset: 0 }],
    [
      "ZeroPadding2D",
      {
        padding: [
          [1, 1],
          [1, 1],
        ],
      },
    ],
    ["Conv2D", { ...CONV, padding: "valid" }, [3, 3, 1, 3], [3]],
    ["Activation", { activation: "relu" }],
    ["Flatten", {}],
    ["Dense", { units: 26 }, [192, 26], [26]],
    ["Rescaling", { scale: 0.5, offset: 0 }],
    ["Softmax", { axis: -1 }],
  ]);
  const model = await readTensorFlow(given.json, [given.shard], INK);
  assert.equal(model.temperature, 2);
  assert.deepEqual(
    model.architecture.layers.map(({ kind, padding }) => [kind, padding]),
    [
      ["scale", 0],
      ["conv", 1],
      ["relu", 0],
      ["dense", 0],
    ],
  );
});

test("a functional model that is a chain is read, one with branches is not", async () => {
  const chained = (source: (i: number, before: string) => unknown) => (json: any) => {
    const { model_config: model } = json.modelTopology;
    model.class_name = "Functional";
    model.config.layers.forEach((layer: any, i: number) => {
      layer.inbound_nodes = i ? source(i, model.config.layers[i - 1].config.name) : [];
    });
  };
  const good = files(
    CLASSIC,
    chained((_, before) => [[[before, 0, 0, {}]]]),
  );
  assert.equal((await readTensorFlow(good.json, [good.shard], INK)).architecture.classes, 10);
  const bad = files(
    CLASSIC,
    chained((i, before) =>
      i === 4
        ? [
            [
              [before, 0, 0, {}],
              ["inputlayer_0", 0, 0, {}],
            ],
          ]
        : [[[before, 0, 0, {}]]],
    ),
  );
  await assert.rejects(readTensorFlow(bad.json, [bad.shard], INK), /layer 5 .*only input/);
});

test("what an export says of itself is the model's", async () => {
  const labels = "acegikmoqs";
  const same = { labels, temperature: 3, max_entropy: 1.5, min_probability: 0.7, name: "mine" };
  const names = { rasterizer_version: INK, pen_width: 0.1, attributions: ["me"] };
  const oldNames = { ink_version: INK, pen: 0.1, credits: ["me"] };
  for (const about of [names, oldNames]) {
    const { json, shard } = files(CLASSIC, (json) => (json.userDefinedMetadata = { ...same, ...about }));
    const model = await readTensorFlow(json, [shard], INK);
    assert.deepEqual([model.labels, model.pen, model.maxEntropy, model.minProbability], [labels, 0.1, 1.5, 0.7]);
    assert.deepEqual([model.temperature, model.training["name"], model.training["attributions"]], [1, "mine", ["me"]]);
  }
  const others = files(CLASSIC, (json) => (json.userDefinedMetadata = { labels: ["zero", "one"] }));
  assert.equal((await readTensorFlow(others.json, [others.shard], INK)).labels, "0123456789");
});

test("a batch normalization, and what is scaled before and after, goes into the layers beside it", async () => {
  const given = files(
    chain(
      192,
      ["Conv2D", { ...CONV, use_bias: false }, [3, 3, 1, 3]],
      ["BatchNormalization", { axis: [3], epsilon: 0.5, center: false }],
      ["ReLU", {}],
      ["Rescaling", { scale: 3 }],
    ),
    (json) => {
      const [{ weights }] = json.weightsManifest;
      weights.splice(
        1,
        0,
        ...["gamma", "moving_mean", "moving_variance"].map((kind) => ({
          name: `batchnormalization_2/${kind}`,
          shape: [3],
          dtype: "float32",
        })),
      );
    },
  );
  const normal = Float32Array.of(2, 3, 4, 0.1, 0.2, 0.3, 0.5, 1.5, 3.5); // gamma, mean, variance
  const kernel = given.numbers[0]!;
  const bytes = Float32Array.from([
    ...kernel,
    ...normal,
    ...given.numbers.slice(1).flatMap((some) => [...some]),
  ]).buffer;
  const { parameters } = await readTensorFlow(given.json, [{ ...given.shard, bytes }], INK);
  const [gamma, mean, variance] = [
    [2, 3, 4],
    [0.1, 0.2, 0.3],
    [0.5, 1.5, 3.5],
  ];
  const factor = gamma!.map((value, i) => value / Math.sqrt(variance![i]! + 0.5));
  const near = (found: ArrayLike<number>, expected: readonly number[]) =>
    expected.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < 1e-5, `${found[i]} ${value}`));
  near(
    parameters,
    Array.from(kernel, (value, i) => value * factor[i % 3]!),
  );
  near(
    parameters.subarray(27),
    factor.map((value, i) => -mean![i]! * value),
  );
  near(parameters.subarray(30), [3 * given.numbers[1]![0]!]);
});
