import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf } from "../src/features/inside/steps";
import { readTensorFlow } from "../src/features/inside/tfjs";
import { room } from "../src/features/inside/values";
import { type Given, readWeights } from "../src/features/inside/weights";
import { ModelError } from "../src/model/spec";
import { forward, noise, picture } from "./networks";

const INK = 3; // the version that this program is taken to have

type Entry = readonly [kind: string, config: Record<string, unknown>, ...shapes: (readonly number[])[]];

/** model.json and one shard; a layer's shapes are those of its kernel and bias. */
function files(entries: readonly Entry[], change: (json: any) => void = () => undefined) {
  const weights: { name: string; shape: readonly number[]; dtype: string }[] = [];
  const numbers: Float32Array[] = [];
  const layers = entries.map(([class_name, config, ...shapes], i) => {
    const name = `${class_name.toLowerCase()}_${i}`;
    shapes.forEach((shape, n) => {
      weights.push({ name: `${name}/${["kernel", "bias"][n]}`, shape, dtype: "float32" });
      numbers.push(
        noise(
          shape.reduce((a, b) => a * b),
          10 * i + n,
        ).map((value) => value / 2),
      );
    });
    return { class_name, config: { name, ...config } };
  });
  const json = {
    format: "layers-model",
    modelTopology: { model_config: { class_name: "Sequential", config: { layers } } },
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights }],
  };
  change(json);
  const flat = Float32Array.from(numbers.flatMap((some) => Array.from(some)));
  const shard: Given = { name: "group1-shard1of1.bin", bytes: flat.buffer };
  return { json: new TextEncoder().encode(JSON.stringify(json)).buffer, shard, numbers };
}

const INPUT: Entry = ["InputLayer", { batch_input_shape: [null, 8, 8, 1] }];
const CONV = { filters: 3, kernel_size: [3, 3], strides: [1, 1], padding: "same" };
const CLASSIC: readonly Entry[] = [
  INPUT,
  ["Rescaling", { scale: 1 / 127.5, offset: -1 }],
  ["Conv2D", { ...CONV, activation: "tanh" }, [3, 3, 1, 3], [3]],
  ["AveragePooling2D", { pool_size: [2, 2], strides: [2, 2], padding: "valid" }],
  ["Conv2D", { ...CONV, filters: 4, padding: "valid", activation: "relu" }, [3, 3, 3, 4], [4]],
  ["MaxPooling2D", { pool_size: 2 }],
  ["Dropout", { rate: 0.5 }],
  ["Flatten", {}],
  ["Dense", { units: 5, activation: "tanh" }, [4, 5], [5]],
  ["Dense", { units: 10, activation: "softmax" }, [5, 10], [10]],
];

