import assert from "node:assert/strict";
import { test } from "node:test";
import { arithmetic, receptiveFields, strongestFeeds } from "../src/features/inside/arithmetic";
import { attribute } from "../src/features/inside/attribution";
import { paperNames, stepsOf } from "../src/features/inside/steps";
import { nameOf, placeOf, unitAt, unitOf } from "../src/features/inside/units";
import { room } from "../src/features/inside/values";
import { readArchitecture } from "../src/model/spec";
import { forward, model, picture, plainly, SPECS } from "./networks";

function near(found: number, expected: number, tolerance = 1e-5): void {
  assert.ok(Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${found} is not ${expected}`);
}

function passed(name: string, seed = 1) {
  const given = model(SPECS[name]!, seed);
  const steps = stepsOf(given);
  const values = room(steps);
  const image = picture(given.architecture.height * given.architecture.width, seed + 7);
  forward(given, image, values);
  return { given, steps, values, image };
}

for (const name of Object.keys(SPECS)) {
  test(`${name}: a pass makes what the definition says`, () => {
    for (const seed of [1, 2, 3]) {
      const { given, values, image } = passed(name, seed);
      const logits = plainly(given, image);
      logits.forEach((logit, i) => near(values.at(-2)![i]!, logit));
      const powers = logits.map((logit) => Math.exp(logit / given.temperature));
      const sum = powers.reduce((a, b) => a + b);
      powers.forEach((power, i) => near(values.at(-1)![i]!, power / sum));
    }
  });

  test(`${name}: contributions add up to the difference, and a blank pixel has none`, () => {
    const { steps, values, image } = passed(name);
    const classes = values.at(-1)!.length;
    for (const [one, other] of [
      [0, 1],
      [classes - 1, 0],
      [1, 1],
    ] as const) {
      const { pixels, constant, difference } = attribute(steps, values, one, other);
      near(difference, values.at(-2)![one]! - values.at(-2)![other]!);
      near(
        pixels.reduce((sum, pixel) => sum + pixel, constant),
        difference,
      );
      assert.ok(pixels.every((pixel, i) => image[i] || pixel === 0));
    }
  });

  test(`${name}: a unit's arithmetic ends in its value`, () => {
    const { steps, values } = passed(name);
    steps.forEach((step, i) => {
      for (let place = 0; place < values[i]!.length; place++) {
        const unit = unitAt(i, place, step.output);
        assert.equal(placeOf(unit, step.output), place);
        assert.deepEqual(unitOf(nameOf(unit, steps), steps), unit);
        const { from, sum, output, values: taken } = arithmetic(steps, values, unit);
        assert.equal(output, values[i]![place]);
        from.forEach((at, n) => at < 0 || assert.equal(taken[n], values[i - 1]![at]));
        if (["conv", "dense", "subsample", "resize", "rbf"].includes(step.kind)) near(sum, output);
        if (step.kind === "maxpool") assert.equal(Math.max(...taken), output);
      }
    });
  });

  test(`${name}: whom a unit feeds is who takes it`, () => {
    const { steps, values } = passed(name);
    steps.slice(0, -2).forEach((step, i) => {
      const takers = new Map<number, Map<number, number>>(); // place here -> place there -> product
      values[i + 1]!.forEach((_, there) => {
        const { from, products } = arithmetic(steps, values, unitAt(i + 1, there, steps[i + 1]!.output));
        from.forEach((at, n) => takers.set(at, (takers.get(at) ?? new Map()).set(there, products[n]!)));
      });
      for (let place = 0; place < values[i]!.length; place += 3) {
        const found = strongestFeeds(steps, values, unitAt(i, place, step.output), Infinity);
        const expected = takers.get(place) ?? new Map<number, number>();
        assert.equal(found.length, expected.size, `${step.name} ${place}`);
        for (const { unit, product } of found) near(product, expected.get(placeOf(unit, steps[i + 1]!.output))!);
      }
    });
  });

  test(`${name}: a unit depends on its field alone`, () => {
    const { given, steps, values, image } = passed(name);
    const { width } = given.architecture;
    const others = room(steps);
    steps.forEach((step, i) => {
      const unit = unitAt(i, Math.floor(values[i]!.length / 2), step.output);
      const field = receptiveFields(steps, unit)[0]!;
      const changed = image.map((byte, n) => {
        const [row, column] = [Math.floor(n / width), n % width];
        const seen = row >= field.top && row <= field.bottom && column >= field.left && column <= field.right;
        return seen ? byte : 255 - byte;
      });
      forward(given, changed, others);
      const place = placeOf(unit, step.output);
      assert.equal(others[i]![place], values[i]![place]);
    });
  });
}

test("a relu network's contributions are gradient times input", () => {
  const { given, steps, values, image } = passed("relu");
  const { pixels } = attribute(steps, values, 0, 1);
  const difference = (bytes: Uint8Array) => {
    const [one = 0, other = 0] = plainly(given, bytes);
    return one - other;
  };
  image.forEach((byte, i) => {
    if (byte < 2) return;
    const slope = difference(image) - difference(image.map((old, n) => (n === i ? old - 1 : old)));
    if (Math.abs(slope * byte - pixels[i]!) > 1e-3) assert.ok(Math.abs(slope) < 0.05, "more than a bend");
  });
});

test("no name but a unit's is one", () => {
  const { steps } = passed("relu");
  for (const wrong of [
    "",
    "conv1",
    "conv1.1",
    "conv1.4.1.1",
    "conv1.1.12.1",
    "conv1.0.1.1",
    "conv9.1.1.1",
    "dense1.6",
    "dense1.1.1.1",
    "dense1.x",
    "conv1.1.1.1.1",
  ]) {
    assert.equal(unitOf(wrong, steps), null, wrong);
  }
  assert.deepEqual(unitOf("dense1.5", steps), { step: 6, channel: 4, row: 0, column: 0 });
});

test("layers are called as in the papers", () => {
  const named = (layers: readonly object[]) => [...paperNames(readArchitecture({ input: [28, 28], layers })).values()];
  const conv = (channels: number) => ({ conv: channels, kernel: 5 });
  const [tanh, pool] = [{ tanh: {} }, { subsample: 2 }];
  const lenet5 = [conv(6), tanh, pool, tanh, conv(16), tanh, pool, tanh, { dense: 120 }, { dense: 84 }];
  assert.deepEqual(named([...lenet5, { dense: 26 }]), ["C1", "S2", "C3", "S4", "C5", "F6", "output"]);
  assert.deepEqual(named([conv(4), tanh, pool, conv(12), pool, { dense: 26 }]), ["H1", "H2", "H3", "H4", "output"]);
  assert.deepEqual(named([conv(12), tanh, conv(12), { dense: 30 }, { dense: 26 }]), ["H1", "H2", "H3", "output"]);
});

test("layers of other architectures have no names of the papers", () => {
  const conv = { conv: 16, kernel: 5 };
  const architecture = readArchitecture({
    input: [28, 28],
    layers: [conv, { relu: {} }, { maxpool: 2 }, conv, { maxpool: 2 }, { dense: 48 }, { dense: 26 }],
  });
  assert.equal(paperNames(architecture).size, 0);
});
