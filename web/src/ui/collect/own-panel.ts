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
import { ensureConsent, forgetConsent } from "./consent-dialog";
import { problemOf } from "./problem";
import { askPerson } from "./question";

const LISTED = 200; // drawings; the newest
const REST = 400; // ms between a change and the next request

/** State that outlives the panel, which is made anew for another network or language. */
export interface OwnMemory {
  /** Of the last deletion. */
  receipt: Receipt | null;
  /** A deletion that the server did not do. */
  undeleted: Undeleted | null;
  /** Called after a change. */
  changed: () => void;
}

interface Undeleted {
  /** Number of letters that had waited on this device, and were deleted. */
  readonly here: number;
  readonly error: unknown;
}

export const newOwnMemory = (): OwnMemory => ({ receipt: null, undeleted: null, changed: () => {} });

export interface OwnPanelOptions {
  /** Called once everything is deleted. */
  readonly withdrawn: () => void;
  /** True if the panel shows the contributor's code. */
  readonly code: boolean;
}

export class OwnPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #memory: OwnMemory;
  readonly #options: OwnPanelOptions;
  readonly #count = h("span", { class: "quiet" });
  readonly #list = h("ol", { class: "drawings", tabindex: 0 });
  readonly #note = h("p", { class: "quiet" });
  readonly #read: HTMLButtonElement;
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #receipt = h("div", { class: "receipt", role: "status" });
  readonly #remove: HTMLButtonElement;
  readonly #code = h("div", { class: "code" });
  #contributor: Contributor | null = null;
  #drawings: readonly KeptDrawing[] = [];
  #waiting = 0;
  #closed = false;

  constructor(app: App, words: CollectWords, memory: OwnMemory, options: OwnPanelOptions) {
    [this.#app, this.#words, this.#memory, this.#options] = [app, words, memory, options];
    const { mine } = words;
    this.#list.ariaLabel = mine.title;
    this.#remove = h("button", { type: "button", hidden: true, click: () => void this.#withdraw() }, mine.remove);
    this.#read = h("button", { type: "button", hidden: true, click: () => void this.#agree() }, mine.read);
    this.element = h(
      "section",
      { class: "mine", "aria-label": mine.title },
      h("h3", { tabindex: -1 }, mine.title, " ", this.#count),
      this.#note,
      this.#read,
      this.#problem,
      this.#list,
      h("div", { class: "sets" }, this.#remove),
      this.#receipt,
      this.#code,
    );
    memory.changed = () => this.#show();
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
    this.#memory.changed = () => {};
    clearTimeout(this.#waiting);
    if (this.#contributor) this.#contributor.outbox.changed = () => {};
  }

  async #load(): Promise<void> {
    const contributor = this.#contributor;
    if (!contributor || this.#closed) return;
    if (this.#options.code) this.#showCode(contributor);
    let problem = "";
    try {
      this.#drawings = await contributor.mine();
      if (this.#drawings.length === 0) this.#memory.undeleted = null;
    } catch (error) {
      problem = problemOf(error, this.#words);
    }
    if (!this.#closed) this.#show(problem);
  }

  /** Shows everything; `problem` says why the drawings are not those of now. */
  #show(problem = ""): void {
    const { mine } = this.#words;
    const { undeleted } = this.#memory;
    const outbox = this.#contributor?.outbox;
    const [count, waiting, refused] = [this.#drawings.length, outbox?.waiting ?? 0, outbox?.refused ?? 0];
    this.#showReceipt(this.#memory.receipt);
    this.#count.textContent = count > 0 ? `(${mine.count(count)})` : "";
    const isNone = count === 0 && !problem && !undeleted && !this.#memory.receipt;
    const notes = [
      waiting > 0 ? mine.waiting(waiting) : isNone ? mine.none : "",
      outbox?.waitsForConsent ? mine.changed : "",
      refused > 0 ? mine.refused(refused) : "",
    ];
    this.#note.textContent = notes.filter(Boolean).join(" ");
    this.#note.hidden = this.#note.textContent === "";
    this.#read.hidden = !outbox?.waitsForConsent;
    this.#problem.textContent = undeleted
      ? `${mine.notDeleted(problemOf(undeleted.error, this.#words))} ${mine.deletedHere(undeleted.here)}`.trim()
      : problem;
    this.#problem.hidden = this.#problem.textContent === "";
    this.#remove.textContent = undeleted ? mine.again : mine.remove;
    this.#remove.hidden = count + waiting === 0 && !undeleted;
    const newest = this.#drawings.map((drawing, i) => ({ ...drawing, place: i + 1 })).slice(-LISTED);
    this.#list.replaceChildren(
      ...newest
        .reverse()
        .map(({ strokes, label, place }) =>
          h("li", {}, smallDrawing(strokes, mine.drawing(label, place)), h("span", { "aria-hidden": "true" }, label)),
        ),
    );
  }

  /** Shows the changed text, and sends what waits once the person has agreed. */
  async #agree(): Promise<void> {
    const contributor = this.#contributor;
    if (!contributor) return;
    forgetConsent();
    try {
      if (await ensureConsent(contributor, this.#words)) await contributor.outbox.flush();
      this.refresh();
    } catch (error) {
      this.#show(problemOf(error, this.#words));
    }
  }

  async #withdraw(): Promise<void> {
    const [contributor, memory] = [this.#contributor, this.#memory];
    if (!contributor) return;
    const { mine } = this.#words;
    const waiting = contributor.outbox.waiting;
    if (!memory.undeleted) {
      const sure = mine.sure(this.#drawings.length + waiting);
      const answer = await askPerson(sure, { value: "no", text: mine.no }, { value: "yes", text: mine.yes });
      if (answer !== "yes") return;
    }
    try {
      memory.receipt = await contributor.withdraw();
      memory.undeleted = null;
      this.#drawings = [];
      this.#options.withdrawn();
    } catch (error) {
      memory.undeleted = { here: (memory.undeleted?.here ?? 0) + waiting, error };
    }
    memory.changed();
    if (this.#remove.hidden) this.element.querySelector("h3")?.focus(); // the button is gone
  }

  #showReceipt(receipt: Receipt | null): void {
    const { mine } = this.#words;
    if (!receipt) return;
    const isShown = this.#receipt.dataset["digest"] === `${receipt.digest} ${receipt.time}`;
    if (isShown) return; // announced once
    this.#receipt.dataset["digest"] = `${receipt.digest} ${receipt.time}`;
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
