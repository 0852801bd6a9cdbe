import assert from "node:assert/strict";
import { test } from "node:test";
import { NET_NAMES, NETS, type NetName } from "../src/features/train/networks";
import { type Model, readModel } from "../src/model/file";
import { ModelError, readArchitecture } from "../src/model/spec";
import { writeModel } from "../src/model/writer";

function model(name: NetName): Model {
  const { spec, parameters } = NETS[name];
  return {
    architecture: readArchitecture(spec),
    parameters: Float32Array.from({ length: parameters }, (_, i) => Math.sin(i)),
    labels: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    temperature: 1.2345,
    pen: 0.1,
    maxEntropy: null,
    minProbability: 0.5,
    training: { name, data: ["font-letters"], credits: ["© Ä"] },
  };
}

test("every network is read as it was written", () => {
  for (const name of NET_NAMES) {
    const written = model(name);
    assert.deepEqual(readModel(writeModel(written, 1).buffer, 1), written);
  }
});

test("what nobody could read is not written", () => {
  const written = model("lenet1");
  const broken = written.parameters.slice();
  broken[3] = NaN;
  assert.throws(() => writeModel({ ...written, parameters: broken }, 1), ModelError);
  assert.throws(() => writeModel({ ...written, training: { long: "x".repeat(2 ** 20) } }, 1), ModelError);
});

/** The file with other metadata: `change` gets them and returns those to write. */
function withMetadata(file: Uint8Array<ArrayBuffer>, change: (texts: Record<string, string>) => object): ArrayBuffer {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  header.__metadata__ = change(header.__metadata__);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const changed = new Uint8Array(8 + text.length + file.length - 8 - length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(text.length), true);
  changed.set(text, 8);
  changed.set(file.subarray(8 + length), 8 + text.length);
  return changed.buffer;
}

test("a file of the first format is read with the names of the second", () => {
  const training = {
    credits: ["A font"],
    images: 90,
    data: ["glyphs", "mine"],
    epochs_planned: 3,
    recipe: { batch: 64, rate: 0.01, augmentation: { scale: 0.1 } },
    calibration: { letters: 10, auroc: 0.9 },
    own_letters: 3,
  };
  const file = withMetadata(
    writeModel(model("lenet1"), 1),
    ({ format, rasterizer_version, pen_width, training: _, ...rest }) => {
      assert.equal(format, "lenet-model/2");
      return {
        ...rest,
        format: "lenet-model/1",
        ink_version: rasterizer_version,
        pen: "0.25",
        training: JSON.stringify(training),
      };
    },
  );
  const read = readModel(file, 1);
  assert.equal(read.pen, 0.25);
  assert.deepEqual(read.training, {
    attributions: ["A font"],
    num_train_images: 90,
    data: ["font-letters", "mine"],
    num_epochs: 3,
    recipe: { batch_size: 64, learning_rate: 0.01, augmentation: { scale: 0.1 } },
    calibration: { num_letters: 10, auroc: 0.9 },
    own_letters: 3,
  });
});

test("a file of a later format is refused", () => {
  const file = withMetadata(writeModel(model("lenet1"), 1), (texts) => ({ ...texts, format: "lenet-model/3" }));
  assert.throws(() => readModel(file, 1), ModelError);
});
