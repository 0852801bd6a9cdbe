// The offer below the answer of the first view: to contribute the drawing, to give a few letters, or to join a class.
import "../../ui/style/forms.css";
import "../../ui/style/collect.css";
import type { Stroke } from "../../engine/types";
import type { CollectWords } from "../../i18n/en/collect";
import { classOf } from "../../model/labels";
import { LETTERS } from "../../model/letters";
import { offers } from "../../server/services";
import { give } from "../../ui/collect/give";
import { element, h } from "../../ui/dom";
import { writeState } from "../../ui/state";
import type { App, Frame } from "../../ui/view";

export class OfferBar {
  readonly #collects = offers("collect");
  readonly #place = h("section", { id: "offer" });
  readonly #label = h("select", {}, ...Array.from(LETTERS, (letter) => h("option", { value: letter }, letter)));
  readonly #button = h("button", { type: "button", click: () => void this.#give() });
  readonly #status = h("p", { role: "status", class: "quiet" });
  #app: App | null = null;
  #words: CollectWords | null = null;
  #strokes: readonly Stroke[] = [];
  #given: readonly Stroke[] | null = null; // the drawing that was contributed last
  #corrected = false; // whether the person chose another letter for this drawing

  constructor() {
    this.#label.addEventListener("change", () => (this.#corrected = true));
    element("desk", HTMLElement).after(this.#place);
    document.documentElement.dataset["served"] = "";
  }

  update(app: App, { strokes, answer }: Frame): void {
    if (app.words !== this.#app?.words) void this.#translate(app);
    this.#app = app;
    if (strokes !== this.#strokes) {
      if (strokes.length === 0) this.#corrected = false;
      this.#strokes = strokes;
      if (strokes.length > 0 && strokes !== this.#given) this.#status.textContent = "";
    }
    const best = answer.candidates[0]?.[0] ?? "";
    if (!this.#corrected && classOf(LETTERS, best) >= 0) this.#label.value = best.toUpperCase();
    this.#label.parentElement?.classList.toggle("idle", strokes.length === 0);
    this.#button.ariaDisabled = String(strokes.length === 0 || strokes === this.#given);
  }

  async #translate(app: App): Promise<void> {
    const words = await app.words.collect();
    if (app.words !== this.#app?.words) return;
    this.#words = words;
    const { bar } = words;
    const page = location.href.split("#")[0]!;
    const link = (view: "contribute" | "join", text: string) =>
      h("a", { href: page + writeState({ ...app.store.state, view }), class: "button" }, text);
    element("privacy", HTMLElement).textContent = words.privacy;
    this.#place.ariaLabel = bar.region;
    this.#label.ariaLabel = bar.meant;
    this.#button.textContent = bar.contribute;
    const label = h("span", { class: "as" }, bar.as, " ", this.#label);
    const collecting = [this.#button, label, link("contribute", bar.few)];
    this.#place.replaceChildren(
      h(
        "div",
        { class: "sets" },
        ...(this.#collects ? collecting : []),
        ...(offers("class") ? [link("join", bar.join)] : []),
      ),
      this.#status,
    );
  }

  async #give(): Promise<void> {
    const [app, words, strokes] = [this.#app, this.#words, this.#strokes];
    if (!app || !words || strokes === this.#given) return;
    this.#status.textContent = words.status.sending;
    const { taken, text } = await give(app, words, this.#label.value);
    this.#status.textContent = text;
    if (!taken) return;
    this.#given = strokes;
    this.#button.ariaDisabled = "true";
  }
}
