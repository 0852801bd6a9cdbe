import assert from "node:assert/strict";
import { test } from "node:test";
import { choice, number, text } from "../src/ui/fields";
import { INITIAL, readState, VIEWS, writeState } from "../src/ui/state";

test("an address says what differs, and gives it back", () => {
  assert.equal(writeState(INITIAL), "#");
  assert.deepEqual(readState("#"), INITIAL);
  for (const view of VIEWS) {
    const state = { ...INITIAL, view, letters: "GC", cell: "7&" };
    assert.deepEqual(readState(writeState(state)), state);
  }
});

test("addresses of version 0.1 are read", () => {
  for (const [old, current] of [
    ["#set=glyphs", "#set=font-letters"],
    ["#recipe=best", "#recipe=default"],
    ["#recipe=plain", "#recipe=no-aug"],
  ]) {
    assert.deepEqual(readState(old!), readState(current!));
  }
});

test("what is wrong in an address counts as not said", () => {
  for (const wrong of [
    "#view=",
    "#view=draw&view",
    "#view=__proto__",
    "#letters=ggg&language=xx",
    "#&&==%",
    `#${"a".repeat(1e5)}`,
  ]) {
    assert.deepEqual(readState(wrong), INITIAL);
  }
});

test("fields read what they write and nothing else", () => {
  const size = number(-2, 3, 0);
  for (const value of [-2, 0, 1.234, 3]) assert.equal(size.read(size.write(value)), value);
  for (const wrong of ["", "x", "4", "-2.1", "NaN", "Infinity"]) assert.equal(size.read(wrong), null);
  const kind = choice(["a", "b"], "a");
  assert.equal(kind.read("b"), "b");
  assert.equal(kind.read("c"), null);
  const name = text(/^[a-z]*$/);
  assert.equal(name.read("abc"), "abc");
  assert.equal(name.read("aBc"), null);
  assert.equal(name.read("a".repeat(101)), null);
});
