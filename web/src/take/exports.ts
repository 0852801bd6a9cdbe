// What `lenet export` put beside the page: exports/manifest.json.
import { isObject, isWhole, type Json } from "../json";

export interface ExportedFile {
  readonly format: string;
  /** Relative to the page. */
  readonly url: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What proved it, or null. */
  readonly runtime: string | null;
}

const FOLDER = "./exports/";

/** The files of the model in other formats; none where the page's host has none. */
export async function loadExports(): Promise<readonly ExportedFile[]> {
  const response = await fetch(`${FOLDER}manifest.json`).catch(() => null);
  if (!response?.ok) return [];
  const whole: unknown = await response.json().catch(() => null);
  return isObject(whole) ? readManifest(whole) : [];
}

export function readManifest({ formats }: Json): readonly ExportedFile[] {
  if (!isObject(formats)) return [];
  return Object.entries(formats).flatMap(([format, entry]) => {
    if (!isObject(entry) || !Array.isArray(entry["files"])) return [];
    const proof = entry["proof"];
    const runtime = isObject(proof) && typeof proof["runtime"] === "string" ? proof["runtime"] : null;
    return entry["files"].flatMap((file: unknown) => {
      if (!isObject(file)) return [];
      const { file: name, bytes, sha256 } = file;
      const right = typeof name === "string" && /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/.test(name);
      if (!right || !isWhole(bytes, 0, 2 ** 31) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return [];
      return [{ format, url: FOLDER + name, name, bytes, sha256, runtime }];
    });
  });
}
