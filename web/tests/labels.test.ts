import assert from "node:assert/strict";
import { test } from "node:test";
import { nameClasses, withReplacements } from "../src/i18n/characters";
import { LANGUAGES, loadWords } from "../src/i18n/languages";
import { classOf, DEFAULT_LABELS, letterClasses } from "../src/model/labels";
import { LETTERS } from "../src/model/letters";

const DIGITS = "0123456789";
const BALANCED = `${DIGITS}${LETTERS}abdefghnqrt`; // EMNIST's order of 47 classes
const BY_CLASS = `${DIGITS}${LETTERS}${LETTERS.toLowerCase()}`;

test("classes are named by their ends, or by their number", () => {
  const name = (labels: string) => nameClasses(labels, "to", "characters");
  assert.equal(name(LETTERS), "A to Z");
  assert.equal(name(DIGITS), "0 to 9");
  assert.equal(name("9876543210"), "0 to 9");
  assert.equal(name(`${LETTERS}${DIGITS}`), "0–9, A–Z");
  assert.equal(name(BALANCED), "47 characters");
  assert.equal(name(BY_CLASS), "0–9, A–Z, a–z");
  assert.equal(name("XO"), "O, X");
});

test("a character has the class of its own label, else that of its other case", () => {
  assert.equal(classOf(LETTERS, "g"), 6);
  assert.equal(classOf("abc", "B"), 1);
  assert.equal(classOf(BY_CLASS, "a"), 36);
  assert.equal(classOf(BALANCED, "c"), 12);
  assert.equal(classOf(LETTERS, "7"), -1);
  assert.equal(classOf(DIGITS, ""), -1);
  assert.equal(classOf(LETTERS, "ß"), -1);
});

test("models without labels have those of EMNIST's splits", () => {
  assert.deepEqual([...DEFAULT_LABELS.keys()].sort(), [10, 26, 36, 47, 62]);
  for (const labels of [LETTERS, DIGITS, DIGITS + LETTERS, BALANCED, BY_CLASS])
    assert.equal(DEFAULT_LABELS.get(labels.length), labels);
});

test("A to Z are measured where a letter is one class in both forms", () => {
  assert.deepEqual(letterClasses(`${DIGITS}${LETTERS}`)?.slice(0, 2), [10, 11]);
  assert.equal(letterClasses(LETTERS.toLowerCase())?.length, 26);
  for (const labels of [DIGITS, BALANCED, BY_CLASS, LETTERS.slice(1)]) assert.equal(letterClasses(labels), null);
});

test("replacements change their texts alone", () => {
  const texts = { a: "1", group: { b: "2", c: () => "3" }, list: ["4"] };
  const replaced = withReplacements(texts, { group: { c: () => "5" }, list: ["6"] });
  assert.deepEqual([replaced.a, replaced.group.b, replaced.group.c(), replaced.list], ["1", "2", "5", ["6"]]);
  assert.equal(texts.group.c(), "3");
});

/** All texts, those of functions for made-up parameters. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") {
    const text: unknown = value.length > 0 || value.toString().startsWith("()") ? value(3, 2, 1, 1) : null;
    return typeof text === "string" ? [text] : [];
  }
  return typeof value === "object" && value ? Object.values(value).flatMap(textsOf) : [];
}

for (const language of LANGUAGES) {
  test(`texts in ${language} speak of the network's classes`, async () => {
    for (const [labels, named] of [
      [DIGITS, /0 (to|bis) 9/],
      [BALANCED, /47 (characters|Zeichen)/],
    ] as const) {
      const words = await loadWords(language, labels);
      assert.match(words.about.letters, named);
      const { fontLetters, otherLetters, ...mistakes } = words.mistakes; // these are about A to Z
      const { embedHow, ...take } = words.take;
      const texts = textsOf({ ...words, mistakes, take });
      assert.ok(texts.length > 90);
      assert.deepEqual(
        texts.filter((text) => /letter|Buchstabe|A to Z|A bis Z/i.test(text)),
        [],
      );
      const inside = await words.inside();
      assert.deepEqual(
        textsOf(inside).filter((text) => /letter|Buchstabe/i.test(text)),
        [],
      );
      const teach = await words.teach();
      assert.match(teach.otherLetters, named);
      const { how, keys, row, empty, letters: own, none } = teach;
      assert.doesNotMatch([how, keys, row, empty, own, none, teach.trueLetter("7")].join(), /letter|Buchstabe/i);
    }
  });
}
