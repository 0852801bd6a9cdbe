import assert from "node:assert/strict";
import { test } from "node:test";
import { ClassLetters } from "../src/features/classroom/class-letters";
import { areEnough, splitClass } from "../src/features/classroom/class-training";
import { addressForPhones, completeAddress } from "../src/features/classroom/invitation-panel";
import type { Recognizer } from "../src/model/recognizer";
import type { ClassDrawing, ClassSnapshot } from "../src/server/classes";
import { shuffled } from "../src/ui/collect/prompts";

/** A network that reads everything as one letter. */
const always = (letter: string) => ({ recognize: () => ({ candidates: [[letter, 1]] }) }) as unknown as Recognizer;
const drawing = (id: string, label: string): ClassDrawing => ({ id, label, strokes: [[[0, 0]]] });
const snapshot = (changes: Partial<ClassSnapshot>) =>
  ({ reset: false, newest: [], removed: [], ...changes }) as unknown as ClassSnapshot;

test("letters come, go, and are read by the network in the figures", () => {
  const letters = new ClassLetters(always("L"));
  letters.follow(snapshot({ reset: true, newest: [drawing("1", "l"), drawing("2", "I"), drawing("3", "L")] }));
  assert.equal(letters.all.length, 3);
  assert.equal(letters.numCorrect, 2);
  assert.deepEqual(letters.confusion(), [
    { label: "L", predicted: "L", count: 2 },
    { label: "I", predicted: "L", count: 1 },
  ]);
  letters.follow(snapshot({ newest: [drawing("4", "I")], removed: ["1", "2"] }));
  assert.deepEqual(
    letters.all.map(({ drawing: { id } }) => id),
    ["3", "4"],
  );
  letters.predict(
    new Map([
      ["4", "I"],
      ["9", "X"],
    ]),
  );
  assert.equal(letters.numCorrect, 2);
  letters.readWith(always("I"));
  assert.deepEqual(
    letters.all.map(({ correct }) => correct),
    [false, true],
  );
  letters.follow(snapshot({ reset: true }));
  assert.equal(letters.all.length, 0);
});

test("a withdrawn letter does not come back with a list that was asked for before", () => {
  const letters = new ClassLetters(always("L"));
  const drawings = [drawing("1", "L"), drawing("2", "L")];
  letters.follow(snapshot({ reset: true, newest: drawings }));
  letters.follow(snapshot({ removed: ["1"] }));
  letters.become(drawings);
  assert.deepEqual(
    letters.all.map(({ drawing: { id } }) => id),
    ["2"],
  );
});

test("a fifth of the letters is not trained on, and each letter is on one side", () => {
  for (const count of [5, 6, 61, 500]) {
    const { training, test } = splitClass(count);
    assert.equal(test.length, Math.round(count / 5));
    assert.deepEqual(
      [...training, ...test].sort((a, b) => a - b),
      Array.from({ length: count }, (_, i) => i),
    );
  }
});

test("a class needs five letters of two kinds", () => {
  assert.ok(areEnough([..."AAAAB"]));
  assert.ok(!areEnough([..."AAAB"]));
  assert.ok(!areEnough([..."AAaaA"]));
});

test("phones get an address that they reach", () => {
  const page = "http://192.0.2.7:8000/lenet/#view=class";
  assert.equal(addressForPhones("", page), "http://192.0.2.7:8000/lenet/");
  assert.equal(addressForPhones("http://192.0.2.9:8000/", "http://localhost:8000/"), "http://192.0.2.9:8000/");
  for (const own of ["http://localhost:8000/", "http://127.0.0.1:8000/", "http://[::1]:8000/"])
    assert.equal(addressForPhones("", own), null);
  assert.equal(addressForPhones("javascript:alert(1)", "http://localhost/"), null);
  assert.equal(addressForPhones("", "http://localhost:8000/", "http://192.0.2.5:80/x?y"), "http://192.0.2.5/x");
});

test("an address is completed from the page's own", () => {
  const page = "http://localhost:8000/lenet/";
  assert.equal(completeAddress("192.0.2.7", page), "http://192.0.2.7:8000/lenet/");
  assert.equal(completeAddress("192.0.2.7:9000", page), "http://192.0.2.7:9000/lenet/");
  assert.equal(completeAddress("school.example/x/", page), "http://school.example:8000/x/");
  assert.equal(completeAddress("https://school.example/", page), "https://school.example/");
  assert.equal(completeAddress("not an address", page), "");
});

test("without a server every letter is asked for once", () => {
  const letters = shuffled().map(({ letter }) => letter);
  assert.equal(new Set(letters).size, 52);
});
