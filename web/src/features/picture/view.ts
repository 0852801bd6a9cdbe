// The view "Picture": binarizes, levels and segments a picture, recognizes each letter, and shows every stage.
import "./view.css";
import pictureUrl from "../../../../build/picture.wasm?url";
import { Pictures } from "../../engine/pictures";
import { SIDE } from "../../engine/rasterizer";
import { compile, download } from "../../engine/wasm";
import { explain } from "../../i18n/errors";
import type { ColourRaster, Raster } from "../../segmentation/picture/raster";
import { type PictureReading, type ReadLetter, readPicture } from "../../segmentation/picture/read-picture";
import { judgedLetter } from "../../ui/answer";
import { h } from "../../ui/dom";
import { paintImage } from "../../ui/image";
import type { App, Open } from "../../ui/view";
import { Camera } from "./camera";
import { decode, PictureError } from "./decode";

const SHOWN = 300; // letters with a card of their own

let pictures: Promise<Pictures> | null = null;

/** The engine's picture build, fetched once. */
function loadPictures(): Promise<Pictures> {
  const load = async () => Pictures.start(await compile(await download(pictureUrl, ["The engine"])));
  pictures ??= load().catch((error: unknown) => {
    pictures = null; // asked for again next time
    throw error;
  });
  return pictures;
}

/** State that outlives the view while it is mounted anew for another language; forgotten once the view is left. */
interface Memory {
  picture: ColourRaster | null;
  /** Why the last picture was not read. */
  error: unknown;
  /** A picture is being decoded. */
  busy: boolean;
  /** The camera is open. */
  camera: boolean;
  turn: number; // counts, so that a picture that comes late is not shown over a later one
  /** Called after a change. */
  changed: () => void;
}

const newMemory = (): Memory => ({
  picture: null,
  error: null,
  busy: false,
  camera: false,
  turn: 0,
  changed: () => {},
});
let memory = newMemory();

export const open: Open = async () => {
  const engine = await loadPictures();
  return (place, app) => new PictureView(place, app, engine);
};

class PictureView {
  readonly #app: App;
  readonly #engine: Pictures;
  readonly #result = h("div", { id: "picture-result" });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #camera: Camera;
  readonly #leave = new AbortController();

  constructor(place: HTMLElement, app: App, engine: Pictures) {
    const { picture: words } = app.words;
    this.#app = app;
    this.#engine = engine;
    const file = h("input", { type: "file", accept: "image/*", id: "picture-file", class: "unseen" });
    const taking = h("div", { class: "taking" });
    this.#camera = new Camera(
      taking,
      words,
      (picture) => this.#become({ picture, error: null }),
      (error) => this.#become({ error }),
    );
    const sheet = h(
      "div",
      { class: "drop" },
      h("p", {}, words.drop),
      h(
        "p",
        { class: "ways" },
        h("label", { for: "picture-file", class: "button" }, words.choose),
        file,
        h("button", { type: "button", click: () => void this.#camera.start() }, words.camera),
      ),
      h("p", { class: "quiet" }, words.privacy),
    );
    place.append(
      h("h2", {}, words.title),
      h("p", { class: "quiet" }, words.how),
      sheet,
      taking,
      this.#problem,
      this.#result,
    );
    file.addEventListener("change", () => void this.#take(file.files?.[0]));
    this.#listen(sheet);
    memory.changed = () => this.#show();
    this.#show();
    if (memory.camera) void this.#camera.start();
  }

  update(): void {
    // The view does not depend on the pad.
  }

  close(): void {
    this.#leave.abort();
    memory.changed = () => {};
    memory.camera = this.#camera.isOpen;
    this.#camera.stop();
    if (this.#app.store.state.view === "picture") return;
    memory.turn++; // what is being decoded is not waited for
    memory = newMemory();
  }

  /** Takes files that are dropped on the page or pasted. */
  #listen(sheet: HTMLElement): void {
    const { signal } = this.#leave;
    addEventListener("paste", (event) => void this.#take(event.clipboardData?.files[0]), { signal });
    addEventListener(
      "dragover",
      (event) => {
        event.preventDefault();
        sheet.dataset["over"] = "";
      },
      { signal },
    );
    addEventListener("dragleave", () => delete sheet.dataset["over"], { signal });
    addEventListener(
      "drop",
      (event) => {
        event.preventDefault();
        delete sheet.dataset["over"];
        void this.#take(event.dataTransfer?.files[0]);
      },
      { signal },
    );
  }

  async #take(file: File | undefined): Promise<void> {
    if (!file) return;
    this.#camera.stop();
    const own = memory;
    const turn = ++own.turn;
    this.#become({ picture: null, error: null, busy: true });
    const outcome = await decode(file).then(
      (picture) => ({ picture, error: null }),
      (error: unknown) => ({ picture: null, error }),
    );
    if (turn === own.turn) this.#become({ ...outcome, busy: false });
  }

  /** Changes the memory, and shows it in the view that is mounted now. */
  #become(changes: Partial<Memory>): void {
    Object.assign(memory, changes);
    memory.changed();
  }

  #show(): void {
    const { picture: words } = this.#app.words;
    const { picture, error, busy } = memory;
    this.#problem.hidden = true;
    this.#result.replaceChildren(...(busy ? [h("p", { class: "quiet" }, words.busy)] : []));
    if (error !== null) this.#fail(error);
    if (!picture) return;
    try {
      this.#read(picture);
    } catch (error) {
      this.#fail(error);
    }
  }

