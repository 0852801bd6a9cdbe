// The view "Look inside": the values of every layer while drawing, the arithmetic of a unit, attribution, other models, a tour.
import "./view.css";
import "./unit.css";
import referenceUrl from "../../../../build/reference.wasm?url";
import { Reference } from "../../engine/reference";
import { compile, download } from "../../engine/wasm";
import type { InsideWords } from "../../i18n/en/inside";
import { element, h } from "../../ui/dom";
import type { Store } from "../../ui/store";
import type { App, Frame, Open, View } from "../../ui/view";
import { receptiveFields, strongestFeeds } from "./arithmetic";
import { AttributionPanel } from "./attribution-panel";
import type { Context, Look } from "./context";
import { exampleFor } from "./example-drawing";
import { LayerView } from "./layer";
import { writer } from "./number-format";
import { modelOpener } from "./open";
import { palette, screen } from "./paint";
import { FEEDS, UnitPanel } from "./panel";
import { sizeOf, stepsOf } from "./steps";
import { Tour } from "./tour";
import { nameOf, unitOf } from "./units";
import { evaluate, room } from "./values";

/** A frame that took longer, in ms, is followed by a rest as long: drawing goes before showing. */
const SLOW = 12;

let reference: Promise<Reference> | null = null;

/** The engine's reference build, fetched once. */
function loadReference(): Promise<Reference> {
  const load = async () => Reference.start(await compile(await download(referenceUrl, ["The engine"])));
  reference ??= load().catch((error: unknown) => {
    reference = null; // asked for again next time
    throw error;
  });
  return reference;
}

export const open: Open = async (all) => {
  const [words, engine] = await Promise.all([all.inside(), loadReference()]);
  return (place, app) => mount(place, app, words, engine);
};

function mount(place: HTMLElement, app: App, words: InsideWords, engine: Reference): View {
  const {
    store,
    pad,
    recognizer: { model },
  } = app;
  const context = contextOf(app, words, (step) => layers[step]!.focus());
  const { steps, values } = context;
  const blank = new Uint8Array(sizeOf(steps[0]!.output));
  const layers = steps.map((_, i) => new LayerView(context, i));
  const panel = new UnitPanel(context);
  const attribution = new AttributionPanel(context, (letters) => store.set({ letters }));
  const files = modelOpener(app, words);
  const desk = element("desk", HTMLElement);
  const part = (stop: "pad" | number) => (stop === "pad" ? desk : layers[stop]!.element);
  const example = exampleFor(model.labels);
  const draw = () => pad.show(example.drawing);
  const tour = new Tour(context, part, (step) => store.set({ tour: step ? String(step) : "" }), draw);
  const offer = h("button", { type: "button", click: draw }, words.example(example.name));
  const empty = h("p", { class: "empty" }, words.empty, " ", offer);
  place.append(
    h(
      "div",
      { class: "inside" },
      introduction(store, words, attribution),
      empty,
      h("ol", { class: "layers" }, ...layers.map(({ element }) => element)),
      attribution.element,
      files.element,
      tour.element,
    ),
  );
  tour.element.hidden = true;

  let last: Frame | null = null;
  const paint = (frame: Frame) => {
    const { state, answer } = (last = frame);
    evaluate(engine, model, answer.image ?? blank, values);
    const selected = unitOf(state.unit, steps);
    const look: Look = { selected, colours: palette(), screen: screen(), drawn: answer.image !== null };
    empty.hidden = look.drawn;
    paintLayers(layers, context, look);
    showPanel(panel, layers, look, place.clientWidth);
    attribution.paint(look, state.letters, place.clientWidth);
    tour.show(Number(state.tour), look.drawn);
  };

  const watching = watch(layers, () => last && paint(last));
  return paced(paint, () => {
    watching.disconnect();
    files.close();
    tour.close();
  });
}

/** `focus` moves the keyboard to a step's layer. */
function contextOf({ store, recognizer: { model } }: App, words: InsideWords, focus: (step: number) => void): Context {
  const steps = stepsOf(model);
  return {
    steps,
    values: room(steps),
    words,
    labels: model.labels,
    temperature: model.temperature,
    write: writer(store.state.language),
    select: (unit, focused = false) => {
      const before = unitOf(store.state.unit, steps);
      store.set({ unit: unit ? nameOf(unit, steps) : "" });
      const next = unit ?? before;
      if (focused && next) focus(next.step);
    },
  };
}

/** Paints the layers, with the selected unit's receptive field and the units that it feeds. */
function paintLayers(layers: readonly LayerView[], { steps, values }: Context, look: Look): void {
  const { selected } = look;
  const width = layers[0]!.room;
  const fields = selected ? receptiveFields(steps, selected) : [];
  const fed = selected ? strongestFeeds(steps, values, selected, FEEDS).map(({ unit }) => unit) : [];
  layers.forEach((layer, i) => {
    const fedHere = fed.filter(({ step }) => step === i);
    layer.paint(look, width, fields[i] ?? null, fedHere);
  });
}

/** Shows the panel of the selected unit below its layer, which does not move on the screen; `width` in CSS pixels. */
function showPanel(panel: UnitPanel, layers: readonly LayerView[], look: Look, width: number): void {
  const { selected } = look;
  if (!selected) {
    panel.element.remove();
    return;
  }
  const layer = layers[selected.step]!.element;
  if (panel.element.parentElement !== layer) {
    const { top } = layer.getBoundingClientRect();
    layer.append(panel.element);
    scrollBy(0, layer.getBoundingClientRect().top - top); // the panel may have stood above
  }
  panel.show(selected, look, width);
}

/** Creates the introduction with its links. */
function introduction(store: Store, words: InsideWords, attribution: AttributionPanel): HTMLElement {
  const toTour = h("button", { type: "button", class: "start", click: () => store.set({ tour: "1" }) }, words.toTour);
  const toWhy = h("button", { type: "button", click: () => attribution.element.scrollIntoView() }, words.toAttribution);
  return h(
    "div",
    { class: "introduction" },
    h("h2", {}, words.title),
    h("p", {}, words.lead),
    h("p", { class: "quiet" }, words.legend),
    h("p", { class: "controls" }, toTour, toWhy),
  );
}

/** Tells layers whether they are near the part of the page that is seen, and `come` where one becomes so. */
function watch(layers: readonly LayerView[], come: () => void): IntersectionObserver {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const layer = layers.find(({ element }) => element === target);
        if (layer) layer.near = isIntersecting;
      }
      if (entries.some(({ isIntersecting }) => isIntersecting)) come();
    },
    { rootMargin: "50%" },
  );
  for (const { element } of layers) observer.observe(element);
  return observer;
}

/** Shows each frame, or, where that takes long, the last one after a rest. */
function paced(paint: (frame: Frame) => void, end: () => void): View {
  let due = 0;
  let waiting = 0;
  const update = (frame: Frame) => {
    clearTimeout(waiting);
    const start = performance.now();
    if (start < due) {
      waiting = window.setTimeout(() => update(frame), due - start);
      return;
    }
    paint(frame);
    const now = performance.now();
    due = now - start > SLOW ? 2 * now - start : 0;
  };
  return {
    update,
    close: () => {
      clearTimeout(waiting);
      end();
    },
  };
}
