// The user's personal network, stored on the device as a model file.

import type { Core } from "../engine/rasterizer";
import { type Model, readModel } from "../model/file";
import { isObject } from "../model/json";
import { Recognizer } from "../model/recognizer";
import { ModelError } from "../model/spec";
import { writeModel } from "../model/writer";
import { put, readAll, remove } from "./database";

/** A personal network, and whether it is in use. */
export interface PersonalNetwork {
  readonly model: Model;
  readonly active: boolean;
}

const KEY = "own";

/** Loads the personal network; null if there is none. Rejects with StorageError, or with ModelError if it is damaged. */
export async function loadPersonalNetwork({ rasterizerVersion }: Core): Promise<PersonalNetwork | null> {
  const [, kept] = (await readAll("networks")).find(([key]) => key === KEY) ?? [];
  if (kept === undefined) return null;
  if (!isObject(kept) || !(kept["file"] instanceof ArrayBuffer))
    throw new ModelError("the stored file is not a model file");
  return { model: readModel(kept["file"], rasterizerVersion), active: kept["active"] === true };
}

export async function savePersonalNetwork(
  { model, active }: PersonalNetwork,
  { rasterizerVersion }: Core,
): Promise<void> {
  await put("networks", [{ file: writeModel(model, rasterizerVersion).buffer, active }], [KEY]);
}

export async function deletePersonalNetwork(): Promise<void> {
  await remove("networks", [KEY]);
}

/**
 * Returns the recognizer to start with: the personal network, or null for the default one, for a personal network of
 * other classes than the default one, and for errors.
 */
export async function restoreRecognizer({ core, labels }: Recognizer): Promise<Recognizer | null> {
  try {
    const own = await loadPersonalNetwork(core);
    return own?.active && own.model.labels === labels ? new Recognizer(core, own.model) : null;
  } catch {
    return null; // the view "Teach" says why
  }
}
