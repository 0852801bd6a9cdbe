// <lenet-pad>: a pad for one letter that recognizes it while it is drawn. Importing the module defines the element.

import { answer, characterAnswer } from "../i18n/en/page";
import { Pad } from "../ink/pad";
import { command } from "../ink/shortcuts";
import { LETTERS } from "../model/letters";
import { Announcer } from "../ui/announcer";
import { spoken } from "../ui/answer";
import style from "./element.css?inline";
import { LenetError, type LetterRecognizer, load, type Recognition, type Stroke } from "./package.js";

/** The events of a `<lenet-pad>`. */
export interface LenetPadEventMap extends HTMLElementEventMap {
  /**
   * The drawing has changed, by a stroke or otherwise, and `detail` is the answer to it: while somebody draws at
   * most once a frame. It bubbles.
   */
  recognize: CustomEvent<Recognition>;
  /** The model did not load, or the drawing cannot be read: `error` is a LenetError. */
  error: ErrorEvent;
}

/** The recognizer of each model that a pad of this page has asked for; "" is the package's own. */
const recognizers = new Map<string, Promise<LetterRecognizer>>();

function recognizerOf(model: string): Promise<LetterRecognizer> {
  let loading = recognizers.get(model);
  if (!loading) {
    loading = load(model ? { model } : {});
    loading.catch(() => recognizers.delete(model)); // to be tried again
    recognizers.set(model, loading);
  }
  return loading;
}

let sheet: CSSStyleSheet | undefined;

/** One for all pads, and no inline style, which a policy may forbid. */
function styles(): CSSStyleSheet {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(style);
  return sheet;
}

function append<K extends keyof HTMLElementTagNameMap>(
  parent: ParentNode,
  tag: K,
  attributes: Readonly<Record<string, string>>,
  text = "",
): HTMLElementTagNameMap[K] {
  const child = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
  if (text) append(child, "slot", { name: text.toLowerCase() }).textContent = text;
  parent.append(child);
  return child;
}

// Without a DOM, such as on a server, the import does nothing.
const Base = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement);

