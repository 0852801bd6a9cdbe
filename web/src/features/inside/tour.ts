// A guided tour in eight steps, from the stroke to the softmax, on the current drawing.
import { h } from "../../ui/dom";
import type { Context } from "./context";
import { exampleFor } from "./example-drawing";
import type { Kind, Step } from "./steps";

export const STEPS = 8;

/** Returns the target of each step of the tour: the pad, or the index of a layer. */
export function stops(steps: readonly Step[]): readonly ("pad" | number)[] {
  const first = (...kinds: readonly Kind[]) => steps.findIndex(({ kind }) => kinds.includes(kind));
  const or = (place: number, other: number) => (place >= 0 ? place : other);
  const dense = first("dense", "rbf");
  const map = or(first("conv"), dense);
  const deeper = or(
    steps.findIndex(({ kind }, i) => kind === "conv" && i > map),
    map,
  );
  return [
    "pad",
    0,
    map,
    or(first("relu", "tanh"), map),
    or(first("maxpool", "subsample"), deeper),
    deeper,
    dense,
    steps.length - 2,
  ];
}

export class Tour {
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #part: (stop: "pad" | number) => HTMLElement;
  readonly #stops: readonly ("pad" | number)[];
  readonly #count = h("p", { class: "count" });
  readonly #title = h("h3");
  readonly #text = h("p");
  readonly #back: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #offer: HTMLButtonElement;
  readonly #end: HTMLButtonElement;
  #at = 0;
  #target: HTMLElement | null = null;

  /** `part` finds what a stop points at; `go` is told the step to go to, 0 for none; `draw` fills an empty pad. */
  constructor(
    context: Context,
    part: (stop: "pad" | number) => HTMLElement,
    go: (step: number) => void,
    draw: () => void,
  ) {
    const words = context.words.tour;
    this.#context = context;
    this.#part = part;
    this.#stops = stops(context.steps);
    this.#back = h("button", { type: "button", click: () => go(Math.max(1, this.#at - 1)) }, words.back);
    this.#next = h("button", { type: "button", class: "next", click: () => go((this.#at + 1) % (STEPS + 1)) });
    this.#end = h("button", { type: "button", class: "end", click: () => go(0) }, words.end);
    this.#offer = h("button", { type: "button", click: draw }, context.words.example(exampleFor(context.labels).name));
    const message = h("div", { "aria-live": "polite" }, this.#count, this.#title, this.#text);
    this.element = h(
      "section",
      { class: "tour", "aria-label": words.region },
      message,
      h("p", { class: "controls" }, this.#back, this.#next, this.#offer, this.#end),
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight") go(Math.min(STEPS, this.#at + 1));
      else if (event.key === "ArrowLeft") go(Math.max(1, this.#at - 1));
      else if (event.key === "Escape") go(0);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Step 1 to 8, or 0: no tour; `drawn`: whether there is something on the pad. */
  show(step: number, drawn: boolean): void {
    this.#offer.hidden = drawn;
    if (step === this.#at) return;
    const began = this.#at === 0;
    this.#at = step;
    this.element.hidden = step === 0;
    this.close();
    if (step === 0) return;
    const {
      steps,
      words: { tour: words },
    } = this.#context;
    const stop = this.#stops[step - 1]!;
    const layer = stop === "pad" ? undefined : steps[stop];
    const texts = words.steps[step - 1]!;
    this.#count.textContent = words.step(step, STEPS);
    this.#title.textContent = texts.title;
    this.#text.textContent = layer
      ? texts.text(named(layer), layer.kind, layer.layer.window)
      : texts.text("", "input", 0);
    this.#back.ariaDisabled = String(step === 1);
    this.#end.hidden = step === STEPS;
    this.#next.textContent = step === STEPS ? words.end : words.next;
    this.#target = this.#part(stop);
    this.#target.classList.add("pointed-at");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#target.scrollIntoView({ block: stop === "pad" ? "nearest" : "start", behavior: calm ? "auto" : "smooth" });
    if (began) this.#next.focus({ preventScroll: true });
  }

  /** Nothing is pointed at any more. */
  close(): void {
    this.#target?.classList.remove("pointed-at");
    this.#target = null;
  }
}

function named({ name, paper }: Step): string {
  return paper && paper !== "output" ? `${name} (${paper})` : name;
}
