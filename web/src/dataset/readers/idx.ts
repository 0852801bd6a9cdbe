// Reader of EMNIST Letters in IDX: big-endian sizes, transposed images, labels 1 to 26. As datasets/readers/idx.py.

import { SIDE } from "../../engine/rasterizer";
import { DataError } from "../errors";
import { type Dataset, NUM_CLASSES } from "../types";

const HEADER = 8;
const MAGIC = { images: 0x803, labels: 0x801 };

/** Returns which of the two a file is; null for neither. */
export function idxKind(file: Uint8Array): keyof typeof MAGIC | null {
  const magic = file.length >= HEADER ? viewOf(file).getUint32(0) : 0;
  return magic === MAGIC.images ? "images" : magic === MAGIC.labels ? "labels" : null;
}

/** Reads images and labels. Throws DataError for other sizes than the header says, images of another size, and other labels. */
export function readIdx(images: Uint8Array, labels: Uint8Array, name: string): Dataset {
  const stored = itemsOf(images, [SIDE, SIDE], "images");
  const numbers = itemsOf(labels, [], "labels");
  if (stored.length !== numbers.length * SIDE * SIDE) throw new DataError("the numbers of images and labels differ");
  if (!numbers.every((label) => label >= 1 && label <= NUM_CLASSES)) {
    throw new DataError("its labels are not 1 to 26, as in EMNIST's split Letters");
  }
  return {
    name,
    images: transposed(stored),
    labels: numbers.map((label) => label - 1),
    side: SIDE,
    groups: null,
    attributions: [],
  };
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

function itemsOf(file: Uint8Array, sides: readonly number[], what: keyof typeof MAGIC): Uint8Array {
  if (idxKind(file) !== what) throw new DataError("the file of the {} is not an IDX file of {}", [what], [what]);
  const start = HEADER + 4 * sides.length;
  const view = viewOf(file);
  const fits = file.length >= start && sides.every((side, i) => view.getUint32(HEADER + 4 * i) === side);
  if (!fits) throw new DataError("its {} do not have {} pixels", [what], sides.join(" x "));
  const size = sides.reduce((product, side) => product * side, view.getUint32(4));
  if (file.length !== start + size) throw new DataError("the file of the {} is not as long as its header says", [what]);
  return file.subarray(start);
}

function transposed(images: Uint8Array): Uint8Array {
  const upright = new Uint8Array(images.length);
  for (let first = 0; first < images.length; first += SIDE * SIDE) {
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        upright[first + row * SIDE + column] = images[first + column * SIDE + row]!;
      }
    }
  }
  return upright;
}
