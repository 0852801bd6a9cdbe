// Ties the parts together: pad -> recogniser -> view, once a frame while something changes.
import type { Core } from "./core";
import { loadRecognizer } from "./loading";
import { Pad } from "./pad";
import type { Drawing, Recognition } from "./recognition";
import type { Recognizer } from "./recognizer";
import { train } from "./training";
import { element, View } from "./view";

/**
 * For the console, tests and other programs. There once the page's data-state is "ready".
 *   lenet.recognize([[[x, y], ...], ...])  the answer to any strokes, x right, y down, any unit
 *   lenet.strokes()                        what is on the pad, in shares of its side
 *   lenet.core                             the engine: strokes or a picture to 28x28
 *   lenet.train(job, options)              trains a network in workers: training.ts
 */
export interface Hook {
  recognize(drawing: Drawing): Recognition;
  strokes(): Drawing;
  readonly core: Core;
  readonly train: typeof train;
}

declare global {
  interface Window {
    lenet?: Hook;
  }
}

const MODEL = "./model.safetensors";

const view = new View();
const undo = element("undo", HTMLButtonElement);
const clear = element("clear", HTMLButtonElement);
const pad = new Pad(element("pad", HTMLCanvasElement), change);
let recognizer: Recognizer | null = null;
let awaited = false;

/** Something on the pad changed: show it with the next frame. */
function change(): void {
  if (!awaited) requestAnimationFrame(update);
  awaited = true;
}

function update(): void {
  awaited = false;
  pad.paint();
  undo.ariaDisabled = String(!pad.canUndo);
  clear.ariaDisabled = String(pad.strokes.length === 0);
  if (!recognizer) return;
  try {
    const start = performance.now();
    const answer = recognizer.recognize(pad.strokes);
    view.show(answer, performance.now() - start);
  } catch (error) {
    view.fail(error);
  }
}

undo.addEventListener("click", () => pad.undo());
clear.addEventListener("click", () => pad.clear());
addEventListener("keydown", pad.key);
pad.watch(change);

// People may draw before the network is there.
change();
try {
  recognizer = await loadRecognizer(MODEL);
  view.describe(recognizer.model);
  const { core } = recognizer;
  window.lenet = {
    recognize: (drawing) => recognizer!.recognize(drawing),
    strokes: () => pad.strokes,
    core,
    train,
  };
  document.documentElement.dataset["state"] = "ready";
  change();
} catch (error) {
  document.documentElement.dataset["state"] = "failed";
  view.fail(error);
}
