// The part of the view that personalizes the network: the training, its accuracy, and which network is in use.

import type { LabelledDrawing } from "../../dataset/readers/jsonl";
import type { TeachWords } from "../../i18n/en/teach";
import { reason } from "../../i18n/errors";
import { classOf } from "../../model/labels";
import { LETTERS } from "../../model/letters";
import { Recognizer } from "../../model/recognizer";
import { StorageError } from "../../storage/database";
import {
  deletePersonalNetwork,
  loadPersonalNetwork,
  type PersonalNetwork,
  savePersonalNetwork,
} from "../../storage/network";
import type { BeforeAfter, PersonalizeResult } from "../../training/personalize";
import { h } from "../../ui/dom";
import type { Numbers } from "../../ui/numbers";
import type { App } from "../../ui/view";
import { PersonalizeRun } from "./personalize-run";

const MIN_LETTERS = 3;
const FEW_LETTERS = 20; // fewer letters: a note about chance

/** State that outlives the view, which is mounted anew for another network or language: texts, focus, a network that could not be stored, and the training. */
const tab = {
  notice: "",
  problem: "",
  focused: false,
  own: null as PersonalNetwork | null,
  run: null as PersonalizeRun | null,
};

export class PersonalizePanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #words: TeachWords;
  readonly #numbers: Numbers;
  readonly #start: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #bar = h("progress", { max: 1, value: 0, hidden: true });
  readonly #how = h("p", { class: "quiet" });
  readonly #note = h("p", { class: "quiet" });
  readonly #notice = h("p", { class: "notice", role: "status" });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #result = h("div", { id: "personalized", role: "status" });
  readonly #switch = h("div", { id: "answering" });
  #drawings: readonly LabelledDrawing[] = [];

  constructor(app: App, words: TeachWords, numbers: Numbers) {
    [this.#app, this.#words, this.#numbers] = [app, words, numbers];
    this.#start = h("button", { type: "button", class: "main", click: () => this.#learn() }, words.start);
    this.#stop = h("button", { type: "button", hidden: true, click: () => tab.run?.stop() }, words.stop);
    this.#bar.ariaLabel = words.training;
    this.#how.textContent = words.trainHow;
    this.element = h(
      "section",
      { class: "learning", "aria-label": words.train },
      h("h3", {}, words.train),
      this.#how,
      this.#note,
      h("div", { class: "sets" }, this.#start, this.#stop),
      this.#bar,
      this.#problem,
      this.#notice,
      this.#result,
      this.#switch,
    );
    if (tab.problem) this.#fail(tab.problem);
    if (tab.run) this.#watch(tab.run, false);
    const { notice, focused } = tab;
    [tab.notice, tab.problem, tab.focused] = ["", "", false];
    void this.#find().then(() => {
      this.#notice.textContent = notice; // announced once the element is in the page
      if (focused) this.#focus();
    });
  }

  /** The user's drawings; those of other characters than A to Z are left out. */
  set drawings(drawings: readonly LabelledDrawing[]) {
    this.#drawings = drawings.filter(({ label }) => classOf(LETTERS, label) >= 0);
    const { recognizer, defaultRecognizer } = this.#app;
    const canLearn = recognizer.labels === LETTERS && defaultRecognizer.labels === LETTERS;
    const enough = canLearn && this.#drawings.length >= MIN_LETTERS;
    this.#start.hidden = this.#isTraining || !enough;
    this.#how.hidden = !canLearn;
    this.#note.hidden = enough;
    this.#note.textContent = canLearn
      ? this.#words.minLetters(this.#numbers.whole(MIN_LETTERS))
      : this.#words.otherLetters;
  }

  /** The training goes on. */
  close(): void {
    if (tab.run) tab.run.changed = () => {};
  }

  get #isTraining(): boolean {
    return tab.run !== null && !tab.run.hasEnded;
  }

  /** Deletes the personal network and returns to the default one. */
  async forget(): Promise<void> {
    tab.run?.stop();
    tab.run = tab.own = null;
    tab.focused = true;
    await this.#keep(deletePersonalNetwork());
    this.#app.use(this.#app.defaultRecognizer);
  }

  async #find(): Promise<void> {
    try {
      tab.own = (await loadPersonalNetwork(this.#app.defaultRecognizer.core)) ?? tab.own;
    } catch (error) {
      if (!(error instanceof StorageError)) this.#fail(this.#words.broken);
    }
    if (tab.own?.model.labels === this.#app.defaultRecognizer.labels) this.#showSwitch(tab.own);
  }

  /** Moves the focus to the network in use, or to the start button. */
  #focus(): void {
    const pressed = this.#switch.querySelector<HTMLElement>("[aria-pressed=true]");
    (pressed ?? this.#start).focus({ preventScroll: true });
  }

  #learn(): void {
    tab.run = new PersonalizeRun(this.#app.defaultRecognizer, this.#drawings);
    this.#problem.hidden = true;
    this.#result.replaceChildren();
    this.#watch(tab.run, true);
  }

  /** Shows a training; `began` is false if it began before this panel was made. */
  #watch(run: PersonalizeRun, began: boolean): void {
    run.changed = () => this.#update(run);
    this.#learning(!run.hasEnded);
    if (run.hasEnded) this.#conclude(run);
    else if (began) this.#stop.focus();
  }

  #update(run: PersonalizeRun): void {
    this.#bar.value = run.share;
    if (!run.hasEnded) return;
    this.#learning(false);
    this.#conclude(run);
    this.#result.querySelector("button")?.focus({ preventScroll: true }); // whoever draws meanwhile goes on
  }

  #conclude({ result, error }: PersonalizeRun): void {
    if (result) this.#show(result);
    else if (error) this.#fail(this.#words.failed(reason(error, this.#app.words.errors)));
  }

  #learning(going: boolean): void {
    this.#bar.value = tab.run?.share ?? 0;
    this.#bar.hidden = this.#stop.hidden = !going;
    this.#start.hidden = going;
  }

  #show(result: PersonalizeResult): void {
    const words = this.#words;
    const { own, fontLetters } = result;
    const accept = h("button", { type: "button", class: "main", click: () => void this.#accept(result) }, words.accept);
    const discard = h("button", { type: "button", click: () => this.#discard() }, words.discard);
    const notes = [words.crossValidated];
    if (own.all < FEW_LETTERS) notes.push(words.fewLetters);
    if (own.before === own.all) notes.push(words.allCorrect);
    else if (own.after <= own.before) notes.push(words.notBetter);
    if (fontLetters.after < fontLetters.before) notes.push(words.forgot);
    this.#result.replaceChildren(
      h("h4", {}, words.result),
      this.#table(own, fontLetters),
      h("p", { class: "quiet" }, notes.join(" ")),
      h("div", { class: "sets" }, accept, discard),
    );
  }

  #table(own: BeforeAfter, fontLetters: BeforeAfter): HTMLElement {
    const [words, { whole }] = [this.#words, this.#numbers];
    const cell = (right: number, all: number) => h("td", {}, words.correctOf(whole(right), whole(all)));
    const row = (name: string, { all, before, after }: BeforeAfter) =>
      h("tr", {}, h("th", { scope: "row" }, name), cell(before, all), cell(after, all));
    const head = h(
      "thead",
      {},
      h("tr", {}, h("td"), h("th", { scope: "col" }, words.before), h("th", { scope: "col" }, words.after)),
    );
    return h("table", {}, head, h("tbody", {}, row(words.own, own), row(words.fontLetters, fontLetters)));
  }

  async #accept({ model }: PersonalizeResult): Promise<void> {
    tab.notice = this.#words.accepted;
    tab.run = null;
    await this.#answer({ model, active: true });
  }

  /** Stores the personal network and switches to it, or to the default one; also if it cannot be stored. */
  async #answer(own: PersonalNetwork): Promise<void> {
    const { defaultRecognizer, use } = this.#app;
    tab.own = own;
    tab.focused = true;
    await this.#keep(savePersonalNetwork(own, defaultRecognizer.core));
    use(own.active ? new Recognizer(defaultRecognizer.core, own.model) : defaultRecognizer);
  }

  /** Errors are shown by the view that is mounted next. */
  async #keep(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      tab.notice = "";
      tab.problem = this.#words.storage[error instanceof StorageError ? error.problem : "failed"];
    });
  }

  #discard(): void {
    tab.run = null;
    this.#result.replaceChildren();
    this.#app.announce(this.#words.discarded);
    this.#start.focus();
  }

  #fail(text: string): void {
    this.#problem.textContent = text;
    this.#problem.hidden = false;
  }

  /** Shows the choice between default and personal network. */
  #showSwitch({ model }: PersonalNetwork): void {
    const words = this.#words;
    const answering = "own_letters" in this.#app.recognizer.model.training;
    const option = (name: string, active: boolean) => {
      const pressed = String(active ? answering : this.#app.recognizer === this.#app.defaultRecognizer);
      return h(
        "button",
        { type: "button", "aria-pressed": pressed, click: () => void this.#answer({ model, active }) },
        name,
      );
    };
    this.#switch.replaceChildren(
      h("h4", {}, words.networkInUse),
      h(
        "div",
        { class: "sets" },
        option(words.defaultNetwork, false),
        option(words.personalNetwork, true),
        h("button", { type: "button", click: () => void this.forget() }, words.forget),
      ),
    );
  }
}
