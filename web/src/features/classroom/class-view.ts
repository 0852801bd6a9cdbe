// The view of the teacher, on the projector: how to join, letters coming in, what is mixed up, and the training.
import "../../ui/style/forms.css";
import "../../ui/style/collect.css";
import "./classroom.css";
import type { CollectWords } from "../../i18n/en/collect";
import type { Recognizer } from "../../model/recognizer";
import { type ClassSnapshot, fetchClass, fetchLetters, fetchModel, teacherHeaders } from "../../server/classes";
import { followClass } from "../../server/follow";
import { invitation } from "../../server/services";
import { isForbidden, problemOf } from "../../ui/collect/problem";
import { TokenForm } from "../../ui/collect/token-form";
import { h } from "../../ui/dom";
import type { App, Open, View } from "../../ui/view";
import { ClassLetters } from "./class-letters";
import { areEnough } from "./class-training";
import { EndPanel, wasExported } from "./end-panel";
import { Gallery } from "./gallery";
import { InvitationPanel } from "./invitation-panel";
import { matrix } from "./matrix";
import { forgetTraining, TrainingPanel, trainedNetwork } from "./training-panel";

/** The end of a class: how many letters were deleted, after an export or without one. */
interface End {
  readonly count: number;
  readonly exported: boolean;
}

/** The teacher's token, the class's network and its end, as long as the tab shows this page. */
const tab = { token: "", trained: null as Recognizer | null, showsTrained: false, end: null as End | null };

export const open: Open = async (all) => {
  const words = await all.collect();
  return (place, app) => new ClassView(place, app, words);
};

class ClassView implements View {
  readonly #place: HTMLElement;
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #leave = new AbortController();
  #projector: Projector | null = null;

