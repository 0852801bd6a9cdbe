// The settings of a training: architecture, recipe, training data and numbers.

import type { Source } from "../../dataset/data-client";
import type { LabelledDrawing } from "../../dataset/readers/jsonl";
import { ACCEPTED_FILES } from "../../dataset/types";
import { MAX_BATCH_SIZE, MAX_LEARNING_RATE } from "../../engine/abi.gen";
import type { TrainWords } from "../../i18n/en/train";
import { classOf } from "../../model/labels";
import { LETTERS } from "../../model/letters";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import { SETS, type State } from "../../ui/state";
import type { App } from "../../ui/view";
import { NET_NAMES, NETS, type NetName, RECIPE_NAMES, RECIPES, type RecipeName } from "./networks";
import type { Plan } from "./training-run";

const COUNTS = ["epochs", "batchSize", "learningRate", "seed"] as const;
type Count = (typeof COUNTS)[number];
const LIMITS: Readonly<Record<Count, readonly [low: number, high: number, step: number | "any"]>> = {
  epochs: [1, 1000, 1],
  batchSize: [1, MAX_BATCH_SIZE, 1],
  learningRate: [0, MAX_LEARNING_RATE, "any"],
  seed: [0, 2 ** 32 - 1, 1],
};
const FIRST: NetName = "modern-s";

/** Input that outlives the form, which is made anew in another language. */
const tab = {
  /** The choices that the numbers are for. */
  look: "",
  numbers: {} as Partial<Record<Count, string>>,
  files: null as FileList | null,
  isOpen: false,
};

export class Settings {
  readonly element: HTMLFormElement;
  readonly #app: App;
  readonly #words: TrainWords;
  readonly #numbers: Numbers;
  readonly #net: HTMLSelectElement;
  readonly #recipe: HTMLSelectElement;
  readonly #set: HTMLSelectElement;
  readonly #origin = h("p", { class: "quiet", id: "net-origin" });
  readonly #about = h("p", { class: "quiet", id: "set-about" });
  readonly #file = h("input", { type: "file", id: "set-file", multiple: true, accept: ACCEPTED_FILES });
  readonly #fileField: HTMLElement;
  readonly #counts: Readonly<Record<Count, HTMLInputElement>>;
  readonly #start: HTMLButtonElement;
  #own: readonly LabelledDrawing[] = [];
  #lastLook = "";