test("channels last, plain tanh, averages and rescaling are translated", () => {
  const { json, shard, numbers } = files(CLASSIC);
  const model = readTensorFlow(json, [shard], INK);
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

test("a padding before a convolution and a factor before the softmax, as this project writes them", () => {
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
  const model = readTensorFlow(given.json, [given.shard], INK);
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

test("a functional model that is a chain is read, one with branches is not", () => {
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
  assert.equal(readTensorFlow(good.json, [good.shard], INK).architecture.classes, 10);
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
  assert.throws(() => readTensorFlow(bad.json, [bad.shard], INK), /layer 5 .*does not follow/);
});

const shard = (bytes: ArrayBuffer): Given => ({ name: "w.bin", bytes });
const quantised = (count: number, quantization: object) => [
  { paths: ["w.bin"], weights: [{ name: "w", shape: [count], dtype: "float32", quantization }] },
];

test("weights of 8 and 16 bits are a scale and a minimum", () => {
  for (const [dtype, integers] of [
    ["uint8", Uint8Array.of(0, 1, 255)],
    ["uint16", Uint16Array.of(0, 7, 65535)],
  ] as const) {
    const found = readWeights(quantised(3, { dtype, scale: 0.01, min: -1.5 }), [shard(integers.buffer as ArrayBuffer)]);
    assert.deepEqual(
      [...found.get("w")!.values],
      Array.from(integers, (one) => Math.fround(one * 0.01 - 1.5)),
    );
  }
});

test("weights of float16 are read, whatever their exponent; infinities are no weights", () => {
  const known: readonly (readonly [bits: number, value: number])[] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x83ff, -1023 * 2 ** -24],
    [0x3555, 0.333251953125],
    [0x8000, -0],
  ];
  const read = (bits: readonly number[]) =>
    readWeights(quantised(bits.length, { dtype: "float16" }), [shard(Uint16Array.from(bits).buffer)]).get("w")!.values;
  assert.deepEqual(
    [...read(known.map(([bits]) => bits))],
    known.map(([, value]) => value),
  );
  for (const bits of [0x7c00, 0xfc00, 0x7e00]) assert.throws(() => read([bits]), /a number that is not finite/);
});

test("weights that would fill more memory than a model file are refused before it is spent", () => {
  const group = {
    paths: ["w.bin"],
    weights: [
      { name: "w", shape: [2 ** 24 + 1], dtype: "float32", quantization: { dtype: "uint8", scale: 1, min: 0 } },
    ],
  };
  assert.throws(() => readWeights([group], [shard(new ArrayBuffer(2 ** 24 + 1))]), /more than a model file holds/);
});

test("what an export says of itself is the model's", () => {
  const labels = "acegikmoqs";
  const same = { labels, temperature: 3, max_entropy: 1.5, min_probability: 0.7, name: "mine" };
  const names = { rasterizer_version: INK, pen_width: 0.1, attributions: ["me"] };
  const oldNames = { ink_version: INK, pen: 0.1, credits: ["me"] };
  for (const about of [names, oldNames]) {
    const { json, shard } = files(CLASSIC, (json) => (json.userDefinedMetadata = { ...same, ...about }));
    const model = readTensorFlow(json, [shard], INK);
    assert.deepEqual([model.labels, model.pen, model.maxEntropy, model.minProbability], [labels, 0.1, 1.5, 0.7]);
    assert.deepEqual([model.temperature, model.training["name"], model.training["attributions"]], [1, "mine", ["me"]]);
  }
  const others = files(CLASSIC, (json) => (json.userDefinedMetadata = { labels: ["zero", "one"] }));
  assert.equal(readTensorFlow(others.json, [others.shard], INK).labels, "0123456789");
});

/** A chain of these layers between an input of 8 x 8 and ten outputs. */
const chain = (inputs: number, ...between: readonly Entry[]): readonly Entry[] => [
  INPUT,
  ...between,
  ["Flatten", {}],
  ["Dense", { units: 10 }, [inputs, 10], [10]],
];

test("a batch normalisation, and what is scaled before and after, goes into the layers beside it", () => {
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
  const { parameters } = readTensorFlow(given.json, [{ ...given.shard, bytes }], INK);
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

test("layers that no network here can say are refused, with their names", () => {
  const means = { units: 4, use_bias: false };
  const turned: readonly Entry[] = [
    ["Permute", { dims: [3, 2, 1] }],
    ["Dense", means, [8, 4]],
  ];
  const cases: readonly (readonly [readonly Entry[], RegExp])[] = [
    [
      chain(16, ...turned, ["Permute", { dims: [3, 2, 1] }]),
      /layer 3 \(Dense dense_2\) does not take means of equal parts/,
    ],
    [
      chain(64, ["Permute", { dims: [2, 1, 3] }], ["Activation", { activation: "relu" }]),
      /layer 3 .* sees rows and columns exchanged/,
    ],
    [chain(64, ["Permute", { dims: [1, 2] }]), /no order of three axes/],
    [chain(64, ["Permute", { dims: [2, 1, 3] }], ["Dense", { units: 1 }, [1, 1], [1]]), /rows or columns alone/],
    [chain(64, ["Reshape", { target_shape: [4, 16, 1] }]), /makes another map/],
    [chain(16, ["DepthwiseConv2D", { kernel_size: 2, strides: 2 }]), /has no depthwise_kernel/],
    [chain(16, ["DepthwiseConv2D", { kernel_size: 2, strides: 1 }]), /side by side/],
    [chain(64, ["BatchNormalization", {}]), /must follow a layer with weights/],
    [
      chain(64, ["Rescaling", { scale: 1 }], ["Rescaling", { scale: 1, offset: 1 }], ["ReLU", {}]),
      /no layer can take in/,
    ],
    [chain(16, ["Rescaling", { scale: 0.01 }], ["Rescaling", { scale: -1 }], ["MaxPooling2D", {}]), /negative/],
    [[...chain(64), ["Rescaling", { scale: 1000 }]], /scaled by less than 0.01 or more than 100/],
  ];
  for (const [entries, reason] of cases) {
    const { json, shard } = files(entries);
    assert.throws(
      () => readTensorFlow(json, [shard], INK),
      (error: unknown) => error instanceof ModelError && reason.test(error.message),
      String(reason),
    );
  }
});

test("what cannot be used is refused, with the layer's name", () => {
  const at = (place: number, config: object) => (json: any) =>
    Object.assign(json.modelTopology.model_config.config.layers[place].config, config);
  const manifest = (change: (group: any) => void) => (json: any) => change(json.weightsManifest[0]);
  const cases: readonly (readonly [(json: any) => void, RegExp])[] = [
    [(json) => delete json.modelTopology, /no modelTopology/],
    [(json) => (json.format = "graph-model"), /graph model/],
    [(json) => (json.weightsManifest = []), /no weightsManifest/],
    [manifest((group) => (group.paths = ["../group1-shard1of1.bin"])), /is missing; choose it/],
    [manifest((group) => (group.weights[0].shape = [3, 3, 1, 2 ** 30])), /has no shape|lies beyond/],
    [manifest((group) => (group.weights[0].shape = [3, -3, 1, 3])), /has no shape/],
    [manifest((group) => (group.weights[0].dtype = "int32")), /not of float32/],
    [manifest((group) => (group.weights[0].quantization = null)), /damaged quantization/],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint4" })),
      /not stored as float32, float16, uint8 or uint16/,
    ],
    [manifest((group) => (group.weights[0].quantization = { dtype: "uint8" })), /no scale and minimum/],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint16", scale: 1e300, min: 0 })),
      /no scale and minimum/,
    ],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint8", scale: 1, min: 0 })),
      /instead of|a number that is not finite/,
    ],
    [
      (json) => (json.userDefinedMetadata = { ink_version: INK + 1 }),
      /made for rasterizer version 4, and this program has 3/,
    ],
    [(json) => (json.userDefinedMetadata = { labels: "AABCDEFGHI" }), /as many different labels/],
    [(json) => (json.userDefinedMetadata = { labels: "ABC" }), /as many different labels/],
    [(json) => (json.userDefinedMetadata = { pen: "wide" }), /its pen is outside/],
    [(json) => (json.userDefinedMetadata = { min_probability: 1.5 }), /its min_probability is outside/],
    [manifest((group) => group.weights.pop()), /instead of/],
    [manifest((group) => (group.weights[1].name = group.weights[0].name)), /no name of its own/],
    [manifest((group) => (group.weights[1].name = "other/bias")), /layer 3 \(Conv2D conv2d_2\) has no bias/],
    [at(0, { batch_input_shape: [null, 8, 8, 3] }), /one channel/],
    [at(2, { activation: "elu" }), /layer 3 \(Conv2D conv2d_2\) has the activation "elu"/],
    [at(2, { dilation_rate: [2, 2] }), /dilated/],
    [at(2, { strides: [2, 2] }), /pads unequally/],
    [at(2, { data_format: "channels_first" }), /channels first/],
    [at(2, { filters: 1e9 }), /no number of filters/],
    [at(5, { strides: [1, 1] }), /overlap/],
    [at(8, { units: 6 }), /layer 9 \(Dense dense_8\) has no kernel of 4 x 6/],
    [(json) => json.modelTopology.model_config.config.layers.splice(7, 1), /needs a Flatten/],
    [
      (json) => json.modelTopology.model_config.config.layers.splice(9, 1),
      /last layer is a tanh|weights that belong to no layer/,
    ],
    [
      (json) => (json.modelTopology.model_config.config.layers[6].class_name = "LSTM"),
      /layer 7 \(LSTM dropout_6\) is of a kind/,
    ],
    [(json) => (json.modelTopology.model_config.class_name = "Graph"), /neither Sequential/],
  ];
  for (const [change, reason] of cases) {
    const { json, shard } = files(CLASSIC, change);
    assert.throws(
      () => readTensorFlow(json, [shard], INK),
      (error: unknown) => error instanceof ModelError && reason.test(error.message),
      String(reason),
    );
  }
  const { json, shard } = files(CLASSIC);
  const cut = { ...shard, bytes: shard.bytes.slice(0, -4) };
  assert.throws(() => readTensorFlow(json, [cut], INK), /beyond the end/);
  assert.throws(() => readTensorFlow(new TextEncoder().encode("{").buffer, [shard], INK), /not JSON/);
});

test("whatever is written into a model.json, it is read or refused as a model", () => {
  const strange = [null, -1, 0, 2, 1e9, "x", "same", [], {}, [[1]], [2, 2], true, 0.5, [3, 2, 1]];
  const bases = [
    CLASSIC,
    chain(
      48,
      ["Rescaling", { scale: 1 / 255 }],
      ["ZeroPadding2D", { padding: 1 }],
      ["Conv2D", { ...CONV, padding: "valid" }, [3, 3, 1, 3], [3]],
      ["Flatten", {}],
      ["Reshape", { target_shape: [8, 8, 3] }],
      ["DepthwiseConv2D", { kernel_size: 2, strides: 2 }],
      ["Permute", { dims: [1, 2, 3] }],
      ["BatchNormalization", {}],
    ),
  ];
  const places = (value: unknown): (readonly [holder: any, key: string])[] =>
    typeof value === "object" && value !== null
      ? Object.keys(value).flatMap((key) => [[value, key] as const, ...places((value as any)[key])])
      : [];
  const random = noise(1200, 11).map((value) => (value + 1) / 2);
  const given = bases.map((entries) => files(entries));
  for (let round = 0; round < 600; round++) {
    const { json, shard } = given[round % 2]!;
    const whole = JSON.parse(new TextDecoder().decode(json));
    const all = places(whole);
    const [holder, key] = all[Math.floor(random[2 * round]! * all.length)]!;
    holder[key] = strange[Math.floor(random[2 * round + 1]! * strange.length)];
    const text = JSON.stringify(whole);
    try {
      readTensorFlow(new TextEncoder().encode(text).buffer, [shard], INK);
    } catch (error) {
      assert.ok(error instanceof ModelError, `${error} ${text}`);
    }
  }
});