  #read(picture: ColourRaster): void {
    const { picture: words } = this.#app.words;
    const reading = readPicture(picture, this.#app.recognizer, this.#engine);
    this.#result.replaceChildren(this.#text(reading), this.#stages(reading), this.#letters(reading));
    this.#app.announce(reading.text ? `${words.prediction}: ${reading.text}` : words.none);
  }

  #fail(error: unknown): void {
    const { picture: words } = this.#app.words;
    this.#problem.textContent =
      error instanceof PictureError ? words.problems[error.why] : explain(error, this.#app.words.errors);
    this.#problem.hidden = false;
  }

  #text({ lines }: PictureReading): HTMLElement {
    const { picture: words } = this.#app.words;
    const text = lines.flatMap((line, i) => [
      i > 0 ? "\n" : "",
      ...line.flatMap(({ gap, answer }) => [gap ? " " : "", judgedLetter(answer.letter ?? "?", answer.verdict)]),
    ]);
    return h("output", { id: "picture-text" }, ...(text.length > 0 ? text : [words.none]));
  }

  #stages(reading: PictureReading): HTMLElement {
    const { picture: words } = this.#app.words;
    const boxes = reading.lines.flat();
    const stages = [
      figure(reading.grey, words.grey, []),
      figure(reading.ink, words.ink, []),
      figure(reading.level, words.level(reading.turn, boxes.length), boxes),
    ];
    return h("div", { class: "stages" }, ...stages);
  }

  #letters({ lines }: PictureReading): HTMLElement {
    const {
      picture: words,
      answer: { percent, perhaps },
    } = this.#app.words;
    const cards = lines
      .flat()
      .slice(0, SHOWN)
      .map(({ answer }) => {
        const image = h("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
        paintImage(image, answer.image);
        const [letter = "?", share = 0] = answer.candidates[0] ?? [];
        const name = answer.verdict === "unsure" ? perhaps(letter) : letter;
        const label = answer.letter === null ? words.unknown : `${name}, ${percent(share)}`;
        return h(
          "li",
          { "aria-label": label },
          image,
          judgedLetter(answer.letter ?? "?", answer.verdict),
          h("span", { class: "share" }, answer.letter === null ? "" : percent(share)),
        );
      });
    return h("ol", { class: "letters", "aria-label": words.letters }, ...cards);
  }
}

/** Creates the picture of a stage, with the boxes of the letters. */
function figure({ width, height, data }: Raster, caption: string, letters: readonly ReadLetter[]): HTMLElement {
  const canvas = h("canvas", { width, height, role: "img", "aria-label": caption });
  const context = canvas.getContext("2d");
  if (context) {
    const pixels = context.createImageData(width, height);
    const rgba = new Uint32Array(pixels.data.buffer); // little-endian
    data.forEach((tone, i) => (rgba[i] = 0xff000000 + 0x010101 * tone));
    context.putImageData(pixels, 0, 0);
    const line = Math.max(1, Math.max(width, height) / 300);
    context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--best");
    context.lineWidth = line;
    for (const { box } of letters) {
      context.strokeRect(
        box.left - line,
        box.top - line,
        box.right - box.left + 2 * line,
        box.bottom - box.top + 2 * line,
      );
    }
  }
  return h("figure", {}, canvas, h("figcaption", {}, caption));
}
