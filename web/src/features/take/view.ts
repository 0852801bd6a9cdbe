// The view "Share": the drawing as a link and as files, the network as files, and a snippet to embed it.
import "./view.css";
import type { Stroke } from "../../engine/types";
import type { Words } from "../../i18n/en/page";
import { writeModel } from "../../model/writer";
import { h } from "../../ui/dom";
import { save } from "../../ui/save";
import { writeState } from "../../ui/state";
import type { App, Frame, Open, View } from "../../ui/view";
import { describe, type ExportedFile, loadDefaultFile, loadExports, zipOf } from "./exports";
import { jsonlOf, pngOf, svgOf } from "./files";
import { writeDrawing } from "./link";

const SNIPPET = `<script type="module">
  import "./lenet/element.js";
  document.querySelector("lenet-pad").addEventListener("recognize", (event) => {
    console.log(event.detail.letter, event.detail.candidates);
  });
</script>
<lenet-pad label="Draw a letter"></lenet-pad>`;

export const open: Open = () => (place, app) => new TakeView(place, app);

class TakeView implements View {
  readonly #app: App;
  readonly #drawingButtons: readonly HTMLButtonElement[];
  readonly #empty: HTMLElement;
  #frame: Frame | null = null;
  #url = ""; // of a file that this view made

  constructor(place: HTMLElement, app: App) {
    const { take: words } = app.words;
    this.#app = app;
    const status = () => h("p", { role: "status", class: "quiet copied" });
    const [aboutLink, aboutSnippet] = [status(), status()];
    const button = (name: string, click: () => unknown) =>
      h("button", { type: "button", click: () => void click() }, name);
    this.#drawingButtons = [
      button(words.link, () => this.#copy(this.#address(), aboutLink)),
      button("PNG", async () => save(await pngOf(this.#strokes, app.pad.aspect), "letter.png")),
      button("SVG", () => save(svgOf(this.#strokes, app.pad.aspect), "letter.svg")),
      button("JSON Lines", () => save(jsonlOf(this.#strokes, this.#frame?.answer.letter ?? null), "letter.jsonl")),
    ];
    this.#empty = h("p", { class: "quiet" }, words.empty);
    const files = h("div", {}, h("p", { class: "quiet" }, words.looking));
    place.append(
      h("h2", {}, words.title),
      h(
        "section",
        {},
        h("h3", {}, words.drawing),
        h("p", { class: "quiet" }, words.drawingHow),
        this.#empty,
        h("p", { class: "sets" }, ...this.#drawingButtons),
        aboutLink,
      ),
      h("section", {}, h("h3", {}, words.network), files),
      h(
        "section",
        {},
        h("h3", {}, words.embed),
        h("p", { class: "quiet" }, words.embedHow),
        h("pre", { tabindex: 0 }, h("code", {}, SNIPPET)),
        h(
          "p",
          { class: "sets" },
          button(words.copy, () => this.#copy(SNIPPET, aboutSnippet)),
        ),
        aboutSnippet,
      ),
    );
    void this.#list(files);
  }

  update(frame: Frame): void {
    this.#frame = frame;
    this.#empty.hidden = frame.strokes.length > 0;
    for (const button of this.#drawingButtons) button.disabled = frame.strokes.length === 0;
  }

  close(): void {
    URL.revokeObjectURL(this.#url);
  }

  get #strokes(): readonly Stroke[] {
    return this.#frame?.strokes ?? [];
  }

  #address(): string {
    const { origin, pathname } = location;
    const state = writeState({ ...this.#app.store.state, view: "draw" });
    return `${origin}${pathname}${state}${state === "#" ? "" : "&"}drawing=${writeDrawing(this.#strokes)}`;
  }

  /** Copies a text to the clipboard and reports in `status`. */
  async #copy(text: string, status: HTMLElement): Promise<void> {
    const { take: words } = this.#app.words;
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = words.copied;
    } catch {
      status.textContent = text; // to be copied by hand
    }
  }

  /** Lists the files of the network: the model in use, the default model, and exports. */
  async #list(place: HTMLElement): Promise<void> {
    const { take: words } = this.#app.words;
    const [defaultFile, fileInUse, exports] = await Promise.all([loadDefaultFile(), this.#fileInUse(), loadExports()]);
    const others = exports.filter(({ sha256 }) => sha256 !== defaultFile?.sha256);
    const status = h("p", { role: "status", class: "quiet" });
    const zip = async (files: readonly ExportedFile[]) => {
      try {
        status.textContent = "";
        save(await zipOf(files), `${files[0]!.format}.zip`);
      } catch {
        status.textContent = words.failed;
      }
    };
    const rowOf = (files: readonly ExportedFile[], title: string, runtime: string) =>
      row(files, title, runtime, words, (packed) => void zip(packed));
    const rows = [
      ...(fileInUse ? [rowOf([fileInUse], words.inUse, words.thisPage)] : []),
      ...(defaultFile ? [rowOf([defaultFile], defaultFile.format, words.thisPage)] : []),
      ...Array.from(new Set(others.map(({ format }) => format)), (format) => {
        const files = others.filter((file) => file.format === format);
        return rowOf(files, format, files[0]!.runtime ?? words.unverified);
      }),
    ];
    const heads = words.heads.map((head) => h("th", { scope: "col" }, head));
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
    const command = h("p", { class: "quiet" }, words.command, " ", h("code", {}, "lenet export --to all DIR"));
    place.replaceChildren(
      h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": words.network }, table),
      status,
      ...(others.length > 0 ? [] : [command]),
    );
  }

  /** Describes the network in use, unless it is the default one. */
  async #fileInUse(): Promise<ExportedFile | null> {
    const { recognizer, defaultRecognizer } = this.#app;
    if (recognizer === defaultRecognizer) return null;
    const file = writeModel(recognizer.model, recognizer.core.rasterizerVersion);
    this.#url = URL.createObjectURL(new Blob([file]));
    return describe(file.buffer, this.#url, "mine.safetensors");
  }
}

/** A row of a format: a link to its only file, or a button that packs all of them. */
function row(
  files: readonly ExportedFile[],
  title: string,
  runtime: string,
  words: Words["take"],
  zip: (files: readonly ExportedFile[]) => void,
): HTMLElement {
  const sum = (text: string) => h("code", { class: "sum" }, text);
  const [first] = files;
  const parts =
    files.length === 1
      ? [h("a", { href: first!.url, download: first!.name.split("/").at(-1)! }, first!.name), sum(first!.sha256 ?? "")]
      : [
          h("button", { type: "button", click: () => zip(files) }, `${first!.format}.zip`),
          ...files.map(({ name, sha256 }) => h("div", {}, name, sum(sha256 ?? ""))),
        ];
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, title),
    h("td", {}, ...parts),
    h("td", { class: "size" }, words.size(bytes)),
    h("td", {}, runtime),
  );
}
