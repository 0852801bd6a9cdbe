// "My contributions": what the server keeps of this contributor, the code, and the way to delete everything.
import type { CollectWords } from "../../i18n/en/collect";
import type { KeptDrawing, Receipt } from "../../server/contributions";
import { type Contributor, thisContributor } from "../../server/contributor";
import { readKey } from "../../server/identity";
import { h } from "../dom";
import { save } from "../save";
import { smallDrawing } from "../small-drawing";
import type { App } from "../view";
import { codePart, enterCode } from "./code-part";
import { troubleOf } from "./give";
import { askPerson } from "./question";

const LISTED = 200; // drawings; the newest
const REST = 400; // ms between a change and the next request

export class OwnPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #withdrawn: () => void;
  readonly #hasCode: boolean;
  readonly #count = h("span", { class: "quiet" });
  readonly #list = h("ol", { class: "drawings", tabindex: 0 });
  readonly #note = h("p", { class: "quiet" });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #receipt = h("div", { class: "receipt", role: "status" });
  readonly #remove: HTMLButtonElement;
  readonly #code = h("div", { class: "code" });
  #contributor: Contributor | null = null;
  #waiting = 0;
  #closed = false;

  /** `withdrawn` is called once everything is deleted; with `code` the panel shows the contributor's code. */
  constructor(app: App, words: CollectWords, withdrawn: () => void, code = true) {
    [this.#app, this.#words, this.#withdrawn, this.#hasCode] = [app, words, withdrawn, code];
    const { mine } = words;
    this.#list.ariaLabel = mine.title;
    this.#remove = h("button", { type: "button", hidden: true, click: () => void this.#withdraw() }, mine.remove);
    this.element = h(
      "section",
      { class: "mine", "aria-label": mine.title },
      h("h3", { tabindex: -1 }, mine.title, " ", this.#count),
      this.#note,
      this.#problem,
      this.#list,
      h("div", { class: "sets" }, this.#remove),
      this.#receipt,
      this.#code,
    );
    void thisContributor().then((contributor) => {
      if (this.#closed) return;
      this.#contributor = contributor;
      contributor.outbox.changed = () => this.refresh();
      void this.#load();
    });
  }

  /** Asks the server again, soon. */
  refresh(): void {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => void this.#load(), REST);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#waiting);
    if (this.#contributor) this.#contributor.outbox.changed = () => {};
  }

  async #load(): Promise<void> {
    const contributor = this.#contributor;
    if (!contributor || this.#closed) return;
    if (this.#hasCode) this.#showCode(contributor);
    const drawings = await contributor.mine().catch((error: unknown) => this.#fail(error));
    if (!drawings || this.#closed) return;
    this.#problem.hidden = true;
    this.#show(drawings);
  }

  #show(drawings: readonly KeptDrawing[]): void {
    const { mine } = this.#words;
    const waiting = this.#contributor?.outbox.waiting ?? 0;
    this.#count.textContent = drawings.length > 0 ? `(${mine.count(drawings.length)})` : "";
    const none = drawings.length === 0 && this.#receipt.childElementCount === 0 ? mine.none : "";
    const refused = this.#contributor?.outbox.refused ?? 0;
    const notes = [waiting > 0 ? mine.waiting(waiting) : none, refused > 0 ? mine.refused(refused) : ""];
    this.#note.textContent = notes.join(" ").trim();
    this.#note.hidden = this.#note.textContent === "";
    this.#remove.hidden = drawings.length + waiting === 0;
    const newest = drawings.map((drawing, i) => ({ ...drawing, place: i + 1 })).slice(-LISTED);
    this.#list.replaceChildren(
      ...newest
        .reverse()
        .map(({ strokes, label, place }) =>
          h("li", {}, smallDrawing(strokes, mine.drawing(label, place)), h("span", { "aria-hidden": "true" }, label)),
        ),
    );
  }

  #fail(error: unknown): null {
    this.#problem.textContent = this.#words.troubles[troubleOf(error)];
    this.#problem.hidden = this.#closed;
    return null;
  }

  async #withdraw(): Promise<void> {
    const contributor = this.#contributor;
    if (!contributor) return;
    const { mine } = this.#words;
    const count = this.#list.children.length + contributor.outbox.waiting;
    const answer = await askPerson(mine.sure(count), { value: "no", text: mine.no }, { value: "yes", text: mine.yes });
    if (answer !== "yes") return;
    try {
      const receipt = await contributor.withdraw();
      this.#problem.hidden = true;
      this.#showReceipt(receipt);
      this.#show([]);
      this.#withdrawn();
      this.element.querySelector("h3")?.focus(); // the button is gone
    } catch (error) {
      this.#fail(error);
    }
  }

  #showReceipt(receipt: Receipt): void {
    const { mine } = this.#words;
    const format = new Intl.DateTimeFormat(this.#app.store.state.language, { dateStyle: "long", timeStyle: "short" });
    const sentence = mine.deleted(receipt.count, format.format(receipt.time));
    const file = () => {
      const whole = { ...receipt, time: new Date(receipt.time).toISOString() };
      save(new Blob([JSON.stringify(whole, null, 2)], { type: "application/json" }), "lenet-receipt.json");
    };
    this.#receipt.replaceChildren(
      h("p", {}, h("strong", {}, sentence)),
      h("p", { class: "quiet" }, mine.receiptHow),
      h("p", { class: "digest" }, `${mine.receipt}: `, h("code", {}, receipt.digest)),
      h("button", { type: "button", click: file }, mine.save),
    );
  }

  #showCode(contributor: Contributor): void {
    const become = async (text: string) => {
      const key = readKey(text);
      if (!key) return false;
      await contributor.become(key);
      this.#code.replaceChildren();
      this.#app.announce(this.#words.mine.used);
      await this.#load();
      return true;
    };
    const { key } = contributor;
    if (this.#code.dataset["key"] === (key ?? "none")) return;
    this.#code.dataset["key"] = key ?? "none";
    this.#code.replaceChildren(
      ...(key ? [codePart(key, contributor, this.#words)] : []),
      enterCode(this.#words, become),
    );
  }
}
