// Take away: the drawing as a link and as files, the network as files, and a few lines to embed it.
import "../style/take.css";
import type { App, Frame, Mount, View } from "../app/app";
import { h } from "../app/dom";
import { save } from "../app/save";
import { writeState } from "../app/state";
import type { Stroke } from "../core";
import { loadExports, type ExportedFile } from "../take/exports";
import { jsonlOf, pngOf, svgOf } from "../take/files";
import { writeDrawing } from "../take/link";

const SNIPPET = `<script type="module">
  import "./lenet/element.js";
  document.querySelector("lenet-pad").addEventListener("recognize", (event) => {
    console.log(event.detail.letter, event.detail.candidates);
  });
</script>
<lenet-pad label="Draw a letter"></lenet-pad>`;

export const mount: Mount = (place, app) => new TakeView(place, app);

class TakeView implements View {
  readonly #app: App;
  readonly #said = h("p", { role: "status", class: "quiet" });
  readonly #drawingButtons: readonly HTMLButtonElement[];
  readonly #empty: HTMLElement;
  #frame: Frame | null = null;

  constructor(place: HTMLElement, app: App) {
    const { take: words } = app.words;
    this.#app = app;
    const button = (name: string, click: () => unknown) => h("button", { type: "button", click: () => void click() }, name);
    this.#drawingButtons = [
      button(words.link, () => this.#copy(this.#address())),
      button("PNG", async () => save(await pngOf(this.#strokes, app.pad.aspect), "letter.png")),
      button("SVG", () => save(svgOf(this.#strokes, app.pad.aspect), "letter.svg")),
      button("JSON Lines", () => save(jsonlOf(this.#strokes, this.#frame?.answer.letter ?? null), "letter.jsonl")),
    ];
    this.#empty = h("p", { class: "quiet" }, words.empty);
    const files = h("div", {}, h("p", { class: "quiet" }, words.looking));
    place.append(
      h("h2", {}, words.title),
      h("section", {}, h("h3", {}, words.drawing), h("p", { class: "quiet" }, words.drawingHow), this.#empty, h("p", { class: "sets" }, ...this.#drawingButtons)),
      h("section", {}, h("h3", {}, words.network), files),
      h(
        "section",
        {},
        h("h3", {}, words.embed),
        h("p", { class: "quiet" }, words.embedHow),
        h("pre", { tabindex: 0 }, h("code", {}, SNIPPET)),
        h("p", { class: "sets" }, button(words.copy, () => this.#copy(SNIPPET))),
      ),
      this.#said,
    );
    void loadExports().then((found) => files.replaceChildren(...this.#files(found)));
  }

  update(frame: Frame): void {
    this.#frame = frame;
    this.#empty.hidden = frame.strokes.length > 0;
    for (const button of this.#drawingButtons) button.disabled = frame.strokes.length === 0;
  }

  get #strokes(): readonly Stroke[] {
    return this.#frame?.strokes ?? [];
  }

  #address(): string {
    const { origin, pathname } = location;
    const state = writeState({ ...this.#app.store.state, view: "draw" });
    return `${origin}${pathname}${state}${state === "#" ? "" : "&"}drawing=${writeDrawing(this.#strokes)}`;
  }

  async #copy(text: string): Promise<void> {
    const { take: words } = this.#app.words;
    try {
      await navigator.clipboard.writeText(text);
      this.#said.textContent = words.copied;
    } catch {
      this.#said.textContent = text; // to be copied by hand
    }
  }

  #files(found: readonly ExportedFile[]): readonly HTMLElement[] {
    const { take: words } = this.#app.words;
    const own = h("p", {}, h("a", { href: "./model.safetensors", download: "model.safetensors" }, "model.safetensors"), ` ${words.own}`);
    const command = h("p", { class: "quiet" }, words.command, " ", h("code", {}, "lenet export --to all DIR"));
    if (found.length === 0) return [own, command];
    const rows = found.map(({ format, url, name, bytes, sha256, runtime }) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, format),
        h("td", {}, h("a", { href: url, download: name.replace("/", "-") }, name)),
        h("td", {}, words.size(bytes)),
        h("td", {}, runtime ?? words.unproven),
        h("td", {}, h("code", { class: "sum", title: sha256 }, sha256)),
      ),
    );
    const heads = words.heads.map((head) => h("th", { scope: "col" }, head));
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
    return [own, h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": words.network }, table), command];
  }
}
