// Opens a model file of the user, chosen or dropped, and uses it in this tab.

import { DataError } from "../../dataset/errors";
import { readZip } from "../../dataset/readers/zip";
import type { InsideWords } from "../../i18n/en/inside";
import { explain } from "../../i18n/errors";
import { type Model, readModel } from "../../model/file";
import { Recognizer } from "../../model/recognizer";
import { ModelError } from "../../model/spec";
import { h } from "../../ui/dom";
import type { App } from "../../ui/view";
import { readTensorFlow } from "./tfjs";
import type { ChosenFile } from "./weights";

const MAX_FILES = 1001;
const MAX_BYTES = 80 * 2 ** 20; // all files together; the readers are stricter

/** The recognizer before a model was opened, and the file name of that model. */
let previous: Recognizer | null = null;
let opened = "";

/** The model in files that belong together, or in a zip archive of them. */
export async function readFiles(files: readonly File[], rasterizerVersion: number): Promise<Model> {
  if (files.length > MAX_FILES || files.reduce((sum, { size }) => sum + size, 0) > MAX_BYTES) {
    throw new ModelError("These files are too many or too large for one model. Choose the files of one model.");
  }
  const chosen = await Promise.all(
    files.map(async (file): Promise<ChosenFile> => ({ name: file.name, bytes: await file.arrayBuffer() })),
  );
  const contents = chosen.flatMap((file) => (/\.zip$/i.test(file.name) ? unpacked(file) : [file]));
  const ending = (end: string) => contents.filter(({ name }) => name.toLowerCase().endsWith(end));
  const [model, ...more] = [...ending(".safetensors"), ...ending(".json")];
  if (!model || more.length > 0) {
    throw new ModelError("Choose one .safetensors file, or a model.json together with its .bin files.");
  }
  if (model.name.toLowerCase().endsWith(".json")) {
    const folder = model.name.slice(0, model.name.lastIndexOf("/") + 1); // in an archive; model.json names files in it
    const beside = contents.filter(({ name }) => name.startsWith(folder));
    const shards = beside.map(({ name, bytes }) => ({ name: name.slice(folder.length), bytes }));
    return readTensorFlow(model.bytes, shards, rasterizerVersion);
  }
  return readModel(model.bytes, rasterizerVersion);
}

/** Returns the files of a model in a zip archive, with their paths. Hidden ones, such as macOS adds, are left out. */
function unpacked({ bytes }: ChosenFile): readonly ChosenFile[] {
  const limit = (name: string) => (/(^|\/)[^./][^/]*\.(safetensors|json|bin)$/i.test(name) ? MAX_BYTES : undefined);
  try {
    const members = readZip(bytes, limit, MAX_BYTES);
    return Array.from(members, ([name, { buffer }]) => ({ name, bytes: buffer }));
  } catch (error) {
    if (error instanceof DataError) throw new ModelError("The zip archive cannot be read: {}.", error.content);
    throw error;
  }
}

export interface Opener {
  readonly element: HTMLElement;
  close(): void;
}

export function modelOpener(app: App, words: InsideWords): Opener {
  if (app.recognizer === app.defaultRecognizer) previous = null; // another view switched back
  const status = h("p", { class: "status", role: "status" });
  const input = h("input", {
    type: "file",
    multiple: true,
    accept: ".safetensors,.json,.bin,.zip",
    class: "unseen",
    id: "open-model",
  });
  const back = h("button", { type: "button", hidden: previous === null }, words.open.back);
  const name = h("strong", { hidden: previous === null }, previous ? words.open.opened(opened) : "");
  const open = async (files: readonly File[]) => {
    try {
      const model = await readFiles(files, app.recognizer.core.rasterizerVersion);
      const next = new Recognizer(app.recognizer.core, model);
      previous ??= app.recognizer;
      opened = files.find((file) => /\.(safetensors|json|zip)$/i.test(file.name))?.name ?? "";
      app.announce(words.open.opened(opened));
      app.use(next);
    } catch (error) {
      status.textContent = explain(error, app.words.errors);
      status.className = "status problem";
    }
  };
  input.addEventListener("change", () => {
    void open(Array.from(input.files ?? []));
    input.value = ""; // so that the same file can be chosen again
  });
  back.addEventListener("click", () => {
    const before = previous;
    previous = null;
    app.announce(words.open.own);
    if (before) app.use(before);
  });
  const element = h(
    "section",
    { class: "open" },
    h("h2", {}, words.open.title),
    h("p", { class: "quiet" }, words.open.lead),
    h(
      "p",
      { class: "controls" },
      h("label", { class: "button", for: "open-model" }, words.open.choose),
      input,
      name,
      back,
    ),
    status,
  );
  return { element, close: dropping(element, (files) => void open(files)) };
}

/** Files may be dropped anywhere on the page. Returns what ends that. */
function dropping(element: HTMLElement, open: (files: readonly File[]) => void): () => void {
  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.toggle("dropping", event.type === "dragover");
  };
  const drop = (event: DragEvent) => {
    over(event);
    const files = Array.from(event.dataTransfer?.files ?? []);
    if (files.length > 0) open(files);
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", over);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", over);
    removeEventListener("drop", drop);
  };
}
