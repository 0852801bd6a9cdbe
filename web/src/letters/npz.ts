// Letters in NPZ, a zip of NumPy arrays, as docs/data.md has them. Strict, as npz.py is.
import { CLASSES, LettersError, type Letters } from "./letters";
import { readZip } from "./zip";

const LIMITS = { images: 2 ** 30, labels: 2 ** 24 }; // bytes unpacked

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

interface Numbers {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The upright images and their letters; in the file labels are 1 to 26. */
export async function readNpz(file: ArrayBuffer, name: string): Promise<Letters> {
  const members = await readZip(file, { "images.npy": LIMITS.images, "labels.npy": LIMITS.labels });
  const images = bytesOf(members.get("images.npy"), "images");
  const labels = bytesOf(members.get("labels.npy"), "labels");
  const [count = 0, rows = 0, columns = 0] = images.shape;
  if (images.shape.length !== 3 || rows !== columns || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new LettersError("its images and labels are not of one number, or the images not square");
  }
  if (!labels.data.every((label) => label >= 1 && label <= CLASSES)) throw new LettersError("a label is not within 1 to 26");
  return { name, images: images.data, labels: labels.data.map((label) => label - 1), side: rows };
}

/** An array of uint8 in the NPY format, version 1 or 2, row-major. */
function bytesOf(member: Uint8Array | undefined, name: string): Numbers {
  if (!member) throw new LettersError(`it has no ${name}.npy`);
  const view = new DataView(member.buffer, member.byteOffset, member.byteLength);
  if (member.length < 12 || !MAGIC.every((byte, i) => member[i] === byte)) throw new LettersError(`${name} is no NumPy array`);
  const wide = member[6]! > 1;
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(member.subarray(wide ? 12 : 10, start));
  const said = /^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(([0-9, ]*)\), *\}\s*$/.exec(header);
  if (!said) throw new LettersError(`${name} is not of bytes, row by row`);
  const shape = said[1]!.split(",").filter((part) => part.trim()).map(Number);
  const data = member.subarray(start);
  if (shape.reduce((product, length) => product * length, 1) !== data.length) throw new LettersError(`${name} is cut short`);
  return { shape, data };
}
