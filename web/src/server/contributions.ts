// Contributions as the server takes and returns them.

import type { Stroke } from "../engine/types";
import { isObject } from "../model/json";
import type { Recognizer } from "../model/recognizer";
import { uuid7 } from "./identity";
import { askJson, ServerError } from "./request";

/** A drawing with its letter, as it is sent. */
export interface Contribution {
  readonly id: string;
  readonly strokes: readonly Stroke[];
  readonly label: string;
  /** Digest of the text that the contributor agreed to. */
  readonly consent: string;
  /** The prediction of the page's network. */
  readonly letter: string | null;
  readonly verdict: string;
  readonly model: string;
  readonly page: string;
}

/** A drawing that the server keeps. */
export interface KeptDrawing {
  readonly id: string;
  readonly label: string;
  readonly strokes: readonly Stroke[];
  /** The server's prediction; null for a drawing that is not a letter. */
  readonly letter: string | null;
}

export interface Consent {
  /** Markdown. */
  readonly text: string;
  readonly digest: string;
}

/** A letter that the server asks for, capital or small. */
export interface Prompt {
  readonly letter: string;
  readonly reason: string;
}

/** Proof of a withdrawal. */
export interface Receipt {
  readonly count: number;
  /** ms since 1970. */
  readonly time: number;
  /** SHA-256 of the ids of the deleted drawings, in hexadecimal digits. */
  readonly digest: string;
}

const DECIMALS = 1e5;
const HOUR = 3_600_000; // ms

/** Returns strokes as they are sent: x and y with five decimals, without times and pressure. */
export function bareStrokes(strokes: readonly Stroke[]): readonly Stroke[] {
  const short = (value: number) => Math.round(value * DECIMALS) / DECIMALS;
  return strokes.map((stroke) => stroke.map(([x, y]) => [short(x), short(y)] as const));
}

/** Makes a contribution; the prediction is for the strokes as they are sent. */
export function contributionOf(
  drawn: readonly Stroke[],
  label: string,
  consent: string,
  recognizer: Recognizer,
  model: string,
): Contribution {
  const strokes = bareStrokes(drawn);
  const { letter, verdict } = recognizer.recognize(strokes);
  return { id: uuid7(), strokes, label, consent, letter, verdict, model, page: pageVersion() };
}

/** The version of the page: the digest that the build puts into the name of its script. */
export function pageVersion(): string {
  const script = document.querySelector<HTMLScriptElement>("script[type=module]")?.src ?? "";
  return (/([\w-]+)\.js$/.exec(script)?.[1] ?? "").slice(0, 64);
}

export async function fetchConsent(): Promise<Consent> {
  const answer = await askJson("consent");
  if (!isObject(answer) || typeof answer["text"] !== "string" || typeof answer["digest"] !== "string")
    throw new ServerError("failed");
  return { text: answer["text"], digest: answer["digest"] };
}

export async function fetchPrompts(count: number, headers: Readonly<Record<string, string>> = {}): Promise<Prompt[]> {
  const answer = await askJson(`next?count=${count}`, { headers });
  const prompts = isObject(answer) && Array.isArray(answer["prompts"]) ? (answer["prompts"] as unknown[]) : [];
  return prompts.flatMap((prompt) =>
    isObject(prompt) && typeof prompt["letter"] === "string" && prompt["letter"].length === 1
      ? [{ letter: prompt["letter"], reason: String(prompt["reason"] ?? "") }]
      : [],
  );
}

/** Returns all contributions of a key. */
export async function fetchMine(headers: Readonly<Record<string, string>>): Promise<KeptDrawing[]> {
  const answer = await askJson("contributions/mine", { headers });
  return readDrawings(isObject(answer) ? answer["contributions"] : null);
}

/** Deletes all contributions of a key. */
export async function withdrawMine(headers: Readonly<Record<string, string>>): Promise<Receipt> {
  const answer = await askJson("contributions/mine", { method: "DELETE", headers });
  const receipt = isObject(answer) && isObject(answer["receipt"]) ? answer["receipt"] : answer;
  if (!isObject(receipt)) throw new ServerError("failed");
  return {
    count: Number(receipt["count"] ?? 0),
    time: timeOf(receipt["hour"]),
    digest: String(receipt["ids_digest"] ?? receipt["digest"] ?? ""),
  };
}

/** Returns the time of an hour since 1970, or of a date as text. */
function timeOf(hour: unknown): number {
  return typeof hour === "number" ? hour * HOUR : Date.parse(String(hour)) || Date.now();
}

/** Reads a list of drawings; damaged ones are left out. */
export function readDrawings(list: unknown): KeptDrawing[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((item) => {
    if (!isObject(item)) return [];
    const { id, label, strokes, letter } = item;
    if (typeof id !== "string" || typeof label !== "string" || !isStrokes(strokes)) return [];
    const predicted = "server_letter" in item ? item["server_letter"] : letter;
    return [{ id, label, strokes, letter: typeof predicted === "string" ? predicted : null }];
  });
}

function isStrokes(value: unknown): value is readonly Stroke[] {
  const point = (p: unknown) => Array.isArray(p) && p.length >= 2 && p.every(Number.isFinite);
  return Array.isArray(value) && value.every((stroke) => Array.isArray(stroke) && stroke.every(point));
}
