import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readDrawings } from "../src/dataset/readers/jsonl";
import { readNpz } from "../src/dataset/readers/npz";
import { MAX_PICTURE_SIDE, MAX_POINTS } from "../src/engine/abi.gen";
import { TEXTS } from "../src/i18n/de/errors";
import type { Template } from "../src/i18n/en/errors";
import { explain, LenetError, messageOf } from "../src/i18n/errors";
import { LANGUAGES, loadWords } from "../src/i18n/languages";
import { readModel } from "../src/model/file";

/** All of them: the compiler lets no text be missing. */
const TEMPLATES = Object.keys(TEXTS) as Template[];
const german = (await loadWords("de")).errors;

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("every language has a text for each template, with as many places", async () => {
  const places = (text: string) => text.split("{}").length - 1;
  for (const language of LANGUAGES) {
    const { errors } = await loadWords(language);
    for (const template of TEMPLATES) {
      assert.equal(places(errors.text(template)), places(template), `${language}: ${template}`);
      assert.match(errors.text(template), /\S/);
    }
  }
});

test("every template is said somewhere", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
    /^(?!i18n\/[a-z]+\/).*\.ts$/.test(name),
  );
  const sources = files.map((name) => readFileSync(`src/${name}`, "utf8")).join();
  const unsaid = TEMPLATES.filter(
    (template) => ![`"${template}"`, `'${template}'`].some((quoted) => sources.includes(quoted)),
  );
  assert.deepEqual(unsaid, []);
});

test("an error speaks English, and another language where it is shown", () => {
  const error = new LenetError(
    "{} must be a whole number, {} to {}",
    ["the kernel of {}", ["layer {}", 1234]],
    0.5,
    4096,
  );
  assert.equal(error.message, "the kernel of layer 1234 must be a whole number, 0.5 to 4096");
  assert.equal(explain(error), error.message);
  assert.equal(explain(error, german), "Der Kernel von Schicht 1.234 muss eine ganze Zahl sein, 0,5 bis 4.096");
});

test("what fills a place is taken as it is", () => {
  const error = new LenetError("{} is larger than allowed", "{} $& $1.npy");
  assert.equal(error.message, "{} $& $1.npy is larger than allowed");
  assert.equal(explain(error, german), "{} $& $1.npy ist größer als erlaubt");
});

test("foreign errors stay as they are", () => {
  assert.equal(explain(new RangeError("a {} of its own"), german), "a {} of its own");
  assert.equal(explain("only text", german), "only text");
});

test("an error of a worker is the same on the page", () => {
  const error = thrown(() => readDrawings('\n{"label": 7}'));
  const arrived = new LenetError(...structuredClone(messageOf(error)));
  assert.equal(arrived.message, "line 2: its label is not one character");
  assert.equal(explain(arrived, german), "Zeile 2: Das Label ist kein einzelnes Zeichen");
});

test("messages stand within messages in every language", async () => {
  const error = thrown(() => readModel(new ArrayBuffer(9), 1));
  assert.equal(
    explain(error),
    "The model file cannot be used: it is not a safetensors file. Copy it again, or choose another.",
  );
  assert.equal(
    explain(error, german),
    "Die Modelldatei lässt sich nicht verwenden: Sie ist keine safetensors-Datei. Kopiere sie noch einmal, oder wähle eine andere.",
  );
  await assert.rejects(
    readNpz(new ArrayBuffer(99), "x"),
    (error) => explain(error, german) === "Die Datei ist kein Zip-Archiv",
  );
});

test("messages state the engine's limits", () => {
  const [points, side] = [MAX_POINTS, MAX_PICTURE_SIDE].map(
    (limit) => [limit.toLocaleString("en"), limit.toLocaleString("de")] as const,
  );
  const limited = (Object.keys(TEXTS) as Template[]).filter((template) => /the drawing has more than/.test(template));
  assert.ok(limited.length === 3);
  for (const template of limited) {
    assert.ok(template.includes(points![0]) && TEXTS[template].includes(points![1]), template);
    if (template.includes("picture")) assert.ok(template.includes(side![0]) && TEXTS[template].includes(side![1]));
  }
});
