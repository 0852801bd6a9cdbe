// Lists the files of the network: the model beside the page, and the exports of `lenet export` (exports/manifest.json).
import { isObject, isWhole, type Json } from "../../model/json";

export interface ExportedFile {
  readonly format: string;
  /** Relative to the page. */
  readonly url: string;
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal; null without https, where browsers compute none. */
  readonly sha256: string | null;
  /** The runtime that it was verified with, or null. */
  readonly runtime: string | null;
}

/** Packs files into a zip archive, under their names in the manifest. */
export async function zipOf(files: readonly ExportedFile[]): Promise<Blob> {
  const { zipSync } = await import("fflate");
  const contents = files.map(async ({ url, name }) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
    return [name, new Uint8Array(await response.arrayBuffer())] as const;
  });
  return new Blob([zipSync(Object.fromEntries(await Promise.all(contents)))], { type: "application/zip" });
}

const FOLDER = "./exports/";
const MODEL = "model.safetensors";

/** Describes the default model; null if it does not load. */
export async function loadDefaultFile(): Promise<ExportedFile | null> {
  const response = await fetch(`./${MODEL}`).catch(() => null);
  const file = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
  return file && describe(file, `./${MODEL}`, MODEL);
}

/** Describes a model file. */
export async function describe(file: ArrayBuffer, url: string, name: string): Promise<ExportedFile> {
  const { subtle } = crypto as Partial<Crypto>;
  const digest = subtle ? new Uint8Array(await subtle.digest("SHA-256", file)) : null;
  const sha256 = digest && Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { format: "safetensors", url, name, bytes: file.byteLength, sha256, runtime: null };
}

/** Lists the exports beside the page; none if the host has none. */
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
    const verification = entry["verification"] ?? entry["proof"]; // "proof": manifests of version 0.1
    const runtime =
      isObject(verification) && typeof verification["runtime"] === "string" ? verification["runtime"] : null;
    return entry["files"].flatMap((file: unknown) => {
      if (!isObject(file)) return [];
      const { file: name, bytes, sha256 } = file;
      const isSafeName = typeof name === "string" && /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/.test(name);
      if (!isSafeName || !isWhole(bytes, 0, 2 ** 31) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
        return [];
      return [{ format, url: FOLDER + name, name, bytes, sha256, runtime }];
    });
  });
}
