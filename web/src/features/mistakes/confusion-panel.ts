// The confusion matrix of a data set; a cell shows its drawings.

import type { Source } from "../../dataset/data-client";
import { DataError } from "../../dataset/errors";
import { ACCEPTED_FILES } from "../../dataset/types";
import { explain, reason } from "../../i18n/errors";
import { classOf, letterClasses } from "../../model/labels";
import { taughtLetters } from "../../storage/taught-letters";
import { h } from "../../ui/dom";
import { paintImage } from "../../ui/image";
import type { State } from "../../ui/state";
import type { App } from "../../ui/view";
import { cellMembers, confusionOf, type Predictions } from "./confusion";
import { EvaluationRun } from "./evaluation-run";

const SHOWN = 60; // drawings of a cell

/** The last evaluation, which goes on while the view is mounted anew. */
let run: EvaluationRun | null = null;

export class ConfusionPanel {
  readonly element: HTMLElement;
  readonly #app: App;
  readonly #status = h("p", { id: "set-read", role: "status" });
  readonly #table = h("div", { class: "matrix", role: "region" });
  readonly #gallery = h("div", { class: "gallery" });
  readonly #note = h("p", { class: "quiet", hidden: true });
  #predictions: Predictions | null = null;
  #shownCell = "";

  constructor(app: App) {
    const { mistakes: words } = app.words;
    this.#app = app;
    this.#table.ariaLabel = words.matrix;
    const file = h("input", { type: "file", multiple: true, accept: ACCEPTED_FILES, id: "set-file", class: "unseen" });
    file.addEventListener("change", () => {
      this.#read({ kind: "files", files: [...(file.files ?? [])], pen: this.#pen, classes: this.#labels });
      file.value = ""; // so that the same file can be chosen again
    });
    const button = (name: string, click: () => unknown) =>
      h("button", { type: "button", click: () => void click() }, name);
    const ways = h(
      "p",
      { class: "sets" },
      button(words.fontLetters, () => this.#read({ kind: "font-letters" })),
      button(words.own, async () => this.#read(await this.#own())),
      h("label", { for: "set-file", class: "button" }, words.file),
      file,
    );
    this.element = h(
      "section",
      {},
      ...[
        h("h3", {}, words.confusion),
        h("p", { class: "quiet" }, words.confusionHow),
        ways,
        this.#status,
        this.#note,
        this.#table,
        this.#gallery,
      ],
    );
    if (run && run.recognizer !== app.recognizer) forgetRun();
    if (run) this.#watch(run);
  }

  update({ cell: chosen }: State): void {
    if (!this.#predictions || chosen === this.#shownCell) return;
    this.#shownCell = chosen;
    const cells = [...this.#table.querySelectorAll("button")];
    for (const button of cells) button.ariaPressed = String(button.dataset["cell"] === chosen);
    const pressed = cells.find(({ ariaPressed }) => ariaPressed === "true");
    if (pressed) oneTabStop(cells, pressed);
    this.#gallery.replaceChildren(...(chosen ? this.#drawings(this.#predictions, chosen) : []));
  }

  /** An evaluation goes on, unless the view is left. */
  close(): void {
    if (!run) return;
    run.changed = () => {};
    if (run.isRunning && this.#app.store.state.view !== "mistakes") forgetRun();
  }

  /** Pen width of rasterized drawings. */
  get #pen(): number {
    const { core, model } = this.#app.recognizer;
    return model.pen ?? core.defaultPen;
  }

  get #labels(): string {
    return this.#app.recognizer.labels;
  }

  /** The user's drawings of the network's classes; null for none. */
  async #own(): Promise<Source | null> {
    const { letters } = await taughtLetters();
    const classes = this.#labels;
    const drawings = letters.filter(({ label }) => classOf(classes, label) >= 0);
    return drawings.length > 0 ? { kind: "drawings", drawings, pen: this.#pen, classes } : null;
  }

  /** Evaluates a data set; a later choice cancels it. */
  #read(source: Source | null): void {
    const { mistakes: words } = this.#app.words;
    forgetRun();
    if (!source) this.#say(words.noOwn);
    else if (source.kind === "font-letters" && !letterClasses(this.#labels)) this.#say(words.otherLetters);
    else {
      run = new EvaluationRun(source, this.#app.recognizer);
      this.#watch(run);
    }
  }

  #watch(watched: EvaluationRun): void {
    const { mistakes: words, errors } = this.#app.words;
    watched.changed = () => {
      const { predictions, error, name, share } = watched;
      if (predictions) this.#show(predictions, this.#noteFor(name));
      else if (error instanceof DataError) this.#say(words.problem(reason(error, errors)));
      else if (error !== null) this.#say(explain(error, errors));
      else this.#say(words.progress(share));
    };
    watched.changed();
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  /** Returns the note for a network that was trained on a data set of this name; otherwise nothing. */
  #noteFor(name: string): string {
    const { data } = this.#app.recognizer.model.training;
    return Array.isArray(data) && data.includes(name) ? this.#app.words.mistakes.trainedOnThese : "";
  }

  #show(predictions: Predictions, note: string): void {
    const { mistakes: words } = this.#app.words;
    const { length: classes } = this.#labels;
    const counts = confusionOf(predictions, classes);
    const correct = counts.reduce((sum, n, i) => (i % (classes + 1) === 0 ? sum + n : sum), 0);
    this.#predictions = predictions;
    this.#shownCell = "";
    this.#note.textContent = note;
    this.#note.hidden = note === "";
    this.#status.textContent = words.accuracy(correct, predictions.predicted.length);
    this.#table.replaceChildren(this.#matrix(counts));
    const cells = [...this.#table.querySelectorAll("button")];
    if (cells[0]) oneTabStop(cells, cells[0]);
    this.update(this.#app.store.state);
  }

  #matrix(counts: Uint32Array): HTMLElement {
    const { mistakes: words } = this.#app.words;
    const names = [...this.#labels];
    const head = h("tr", {}, h("td", {}), ...names.map((name) => h("th", { scope: "col" }, name)));
    const rows = names.map((label, row) => {
      const own = counts.subarray(row * names.length, (row + 1) * names.length);
      const total = own.reduce((sum, n) => sum + n, 0);
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, label),
        ...names.map((predicted, c) => this.#cell(label, predicted, own[c]!, total)),
      );
    });
    const move = ((event: KeyboardEvent) => moveInMatrix(event)) as EventListener;
    return h(
      "table",
      { role: "grid", keydown: move },
      h(
        "caption",
        { class: "unseen" },
        `${words.matrix}, ${words.trueLetters}, ${words.predictedLetters}. ${words.matrixKeys}`,
      ),
      h("thead", {}, head),
      h("tbody", {}, ...rows),
    );
  }

  #cell(label: string, predicted: string, count: number, total: number): HTMLElement {
    if (count === 0) return h("td", {});
    const name = this.#app.words.mistakes.cellName(label, predicted, count);
    const click = () => this.#app.store.set({ cell: label + predicted });
    const button = h(
      "button",
      { type: "button", "aria-label": name, "aria-pressed": "false", click },
      count > 999 ? "•" : String(count),
    );
    button.dataset["cell"] = label + predicted;
    // The square root makes rare confusions visible.
    button.style.setProperty("--share", String(Math.round(100 * Math.sqrt(count / total))));
    return h("td", { class: label === predicted ? "correct" : "wrong" }, button);
  }

  #drawings(predictions: Predictions, chosen: string): readonly HTMLElement[] {
    const labels = this.#labels;
    const [label = "", predicted = ""] = chosen;
    const places = cellMembers(predictions, labels.indexOf(label), labels.indexOf(predicted));
    const { side, images } = predictions.dataset;
    const cards = places.slice(0, SHOWN).map((i) => {
      const image = h("canvas", { width: side, height: side, "aria-hidden": "true" });
      paintImage(image, images.subarray(i * side * side, (i + 1) * side * side));
      return h(
        "li",
        {},
        image,
        h("span", { class: "share" }, this.#app.words.answer.percent(predictions.confidence[i]!)),
      );
    });
    const title = this.#app.words.mistakes.gallery(label, predicted, places.length, cards.length);
    return [h("h4", { "aria-live": "polite" }, title), h("ul", { class: "images" }, ...cards)];
  }
}

function forgetRun(): void {
  run?.close();
  run = null;
}

/** Makes `stop` the only cell that the Tab key reaches. */
function oneTabStop(cells: readonly HTMLElement[], stop: HTMLElement): void {
  for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;
}

/** Moves the focus with the arrow keys: along the cells with a count, or to the nearest one of another row. */
function moveInMatrix(event: KeyboardEvent): void {
  const { key, target } = event;
  if (!(target instanceof HTMLButtonElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const cells = [...target.closest("table")!.querySelectorAll("button")];
  const at = cells.indexOf(target);
  const columnOf = (cell: Element) => cell.closest("td")!.cellIndex;
  const inRow = (down: 1 | -1) => {
    const others = down > 0 ? cells.slice(at + 1) : cells.slice(0, at).reverse();
    const row = others.find((cell) => cell.closest("tr") !== target.closest("tr"))?.closest("tr");
    const distance = (cell: Element) => Math.abs(columnOf(cell) - columnOf(target));
    return others.filter((cell) => cell.closest("tr") === row).sort((a, b) => distance(a) - distance(b))[0];
  };
  const moves: Readonly<Record<string, () => HTMLElement | undefined>> = {
    ArrowLeft: () => cells[at - 1],
    ArrowRight: () => cells[at + 1],
    ArrowUp: () => inRow(-1),
    ArrowDown: () => inRow(1),
    Home: () => cells[0],
    End: () => cells.at(-1),
  };
  const move = moves[key];
  if (!move) return;
  event.preventDefault();
  const next = move() ?? target;
  oneTabStop(cells, next);
  next.focus();
}
