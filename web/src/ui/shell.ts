// The shell around the views: navigation, the pad's tools, the language.

import type { Words } from "../i18n/en/page";
import { LANGUAGES, type Language, languageName } from "../i18n/languages";
import type { Pad } from "../ink/pad";
import { command } from "../ink/shortcuts";
import type { Model } from "../model/file";
import { element, h } from "./dom";
import { INITIAL, type State, VIEWS, writeState } from "./state";
import type { Store } from "./store";

const TOOLS = ["undo", "redo", "clear", "replay"] as const;

export class Shell {
  readonly #tools = TOOLS.map((name) => [name, element(name, HTMLButtonElement)] as const);
  readonly #navigation = element("views", HTMLElement);
  readonly #links = VIEWS.map((view) => [view, h("a")] as const);
  readonly #language = element("language", HTMLSelectElement);
  readonly #pad: Pad;

  constructor(pad: Pad, store: Store) {
    this.#pad = pad;
    for (const [name, button] of this.#tools) button.addEventListener("click", () => pad[name]());
    this.#language.append(
      ...LANGUAGES.map((language) => h("option", { value: language, lang: language }, languageName(language))),
    );
    this.#language.addEventListener("change", () => store.set({ language: this.#language.value as Language }));
    addEventListener("keydown", (event) => this.#key(event));
  }

  /** Translates the texts of the page around the views. */
  translate(words: Words, state: State): void {
    document.documentElement.lang = state.language;
    this.#language.value = state.language;
    this.#language.ariaLabel = words.language;
    element("motto", HTMLElement).textContent = words.motto;
    element("privacy", HTMLElement).textContent = words.about.privacy;
    element("desk", HTMLElement).ariaLabel = words.pad.drawing;
    element("reading", HTMLElement).ariaLabel = words.answer.region;
    this.#pad.canvas.ariaLabel = words.pad.name;
    element("keys", HTMLElement).textContent = words.pad.byKeys;
    for (const [name, button] of this.#tools) button.firstChild!.textContent = `${words.pad[name]} `;
    for (const [name, keys] of Object.entries(words.pad.keys)) {
      element(name, HTMLButtonElement).querySelector("kbd")!.textContent = keys;
    }
    this.#navigation.ariaLabel = words.navigation;
    this.#navigation.replaceChildren(...this.#links.map(([, link]) => link));
    this.navigate(words, state);
  }

  /** Names the view in the title, and leads each link to its view in this state. */
  navigate(words: Words, state: State): void {
    const page = location.href.split("#")[0]!; // in full: a "#" alone is taken for a link within the page
    document.title = state.view === INITIAL.view ? words.title : `${words.views[state.view]} - LeNet`;
    for (const [view, link] of this.#links) {
      link.href = page + writeState({ ...state, view });
      link.textContent = words.views[view];
      link.ariaCurrent = view === state.view ? "page" : null;
    }
  }

  /** Describes the network in use; `back`, if given, returns to the default network. */
  describe(words: Words["about"], { parameters, training }: Model, back: (() => void) | null): void {
    const { num_train_images: images, data } = training;
    const sets = Array.isArray(data) ? data.join(", ") : "";
    const learned = typeof images === "number" ? words.trainedOn(images, sets) : "";
    const about = element("about", HTMLElement);
    about.textContent = `${words.network(parameters.length)}${learned}. ${words.letters}`;
    if (back) about.append(" ", h("button", { type: "button", click: back }, words.back));
  }

  /** Enables the tools that can do something. */
  update(): void {
    const able = {
      undo: this.#pad.canUndo,
      redo: this.#pad.canRedo,
      clear: this.#pad.strokes.length > 0,
      replay: this.#pad.strokes.length > 0,
    };
    for (const [name, button] of this.#tools) button.ariaDisabled = String(!able[name]);
  }

  /** Keys control the pad if it is visible and no other control uses them. */
  #key(event: KeyboardEvent): void {
    const asked = command(event);
    const others = event.target instanceof Element && event.target.matches("input, textarea, select, dialog, dialog *");
    const hidden = this.#pad.canvas.clientHeight === 0;
    if (!asked || others || hidden || event.defaultPrevented) return;
    this.#pad[asked]();
    event.preventDefault();
  }
}