/**
 * `<lenet-pad>`, a pad with an undo and a clear button.
 *
 * Attributes, and properties of the same names: `label`, its name for screen readers; `model`, the address of
 * a model file instead of the package's own; `pen`, how wide strokes are drawn for the network, 0.02 to 1 of the longer
 * side of the drawing; `disabled`. In a form its value is the letter.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds the types of listeners alone
export class LenetPad extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes: readonly string[] = ["label", "model", "pen"];

  readonly #internals = this.attachInternals();
  readonly #group: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #buttons: readonly [undo: HTMLButtonElement, clear: HTMLButtonElement];
  readonly #message: HTMLElement;
  readonly #announcer: Announcer;
  readonly #pad: Pad;
  #connection: AbortController | null = null;
  #loading: Promise<LetterRecognizer> | null = null;
  #recognizer: LetterRecognizer | null = null;
  #result: Recognition | null = null;
  #changed = false;
  #frame = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles()];
    const group = (this.#group = append(root, "div", { role: "group" }));
    const about = "Pad: draw with mouse, finger or pen";
    this.#canvas = append(group, "canvas", { part: "pad", role: "img", tabindex: "-1", "aria-label": about });
    const tools = append(group, "div", { part: "tools" });
    const button = (text: string, keys: string) =>
      append(tools, "button", { part: "button", type: "button", "aria-keyshortcuts": keys }, text);
    this.#buttons = [button("Undo", "Control+Z Meta+Z"), button("Clear", "Escape Delete")];
    this.#message = append(group, "div", { part: "message" });
    this.#announcer = new Announcer(append(group, "div", { class: "unseen", "aria-live": "polite", lang: "en" }));
    this.#pad = new Pad(this.#canvas, this.#change);
    this.#buttons[0].addEventListener("click", () => this.undo());
    this.#buttons[1].addEventListener("click", () => this.clear());
    this.#canvas.addEventListener("pointerdown", () => this.#canvas.focus({ preventScroll: true }));
    group.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The strokes on the pad, in units of its side; points carry time in ms and a pen's pressure. Can be set. */
  get strokes(): readonly Stroke[] {
    return this.#pad.strokes;
  }

  set strokes(strokes: readonly Stroke[]) {
    this.#pad.show(strokes.map((stroke) => stroke.map((point) => [...point])));
  }

  /** The last answer; null before the first. */
  get result(): Recognition | null {
    return this.#result;
  }

  get label(): string {
    return this.getAttribute("label") ?? "Draw one letter";
  }

  set label(label: string) {
    this.setAttribute("label", label);
  }

  get model(): string | null {
    return this.getAttribute("model");
  }

  set model(address: string | null) {
    this.#set("model", address);
  }

  get pen(): number | null {
    const pen = this.getAttribute("pen");
    return pen === null ? null : Number(pen);
  }

  set pen(width: number | null) {
    this.#set("pen", width);
  }

  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }

  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }

  /** Takes back the last stroke, or the last clear. */
  undo(): void {
    this.#pad.undo();
  }

  /** Takes all strokes away. */
  clear(): void {
    this.#pad.clear();
  }

  /** @internal */
  connectedCallback(): void {
    // Values set before the element was defined hide its accessors.
    for (const name of ["strokes", "label", "model", "pen", "disabled"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Partial<Record<typeof name, unknown>>)[name];
      Object.assign(this, { [name]: value });
    }
    this.#group.ariaLabel = this.label;
    this.#connection = new AbortController();
    this.#pad.watch(this.#schedule, this.#connection.signal);
    void this.#load();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#connection = null;
  }

  /** @internal */
  attributeChangedCallback(name: string): void {
    if (!this.#connection) return;
    if (name === "label") this.#group.ariaLabel = this.label;
    else if (name === "model") void this.#load();
    else this.#change();
  }

  /** @internal Of this element, or of the fieldset that it is in. */
  formDisabledCallback(disabled: boolean): void {
    for (const button of this.#buttons) button.disabled = disabled;
  }

  /** @internal */
  formResetCallback(): void {
    this.clear();
  }

  /** A key with nothing to do is left to the page: Escape may close what the pad is in. */
  #key(event: KeyboardEvent): void {
    const { canUndo, canRedo, strokes } = this.#pad;
    const able = { undo: canUndo, redo: canRedo, clear: strokes.length > 0 };
    const asked = command(event);
    if (!asked || !able[asked] || this.matches(":disabled")) return;
    this.#pad[asked]();
    event.preventDefault();
  }

  #set(name: string, value: string | number | null): void {
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  async #load(): Promise<void> {
    const loading = recognizerOf(this.model ?? "");
    if (this.#loading === loading) return;
    this.#loading = loading;
    try {
      const recognizer = await loading;
      if (this.#loading !== loading) return; // another was asked for meanwhile
      this.#recognizer = recognizer;
      if (this.strokes.length > 0) this.#change();
    } catch (error) {
      if (this.#loading === loading) this.#fail(error);
    }
  }

  readonly #change = (): void => {
    this.#changed = true;
    this.#schedule();
  };

  readonly #schedule = (): void => {
    this.#frame ||= requestAnimationFrame(this.#update);
  };

  readonly #update = (): void => {
    this.#frame = 0;
    this.#pad.paint();
    const [undo, clear] = this.#buttons;
    undo.ariaDisabled = String(!this.#pad.canUndo);
    clear.ariaDisabled = String(this.strokes.length === 0);
    if (this.#changed && this.#recognizer) this.#read(this.#recognizer);
  };

  #read(recognizer: LetterRecognizer): void {
    this.#changed = false;
    try {
      this.#result = recognizer.recognize(this.strokes, { pen: this.pen ?? undefined });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#message.textContent = "";
    this.#internals.setFormValue(this.#result.letter);
    this.#announcer.say(spoken(this.#result, recognizer.labels === LETTERS ? answer : characterAnswer));
    this.dispatchEvent(new CustomEvent("recognize", { detail: this.#result, bubbles: true, composed: true }));
  }

  #fail(error: unknown): void {
    const message = error instanceof LenetError ? error.message : String(error);
    this.#result = null;
    this.#internals.setFormValue(null);
    this.#message.textContent = message;
    this.#announcer.now(message);
    this.dispatchEvent(new ErrorEvent("error", { error, message }));
  }
}

export interface LenetPad {
  addEventListener<K extends keyof LenetPadEventMap>(
    type: K,
    listener: (this: LenetPad, event: LenetPadEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "lenet-pad": LenetPad;
  }
}

if (globalThis.customElements && !customElements.get("lenet-pad")) customElements.define("lenet-pad", LenetPad);
