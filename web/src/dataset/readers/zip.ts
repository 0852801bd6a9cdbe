// Reads members of a zip archive with fflate. fflate trusts the archive, so this module limits number and sizes.
import { FlateErrorCode, type UnzipFileInfo, unzipSync } from "fflate";
import { DataError } from "../errors";

const MAX_MEMBERS = 1000;

/** Unpacks the members for which `limit` returns how many bytes they may have; `maxBytes` limits their sum. */
export function readZip(
  file: ArrayBuffer,
  limit: (name: string) => number | undefined,
  maxBytes = Infinity,
): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const sizes = new Map<string, number>();
  let count = 0;
  let total = 0;
  const filter = ({ name, originalSize }: UnzipFileInfo) => {
    if (++count > MAX_MEMBERS) throw new DataError("the archive is cut short or damaged");
    const max = limit(name);
    if (max === undefined || sizes.has(name)) return false;
    if (originalSize > max || (total += originalSize) > maxBytes)
      throw new DataError("{} is larger than allowed", name);
    sizes.set(name, originalSize);
    return true;
  };
  const members = new Map(Object.entries(unzip(new Uint8Array(file), filter)));
  for (const [name, size] of sizes) {
    if (members.get(name)?.length !== size) throw new DataError("{} is cut short", name);
  }
  return members;
}

function unzip(file: Uint8Array, filter: (member: UnzipFileInfo) => boolean): Record<string, Uint8Array<ArrayBuffer>> {
  try {
    return unzipSync(file, { filter });
  } catch (error) {
    if (error instanceof DataError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === FlateErrorCode.InvalidZipData) throw new DataError("it is not a zip archive");
    throw new DataError("the archive is cut short or damaged");
  }
}
