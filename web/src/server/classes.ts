// A class: joining, following its state, its letters and its network.

import type { Core } from "../engine/rasterizer";
import type { Stroke } from "../engine/types";
import { readModel } from "../model/file";
import { isObject } from "../model/json";
import { Recognizer } from "../model/recognizer";
import { readDrawings } from "./contributions";
import { rememberFile } from "./contributor";
import { ask, askJson, ServerError } from "./request";

type Headers = Readonly<Record<string, string>>;

/** A drawing of the class, for the projector. */
export interface ClassDrawing {
  readonly id: string;
  readonly label: string;
  readonly strokes: readonly Stroke[];
}

export interface ClassSnapshot {
  readonly name: string;
  /** Grows with each change. */
  readonly version: number;
  /** False once the lesson has ended. */
  readonly open: boolean;
  readonly pupils: number;
  readonly count: number;
  /** Version of the network that the class trained; 0 for none. */
  readonly model: number;
  /** For the teacher: the code, and the address of this computer that phones reach; empty if unknown. */
  readonly code: string;
  readonly address: string;
  /** For the teacher: all earlier drawings are void; the newest drawings; ids of the withdrawn ones. */
  readonly reset: boolean;
  readonly newest: readonly ClassDrawing[];
  readonly removed: readonly string[];
}

export interface Joined {
  readonly name: string;
  readonly session: string;
}

export const pupilHeaders = (session: string): Headers => ({ "Lenet-Class": session });
export const teacherHeaders = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

/** Joins the class of a code. Rejects with ServerError "forbidden" for a wrong one. */
export async function joinClass(code: string): Promise<Joined> {
  const answer = await askJson("class/join", { method: "POST", body: { code } });
  if (!isObject(answer) || typeof answer["session"] !== "string") throw new ServerError("failed");
  return { name: String(answer["name"] ?? ""), session: answer["session"] };
}

/** Returns the state of the class once it is newer than `since`, at the latest after `wait` seconds. */
export async function fetchClass(
  headers: Headers,
  since = 0,
  wait = 0,
  signal = new AbortController().signal,
): Promise<ClassSnapshot> {
  const answer = await askJson(`class/state?since=${since}&wait=${wait}`, { headers, signal });
  if (!isObject(answer)) throw new ServerError("failed");
  const whole = (key: string) => Number(answer[key] ?? 0);
  const { removed } = answer;
  return {
    name: String(answer["name"] ?? ""),
    version: whole("version"),
    open: answer["open"] !== false,
    pupils: whole("pupils"),
    count: whole("count"),
    model: whole("model"),
    code: String(answer["code"] ?? ""),
    address: String(answer["address"] ?? ""),
    reset: answer["reset"] === true,
    newest: readDrawings(answer["newest"]),
    removed: Array.isArray(removed) ? removed.map(String) : [],
  };
}

/** Returns all drawings of the class. */
export async function fetchLetters(token: string): Promise<readonly ClassDrawing[]> {
  const letters: ClassDrawing[] = [];
  for (let after: unknown = ""; after !== null; ) {
    const query = after ? `?after=${String(after)}` : "";
    const answer = await askJson(`class/letters${query}`, { headers: teacherHeaders(token) });
    if (!isObject(answer)) throw new ServerError("failed");
    letters.push(...readDrawings(answer["letters"]));
    after = answer["next"] ?? null;
  }
  return letters;
}

/** Gives a network to all phones of the class. */
export async function sendModel(token: string, file: Uint8Array<ArrayBuffer>): Promise<void> {
  await askJson("class/model", { method: "PUT", headers: teacherHeaders(token), body: file });
}

/** Loads the network of the class. */
export async function fetchModel(headers: Headers, core: Core): Promise<Recognizer> {
  const file = await (await ask("class/model", { headers })).arrayBuffer();
  const recognizer = new Recognizer(core, readModel(file, core.rasterizerVersion));
  rememberFile(recognizer, new Uint8Array(file));
  return recognizer;
}

/** Closes the class and returns its letters as a zip archive; they stay on the server until `deleteClass`. */
export async function exportClass(token: string): Promise<Blob> {
  const question = { method: "POST", headers: teacherHeaders(token), body: { export: true } } as const;
  return (await ask("class/end", question)).blob();
}

/** Closes the class and deletes everything. */
export async function deleteClass(token: string): Promise<void> {
  await askJson("class/end", { method: "POST", headers: teacherHeaders(token), body: { export: false } });
}
