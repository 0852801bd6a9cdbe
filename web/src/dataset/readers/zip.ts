// Members of a zip archive, unpacked by fflate. What it unpacks is bounded here: it trusts the archive.
import { FlateErrorCode, type UnzipFileInfo, unzipSync } from "fflate";
import { LettersError } from "../errors";

const MAX_MEMBERS = 1000;

/** Unpacks the members that `limits` names; `limits` says how many bytes each may have. */
export function readZip(file: ArrayBuffer, limits: ReadonlyMap<string, number>): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let count = 0;
  const filter = ({ name, originalSize }: UnzipFileInfo) => {
    if (++count > MAX_MEMBERS) throw new LettersError("the archive is cut short or damaged");
    const limit = limits.get(name);
    if (limit === undefined || sizes.has(name)) return false;
    if (originalSize > limit) throw new LettersError("{} is larger than it may be", name);
    sizes.set(name, originalSize);
    return true;
  };
  const members = new Map(Object.entries(unzip(new Uint8Array(file), filter)));
  for (const [name, size] of sizes) {
    if (members.get(name)?.length !== size) throw new LettersError("{} is cut short", name);
  }
  return members;
}

function unzip(file: Uint8Array, filter: (member: UnzipFileInfo) => boolean): Record<string, Uint8Array> {
  try {
    return unzipSync(file, { filter });
  } catch (error) {
    if (error instanceof LettersError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === FlateErrorCode.InvalidZipData) throw new LettersError("it is no zip archive");
    throw new LettersError("the archive is cut short or damaged");
  }
}
