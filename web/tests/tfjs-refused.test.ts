import assert from "node:assert/strict";
import { test } from "node:test";
import { readTensorFlow } from "../src/features/inside/tfjs";
import { ModelError } from "../src/model/spec";
import { noise } from "./networks";
import { CLASSIC, CONV, chain, type Entry, files, INK } from "./tfjs-files";

test("layers that no network here can say are refused, with their names", async () => {
  const means = { units: 4, use_bias: false };
  const turned: readonly Entry[] = [
    ["Permute", { dims: [3, 2, 1] }],
    ["Dense", means, [8, 4]],
  ];
  const cases: readonly (readonly [readonly Entry[], RegExp])[] = [
    [chain(16, ...turned, ["Permute", { dims: [3, 2, 1] }]), /layer 3 \(Dense dense_2\) must average equal parts/],
    [
      chain(64, ["Permute", { dims: [2, 1, 3] }], ["Activation", { activation: "relu" }]),
      /layer 3 .* has an input with permuted axes/,
    ],
    [chain(64, ["Permute", { dims: [1, 2] }]), /permute three axes/],
    [chain(64, ["Permute", { dims: [2, 1, 3] }], ["Dense", { units: 1 }, [1, 1], [1]]), /rows or the columns/],
    [chain(64, ["Reshape", { target_shape: [4, 16, 1] }]), /flatten its input/],
    [chain(16, ["DepthwiseConv2D", { kernel_size: 2, strides: 2 }]), /has no depthwise_kernel/],
    [chain(16, ["DepthwiseConv2D", { kernel_size: 2, strides: 1 }]), /overlap or leave gaps/],
    [chain(64, ["BatchNormalization", {}]), /must follow a layer with weights/],
    [chain(64, ["Rescaling", { scale: 1 }], ["Rescaling", { scale: 1, offset: 1 }], ["ReLU", {}]), /cannot be folded/],
    [chain(16, ["Rescaling", { scale: 0.01 }], ["Rescaling", { scale: -1 }], ["MaxPooling2D", {}]), /negative/],
    [[...chain(64), ["Rescaling", { scale: 1000 }]], /outside 0.01 to 100/],
  ];
  for (const [entries, reason] of cases) {
    const { json, shard } = files(entries);
    await assert.rejects(
      readTensorFlow(json, [shard], INK),
      (error: unknown) => error instanceof ModelError && reason.test(error.message),
      String(reason),
    );
  }
});

test("what cannot be used is refused, with the layer's name", async () => {
  const at = (place: number, config: object) => (json: any) =>
    Object.assign(json.modelTopology.model_config.config.layers[place].config, config);
  const manifest = (change: (group: any) => void) => (json: any) => change(json.weightsManifest[0]);
  const cases: readonly (readonly [(json: any) => void, RegExp])[] = [
    [(json) => delete json.modelTopology, /no modelTopology/],
    [(json) => (json.format = "graph-model"), /graph model/],
    [(json) => (json.weightsManifest = []), /no weightsManifest/],
    [manifest((group) => (group.paths = ["../group1-shard1of1.bin"])), /is missing; choose it/],
    [manifest((group) => (group.weights[0].shape = [3, 3, 1, 2 ** 30])), /has no valid shape|lies beyond/],
    [manifest((group) => (group.weights[0].shape = [3, -3, 1, 3])), /has no valid shape/],
    [manifest((group) => (group.weights[0].dtype = "int32")), /not of type float32/],
    [manifest((group) => (group.weights[0].quantization = null)), /invalid quantization/],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint4" })),
      /not stored as float32, float16, uint8 or uint16/,
    ],
    [manifest((group) => (group.weights[0].quantization = { dtype: "uint8" })), /no valid scale and minimum/],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint16", scale: 1e300, min: 0 })),
      /no valid scale and minimum/,
    ],
    [
      manifest((group) => (group.weights[0].quantization = { dtype: "uint8", scale: 1, min: 0 })),
      /instead of|a number that is not finite/,
    ],
    [
      (json) => (json.userDefinedMetadata = { ink_version: INK + 1 }),
      /needs rasterizer version 4, but this program has 3/,
    ],
    [(json) => (json.userDefinedMetadata = { labels: "AABCDEFGHI" }), /a different label for each/],
    [(json) => (json.userDefinedMetadata = { labels: "ABC" }), /a different label for each/],
    [(json) => (json.userDefinedMetadata = { pen: "wide" }), /its pen is not within/],
    [(json) => (json.userDefinedMetadata = { min_probability: 1.5 }), /its min_probability is not within/],
    [manifest((group) => group.weights.pop()), /instead of/],
    [manifest((group) => (group.weights[1].name = group.weights[0].name)), /name of another weight/],
    [manifest((group) => (group.weights[1].name = "other/bias")), /layer 3 \(Conv2D conv2d_2\) has no bias/],
    [at(0, { batch_input_shape: [null, 8, 8, 3] }), /one channel/],
    [at(2, { activation: "elu" }), /layer 3 \(Conv2D conv2d_2\) has the activation "elu"/],
    [at(2, { dilation_rate: [2, 2] }), /dilation/],
    [at(2, { strides: [2, 2] }), /pads the sides unequally/],
    [at(2, { data_format: "channels_first" }), /channels_first/],
    [at(2, { filters: 1e9 }), /no valid number of filters/],
    [at(5, { strides: [1, 1] }), /overlap/],
    [at(8, { units: 6 }), /layer 9 \(Dense dense_8\) has no kernel of shape 4 x 6/],
    [(json) => json.modelTopology.model_config.config.layers.splice(7, 1), /needs a Flatten/],
    [
      (json) => json.modelTopology.model_config.config.layers.splice(9, 1),
      /last layer is a tanh|weights that belong to no layer/,
    ],
    [
      (json) => (json.modelTopology.model_config.config.layers[6].class_name = "LSTM"),
      /layer 7 \(LSTM dropout_6\) is not a supported layer/,
    ],
    [(json) => (json.modelTopology.model_config.class_name = "Graph"), /neither a Sequential model/],
  ];
  for (const [change, reason] of cases) {
    const { json, shard } = files(CLASSIC, change);
    await assert.rejects(
      readTensorFlow(json, [shard], INK),
      (error: unknown) => error instanceof ModelError && reason.test(error.message),
      String(reason),
    );
  }
  const { json, shard } = files(CLASSIC);
  const cut = { ...shard, bytes: shard.bytes.slice(0, -4) };
  await assert.rejects(readTensorFlow(json, [cut], INK), /beyond the end/);
  await assert.rejects(readTensorFlow(new TextEncoder().encode("{").buffer, [shard], INK), /not JSON/);
});

test("whatever is written into a model.json, it is read or refused as a model", async () => {
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
      await readTensorFlow(new TextEncoder().encode(text).buffer, [shard], INK);
    } catch (error) {
      assert.ok(error instanceof ModelError, `${error} ${text}`);
    }
  }
});
