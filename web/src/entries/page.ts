// Entry of the page: connects pad, recognizer, answer and view, and updates them once a frame while something changes.

import type { Core } from "../engine/rasterizer";
import type { train } from "../engine/training-client";
import type { Stroke, Strokes } from "../engine/types";
import { readDrawing } from "../features/take/link";
import type { Words } from "../i18n/en/page";
import { loadWords } from "../i18n/languages";
import { KeyboardPen } from "../ink/keyboard-pen";
import { Pad } from "../ink/pad";
import { loadDrawings, saveDrawings } from "../ink/session-drawings";
import { LETTERS } from "../model/letters";
import { loadRecognizer } from "../model/load";
import type { Recognizer } from "../model/recognizer";
import type { Recognition } from "../model/types";
import type { Word } from "../segmentation/reader";
import { Announcer } from "../ui/announcer";
import { Answer, spoken } from "../ui/answer";
import { element, h } from "../ui/dom";
import { Notice } from "../ui/notice";
import { Shell } from "../ui/shell";
import { ALL_DESKS, isServed } from "../ui/state";
import { Store } from "../ui/store";
import type { App, Served, View } from "../ui/view";
import { loadView } from "./views";

/**
 * For the console, tests and other programs. There once the page's data-state is "ready".
 *   lenet.recognize([[[x, y], ...], ...])  recognizes strokes, x right, y down, any unit
 *   lenet.readWord([[[x, y], ...], ...])   recognizes a word, optionally from a lexicon
 *   lenet.strokes()                        the strokes on the pad, in units of its height
 *   lenet.core                             the engine: strokes or a picture to 28x28
 *   lenet.train(job, options)              trains a network in workers: engine/training-client.ts
 */
export interface Hook {
  recognize(strokes: Strokes): Recognition;
  strokes(): readonly Stroke[];
  readWord(strokes: readonly Stroke[], words?: string): Promise<Word>;
  readonly core: Core;
  readonly train: typeof train;
}

declare global {
  interface Window {
    lenet?: Hook;
  }
}

const MODEL = "./model.safetensors";

const root = document.documentElement;
const store = new Store();
const announcer = new Announcer(element("announcement", HTMLElement));
const answerer = new Answer();
const pad = new Pad(element("pad", HTMLCanvasElement), change);
pad.watch(change);
const shell = new Shell(pad, store);
const notice = new Notice(() => saveDrawings(pad.drawings));
const place = element("view", HTMLElement);
let words: Words | null = null;
let recognizer: Recognizer | null = null;
let defaultRecognizer: Recognizer | null = null;
let view: View | null = null;
let app: App | null = null;
let served: Served | null = null;
let refocus = false; // the focus was in the view that is replaced, or on the link to the next one
let mounting = 0; // counts, so that a view that loads late is not mounted over a later one
let awaited = false;
let failure: unknown = null; // why nothing can answer

new KeyboardPen(
  pad,
  element("pen", HTMLElement),
  (down) => words && announcer.now(down ? words.pad.lowered : words.pad.lifted),
);

/** Requests an update with the next frame. */
function change(): void {
  if (!awaited) requestAnimationFrame(update);
  awaited = true;
}

function update(): void {
  awaited = false;
  pad.paint();
  shell.update();
  if (!recognizer || !words) return;
  try {
    const strokes = pad.strokes;
    const start = performance.now();
    const answer = recognizer.recognize(strokes);
    const elapsed = performance.now() - start;
    answerer.show(answer, words.answer, recognizer.labels);
    if (root.dataset["desk"] !== "none") announcer.say(spoken(answer, words.answer));
    const frame = { state: store.state, strokes, answer, elapsed };
    view?.update(frame);
    if (app) served?.(app, frame);
  } catch (error) {
    tell(error);
  }
}

/** Shows an error in place of the answer. */
function tell(error: unknown): void {
  announcer.only(answerer.fail(error, words));
}

/** Replaces the open view by the view of the state. */
async function mount(): Promise<void> {
  const turn = ++mounting;
  refocus ||= place.contains(document.activeElement);
  view?.close?.();
  view = null;
  const { view: name } = store.state;
  const desk = ALL_DESKS[name];
  root.dataset["view"] = name;
  root.dataset["desk"] = desk;
  if (desk !== "none") pad.turn(desk);
  place.replaceChildren();
  if (!words || !recognizer || !defaultRecognizer) return;
  const current: App = {
    store,
    pad,
    words,
    recognizer,
    defaultRecognizer,
    use,
    announce: (text) => announcer.say(text),
  };
  app = current;
  try {
    const fill = await (await loadView(name))(words);
    if (turn !== mounting) return;
    place.replaceChildren();
    view = fill(place, current);
  } catch (error) {
    console.error(error);
    if (turn === mounting) place.replaceChildren(...failed(words));
  }
  if (refocus) focusView();
  change();
}