  constructor(app: App, words: TrainWords, numbers: Numbers, start: () => void) {
    this.#app = app;
    this.#words = words;
    this.#numbers = numbers;
    const { store } = app;
    const option = (value: string, text: string) => h("option", { value }, text);
    const nets = NET_NAMES.map((name) =>
      option(name, `${name}: ${words.parameters(numbers.whole(NETS[name].parameters))}`),
    );
    this.#net = h("select", { id: "net", "aria-describedby": "net-origin" }, ...nets);
    this.#recipe = h("select", { id: "recipe" }, ...RECIPE_NAMES.map((name) => option(name, words.recipes[name])));
    this.#set = h(
      "select",
      { id: "set", "aria-describedby": "set-about" },
      ...SETS.map((name) => option(name, words.sets[name])),
    );
    this.#net.addEventListener("change", () => store.set({ net: this.#net.value }));
    this.#recipe.addEventListener("change", () => store.set({ recipe: this.#recipe.value }));
    this.#set.addEventListener("change", () => store.set({ set: this.#set.value as State["set"] }));
    const input = (name: Count) => {
      const [min, max, step] = LIMITS[name];
      return [name, h("input", { type: "number", id: `train-${name}`, min, max, step, required: true })] as const;
    };
    this.#counts = Object.fromEntries(COUNTS.map(input)) as Record<Count, HTMLInputElement>;
    this.#start = h("button", { type: "submit", class: "main" }, words.start);
    if (tab.files) this.#file.files = tab.files;
    this.#file.addEventListener("change", () => (tab.files = this.#file.files));
    this.#fileField = h("label", { class: "field" }, h("span", {}, words.file), this.#file);
    const submit = (event: Event) => {
      event.preventDefault();
      start();
    };
    this.element = h(
      "form",
      { id: "settings", submit },
      h("label", { class: "field" }, h("span", {}, words.net), this.#net),
      h("label", { class: "field" }, h("span", {}, words.recipe), this.#recipe),
      h("label", { class: "field" }, h("span", {}, words.set), this.#set),
      this.#origin,
      this.#about,
      this.#fileField,
      this.#details(),
      this.#start,
    );
  }

  /** The user's drawings, once they are loaded; those of other characters than A to Z are left out. */
  set own(drawings: readonly LabelledDrawing[]) {
    this.#own = drawings.filter(({ label }) => classOf(LETTERS, label) >= 0);
    this.#lastLook = "";
    this.update(this.#app.store.state);
  }

  /** True if starting replaces a training. */
  set again(again: boolean) {
    this.#start.textContent = again ? this.#words.again : this.#words.start;
  }

  update(state: State): void {
    const { net, recipe, set } = chosen(state);
    const look = [net, recipe, set].join();
    if (look === this.#lastLook) return;
    this.#lastLook = look;
    [this.#net.value, this.#recipe.value, this.#set.value] = [net, recipe, set];
    const words = this.#words;
    const origin = words.origins[net];
    this.#origin.textContent = origin ?? NETS[net].origin;
    this.#origin.lang = origin ? state.language : "en";
    const own = this.#own.length > 0 ? words.own(this.#numbers.whole(this.#own.length)) : words.noOwn;
    this.#about.textContent = { "font-letters": "", own, file: words.chooseFile }[set];
    this.#about.hidden = set === "font-letters";
    this.#fileField.hidden = set !== "file";
    this.#file.required = set === "file";
    if (look === tab.look) {
      for (const name of COUNTS) this.#counts[name].value = tab.numbers[name] ?? this.#counts[name].value;
      return;
    }
    tab.look = look;
    const { epochs, batch_size: batchSize, learning_rate: learningRate } = RECIPES[recipe];
    for (const [name, value] of Object.entries({ epochs, batchSize, learningRate })) {
      this.#counts[name as Count].value = String(value);
    }
    this.#counts.seed.value ||= "0";
    this.#remember();
  }

  #remember(): void {
    tab.numbers = Object.fromEntries(COUNTS.map((name) => [name, this.#counts[name].value]));
  }

  get plan(): Plan {
    const { net, recipe } = chosen(this.#app.store.state);
    const numbers = Object.fromEntries(COUNTS.map((name) => [name, this.#counts[name].valueAsNumber]));
    return { net, recipe, ...(numbers as Readonly<Record<Count, number>>) };
  }

  /** Returns the source of the training data; null if there is none. */
  source(pen: number): Source | null {
    const { set } = chosen(this.#app.store.state);
    if (set === "font-letters") return { kind: "font-letters" };
    if (set === "file") return { kind: "files", files: [...(this.#file.files ?? [])], pen, classes: LETTERS };
    return this.#own.length > 0 ? { kind: "drawings", drawings: this.#own, pen, classes: LETTERS } : null;
  }

  #details(): HTMLElement {
    const open = () => (details.open = true); // so that an invalid field can be shown
    const fields = COUNTS.map((name) =>
      h("label", { class: "field" }, h("span", {}, this.#words[name]), this.#counts[name]),
    );
    for (const input of Object.values(this.#counts)) {
      input.addEventListener("invalid", open);
      input.addEventListener("input", () => this.#remember());
    }
    const toggle = () => (tab.isOpen = details.open);
    const details = h(
      "details",
      { ...(tab.isOpen ? { open: true } : {}), toggle },
      h("summary", {}, this.#words.settings),
      h("div", { class: "counts" }, ...fields),
    );
    return details;
  }
}

/** Returns the choices of the state, or the defaults for unknown names. */
function chosen({ net, recipe, set }: State): { net: NetName; recipe: RecipeName; set: State["set"] } {
  return {
    net: NET_NAMES.find((name) => name === net) ?? FIRST,
    recipe: RECIPE_NAMES.find((name) => name === recipe) ?? RECIPE_NAMES[0]!,
    set,
  };
}