  constructor(place: HTMLElement, app: App, words: CollectWords) {
    [this.#place, this.#app, this.#words] = [place, app, words];
    const { classroom } = words;
    const texts = { name: "teacher", label: classroom.token, how: classroom.tokenHow, submit: classroom.open };
    const form = new TokenForm(texts, true, (text) => this.#open(text));
    if (tab.end && !invitation.class) {
      place.append(h("h2", { tabindex: -1 }, classroom.ended), h("p", { role: "status" }, endText(tab.end, words)));
      return;
    }
    place.append(h("h2", {}, classroom.title), form.element);
    const known = tab.token || (invitation.class ?? "");
    delete invitation.class;
    if (known) void form.submit(known);
  }

  update(): void {}

  close(): void {
    this.#leave.abort();
    this.#projector?.close();
  }

  /** Takes the token; returns the problem to show. */
  async #open(token: string): Promise<string> {
    const headers = teacherHeaders(token);
    try {
      const state = await fetchClass(headers);
      Object.assign(tab, { token, end: null });
      if (this.#leave.signal.aborted) return "";
      const projector = new Projector(this.#app, this.#words, token, state.name);
      this.#projector = projector;
      this.#place.replaceChildren(...projector.elements);
      projector.heading.focus({ preventScroll: true });
      const follower = {
        changed: (state: ClassSnapshot) => projector.follow(state),
        connected: (connected: boolean) => (projector.connected = connected),
        refused: () => projector.end(wasExported()),
      };
      void followClass(headers, follower, this.#leave.signal);
      return "";
    } catch (error) {
      return isForbidden(error) ? this.#words.classroom.wrong : problemOf(error, this.#words);
    }
  }
}

function endText({ count, exported }: End, { classroom }: CollectWords): string {
  return exported ? classroom.exported(count) : classroom.deletedAll(count);
}

class Projector {
  readonly heading: HTMLElement;
  readonly elements: readonly HTMLElement[];
  readonly #app: App;
  readonly #words: CollectWords;
  readonly #token: string;
  readonly #letters: ClassLetters;
  readonly #invitation: InvitationPanel;
  readonly #gallery: Gallery;
  readonly #training: TrainingPanel;
  readonly #end: EndPanel;
  readonly #figures: Readonly<Record<"pupils" | "letters" | "correct", HTMLElement>>;
  readonly #matrix = h("div", { class: "confusions", tabindex: 0, role: "group" });
  readonly #lost = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #empty: HTMLElement;
  readonly #networks = h("div", { class: "sets networks", role: "group" });
  readonly #board: HTMLElement;
  #count = 0;
  #hasEnded = false;

  constructor(app: App, words: CollectWords, token: string, name: string) {
    [this.#app, this.#words, this.#token] = [app, words, token];
    const { classroom } = words;
    const trained = trainedNetwork(); // while the view was not mounted
    if (trained && trained !== tab.trained) Object.assign(tab, { trained, showsTrained: true });
    this.#letters = new ClassLetters(this.#recognizer);
    this.#invitation = new InvitationPanel(classroom);
    this.#gallery = new Gallery(classroom);
    this.#training = new TrainingPanel(app, words, token, {
      predictions: (predictions) => {
        this.#letters.predict(predictions);
        this.#show();
      },
      ended: (recognizer) => this.#trained(recognizer),
    });
    this.#end = new EndPanel(words, token, (exported) => this.end(exported));
    const figure = (look: string) => h("strong", { class: look }, "0");
    this.#figures = { pupils: figure(""), letters: figure(""), correct: figure("") };
    this.#empty = h("p", { class: "nothing" }, classroom.galleryEmpty);
    this.heading = h("h2", { tabindex: -1 }, name);
    this.#networks.ariaLabel = classroom.shown;
    this.#matrix.ariaLabel = classroom.matrix;
    this.#board = h(
      "div",
      { class: "board" },
      h("div", { class: "side" }, this.#invitation.element, this.#training.element, this.#end.element),
      h(
        "div",
        { class: "wall" },
        this.#counts(),
        h(
          "section",
          {},
          h("div", { class: "head" }, h("h3", {}, classroom.gallery), this.#networks),
          this.#empty,
          this.#gallery.element,
        ),
        h("section", {}, h("h3", {}, classroom.matrix), h("p", { class: "quiet" }, classroom.matrixHow), this.#matrix),
      ),
    );
    this.elements = [this.heading, this.#lost, this.#board];
    this.#lost.textContent = classroom.lost;
    this.#training.resume();
    this.#show();
  }

  set connected(connected: boolean) {
    this.#lost.hidden = connected || this.#hasEnded;
  }

  follow(state: ClassSnapshot): void {
    if (this.#hasEnded || this.#end.isDeleting) return;
    this.#invitation.show(state.code, state.address);
    this.#figures.pupils.textContent = String(state.pupils);
    this.#pupils.textContent = this.#words.classroom.pupils(state.pupils);
    this.#letters.follow(state);
    this.#count = state.count;
    this.#show();
    if (state.model > 0 && !tab.trained && !this.#training.isTraining) void this.#loadNetwork();
    if (this.#letters.all.length !== state.count && !this.#training.isTraining) void this.#loadAll();
  }

  /** Ends the view of the class. */
  end(exported: boolean): void {
    this.#hasEnded = true;
    forgetTraining();
    const end = (tab.end ??= { count: this.#count, exported });
    Object.assign(tab, { token: "", trained: null, showsTrained: false });
    this.heading.textContent = this.#words.classroom.ended;
    this.#lost.hidden = true;
    this.#board.className = "";
    this.#board.replaceChildren(h("p", { role: "status" }, endText(end, this.#words)));
    this.heading.focus({ preventScroll: true });
  }

  close(): void {
    this.#training.close();
  }

  get #recognizer(): Recognizer {
    return tab.showsTrained && tab.trained ? tab.trained : this.#app.defaultRecognizer;
  }

  readonly #pupils = h("span", {});
  readonly #kinds = h("span", {});

  #counts(): HTMLElement {
    const { classroom } = this.#words;
    const { pupils, letters, correct } = this.#figures;
    this.#pupils.textContent = classroom.pupils(0);
    return h(
      "div",
      { class: "counts", "aria-live": "off" },
      h("p", {}, pupils, " ", this.#pupils),
      h("p", {}, letters, " ", this.#kinds),
      h("p", {}, correct, " ", h("span", {}, classroom.correct)),
    );
  }

  /** Loads the letters that the state does not bring: it has the newest ones only. */
  async #loadAll(): Promise<void> {
    const drawings = await fetchLetters(this.#token).catch(() => null);
    if (!drawings || this.#hasEnded) return;
    this.#letters.become(drawings);
    this.#show();
  }

  /** Loads the network that the class trained before this view was opened. */
  async #loadNetwork(): Promise<void> {
    const { core } = this.#app.defaultRecognizer;
    const recognizer = await fetchModel(teacherHeaders(this.#token), core).catch(() => null);
    if (recognizer && !tab.trained && !this.#training.isTraining) this.#trained(recognizer);
  }

  #show(): void {
    const { all, numCorrect } = this.#letters;
    const { classroom } = this.#words;
    this.#figures.letters.textContent = String(all.length);
    this.#kinds.textContent = classroom.letters(all.length);
    this.#figures.correct.textContent = String(numCorrect);
    this.#empty.hidden = all.length > 0;
    this.#gallery.show(all);
    this.#matrix.replaceChildren(
      all.length > 0
        ? matrix(this.#letters.confusion(), classroom)
        : h("p", { class: "nothing" }, classroom.matrixEmpty),
    );
    this.#training.enough = areEnough(all.map(({ drawing }) => drawing.label));
    this.#showNetworks();
  }

  /** The choice of the network in the figures, once there are two. */
  #showNetworks(): void {
    const { classroom } = this.#words;
    this.#networks.hidden = tab.trained === null || this.#training.isTraining;
    if (this.#networks.childElementCount === 0) {
      for (const [trained, name] of [
        [false, classroom.before],
        [true, classroom.after],
      ] as const) {
        const button = h("button", { type: "button", click: () => this.#choose(trained) }, name);
        button.dataset["trained"] = String(trained);
        this.#networks.append(button);
      }
    }
    for (const button of this.#networks.querySelectorAll("button"))
      button.ariaPressed = String(button.dataset["trained"] === String(tab.showsTrained));
  }

  #choose(showsTrained: boolean): void {
    tab.showsTrained = showsTrained;
    this.#letters.readWith(this.#recognizer);
    this.#show();
  }

  #trained(recognizer: Recognizer | null): void {
    if (this.#hasEnded) return;
    if (recognizer) tab.trained = recognizer;
    this.#choose(recognizer ? true : tab.showsTrained);
  }
}