/** Moves the focus to the view's heading, unless the view has taken it; else the next key would start at the top. */
function focusView(): void {
  refocus = false;
  if (place.contains(document.activeElement)) return;
  const heading = place.querySelector<HTMLElement>("h2, button");
  if (heading instanceof HTMLHeadingElement) heading.tabIndex = -1;
  heading?.focus({ preventScroll: true });
}

/** Shows the drawing in the address, if there is one, and removes it from the address. */
function showShared(): void {
  const shared = readDrawing(new URLSearchParams(location.hash.slice(1)).get("drawing") ?? "");
  if (!shared) return;
  pad.show(shared);
  store.set({});
}

/** Returns the elements shown in place of a view that did not load. */
function failed(words: Words): readonly HTMLElement[] {
  const again = h("button", { type: "button", click: () => void mount() }, words.again);
  return [h("p", { class: "problem", role: "alert" }, words.viewFailed), again];
}

function use(next: Recognizer): void {
  const sameTexts = recognizer?.labels === next.labels;
  recognizer = next;
  if (!sameTexts) speak().catch(tell);
  else {
    describe();
    void mount();
  }
}

/** Describes the network in use; a button leads back to the default network. */
function describe(): void {
  if (!words || !recognizer || !defaultRecognizer) return;
  const ours = recognizer === defaultRecognizer || "own_letters" in recognizer.model.training;
  shell.describe(words.about, recognizer.model, ours ? null : () => use(defaultRecognizer!));
}

/** Loads the texts of the language for the network in use, and shows them. */
async function speak(): Promise<void> {
  const { language } = store.state;
  const labels = recognizer?.labels;
  const loaded = await loadWords(language, !labels || labels === LETTERS ? null : labels);
  if (language !== store.state.language || labels !== recognizer?.labels) return;
  words = loaded;
  shell.translate(words, store.state);
  notice.translate(words.update);
  if (recognizer) describe();
  else if (failure) tell(failure);
  else answerer.wait(words);
  await mount();
}

store.listen((before) => {
  const { view, language } = store.state;
  if (language !== before.language) speak().catch(tell);
  else if (view !== before.view) {
    scrollTo(0, 0); // nothing else moves the window
    refocus = true;
    void mount();
  }
  if (words) shell.navigate(words, store.state);
  change();
});

pad.restore(loadDrawings());
for (const event of ["pagehide", "visibilitychange"]) addEventListener(event, () => void saveDrawings(pad.drawings));

showShared();
addEventListener("hashchange", showShared); // a link that is opened where the page is open already

// The pad works before the network has loaded.
change();
try {
  const [loaded] = await Promise.all([loadRecognizer(MODEL), speak()]);
  defaultRecognizer = loaded;
  use(loaded);
  window.lenet = {
    recognize: (strokes) => recognizer!.recognize(strokes),
    strokes: () => pad.strokes,
    readWord: async (strokes, words = "") => {
      const [{ WordReader }, { parseLexicon }] = await Promise.all([
        import("../segmentation/reader"),
        import("../segmentation/lexicon"),
      ]);
      return new WordReader(recognizer!).read(strokes, [], parseLexicon(words, recognizer!.labels));
    },
    core: loaded.core,
    train: async (...job) => (await import("../engine/training-client")).train(...job),
  };
  root.dataset["state"] = "ready";
  // After the page is ready: use the personal network if there is one.
  const own = await import("../storage/network")
    .then(({ restoreRecognizer }) => restoreRecognizer(loaded))
    .catch(() => null);
  if (own && recognizer === loaded) use(own);
  if (isServed) {
    served = await import("./served").then(
      ({ serve }) => serve(store),
      () => null,
    );
    change();
  }
} catch (error) {
  root.dataset["state"] = "failed";
  tell((failure = error));
}
if (import.meta.env.PROD) {
  void import("../offline/updates").then(
    ({ watchForUpdates }) => watchForUpdates((load) => notice.offer(load)),
    () => {},
  );
}
