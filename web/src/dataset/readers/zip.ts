// Reads members of a zip archive with fflate. fflate trusts the archive, so this module limits number and sizes.
import { FlateErrorCode, type UnzipFileInfo, unzipSync } from "fflate";
import { DataError } from "../errors";

const MAX_MEMBERS = 1000;

/** Unpacks the members that `limits` names; `limits` says how many bytes each may have. */
export function readZip(file: ArrayBuffer, limits: ReadonlyMap<string, number>): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let count = 0;
  const filter = ({ name, originalSize }: UnzipFileInfo) => {
    if (++count > MAX_MEMBERS) throw new DataError("the archive is cut short or damaged");
    const limit = limits.get(name);
    if (limit === undefined || sizes.has(name)) return false;
    if (originalSize > limit) throw new DataError("{} is larger than allowed", name);
    sizes.set(name, originalSize);
    return true;
  };
  const members = new Map(Object.entries(unzip(new Uint8Array(file), filter)));
  for (const [name, size] of sizes) {
    if (members.get(name)?.length !== size) throw new DataError("{} is cut short", name);
  }
  return members;
}

function unzip(file: Uint8Array, filter: (member: UnzipFileInfo) => boolean): Record<string, Uint8Array> {
  try {
    return unzipSync(file, { filter });
  } catch (error) {
    if (error instanceof DataError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === FlateErrorCode.InvalidZipData) throw new DataError("it is not a zip archive");
    throw new DataError("the archive is cut short or damaged");
  }
}
