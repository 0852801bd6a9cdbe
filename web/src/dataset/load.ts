// Loads a data set from files that the user chooses (NPZ, EMNIST's IDX, drawings) and the font letters of the page.
import { type Core, SIDE } from "../engine/rasterizer";
import { download } from "../engine/wasm";
import { DataError } from "./errors";
import { gunzip } from "./readers/gunzip";
import { idxKind, readIdx } from "./readers/idx";
import { rasterizeDrawings, readDrawings } from "./readers/jsonl";
import { readNpz } from "./readers/npz";
import { type Dataset, withClassesOf } from "./types";

const MAX_FILE = 2 ** 30; // bytes, packed or not
const ZIP = "PK";

/** Throws DataError for test splits of EMNIST, which are for evaluation only. */
export function refuseTestParts(files: readonly File[]): void {
  if (files.some(({ name }) => /-test-(images|labels)/.test(name))) {
    throw new DataError("this is a test split, which is not for training; choose the training split");
  }
}

/** Reads files of a network's classes. */
export async function readFiles(files: readonly File[], core: Core, pen: number, classes: string): Promise<Dataset> {
  const [file, ...others] = files;
  if (!file) throw new DataError("no file was chosen");
  const name = others.length === 0 ? file.name : files.map(({ name }) => name).sort()[0]!;
  const contents = await Promise.all(files.map((chosen) => gunzip(chosen, MAX_FILE)));
  const [first] = contents as [Uint8Array<ArrayBuffer>];
  const [images, labels] = (["images", "labels"] as const).map((kind) =>
    contents.find((bytes) => idxKind(bytes) === kind),
  );
  if (images && labels && files.length === 2) return withClassesOf(classes, readIdx(images, labels, name));
  if (images || labels) throw new DataError("choose two files together: EMNIST's images and their labels");
  if (others.length > 0) throw new DataError("choose one file, or EMNIST's images and labels together");
  if (new TextDecoder("latin1").decode(first.subarray(0, 2)) !== ZIP)
    return rasterizeDrawings(readDrawings(textOf(first), classes), core, pen, name, classes);
  const letters = await readNpz(first.buffer, name, classes);
  if (letters.side !== SIDE) throw new DataError("its images do not have {} x {} pixels", SIDE, SIDE);
  return letters;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataError("it is neither NPZ nor IDX (EMNIST) nor JSON Lines");
  }
}

const FONT_LETTERS = "./font-letters.npz";
let fontLetters: Promise<Dataset> | null = null;

/** Fetches the letters of handwriting fonts beside the page, once; `base` is the page's address, for workers. */
export function loadFontLetters(base = document.baseURI): Promise<Dataset> {
  fontLetters ??= download(new URL(FONT_LETTERS, base).href, ["The data set"])
    .then((file) => readNpz(file, "font-letters"))
    .catch((error: unknown) => {
      fontLetters = null; // so that the next try fetches again
      throw error;
    });
  return fontLetters;
}
