import assert from "node:assert/strict";
import { test } from "node:test";
import { NET_NAMES, NETS, type NetName } from "../src/features/train/nets";
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
    training: { name, data: ["glyphs"], credits: ["© Ä"] },
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
