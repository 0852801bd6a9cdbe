// The user's networks, stored on the device as model files.

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

/** The user's own network, and the last one that was trained from scratch. */
type Key = "own" | "trained";

/** Loads the personal network; null if there is none. Rejects with StorageError, or with ModelError if it is damaged. */
export async function loadPersonalNetwork(core: Core): Promise<PersonalNetwork | null> {
  return load("own", core);
}

export async function savePersonalNetwork(network: PersonalNetwork, core: Core): Promise<void> {
  await store("own", network, core);
}

export async function deletePersonalNetwork(): Promise<void> {
  await remove("networks", ["own" satisfies Key]);
}

/** Loads the network that was trained last; null if there is none. Rejects as `loadPersonalNetwork` does. */
export async function loadTrainedNetwork(core: Core): Promise<Model | null> {
  return (await load("trained", core))?.model ?? null;
}

export async function saveTrainedNetwork(model: Model, core: Core): Promise<void> {
  await store("trained", { model, active: false }, core);
}

export async function deleteTrainedNetwork(): Promise<void> {
  await remove("networks", ["trained" satisfies Key]);
}

async function load(name: Key, { rasterizerVersion }: Core): Promise<PersonalNetwork | null> {
  const [, kept] = (await readAll("networks")).find(([key]) => key === name) ?? [];
  if (kept === undefined) return null;
  if (!isObject(kept) || !(kept["file"] instanceof ArrayBuffer))
    throw new ModelError("the stored file is not a model file");
  return { model: readModel(kept["file"], rasterizerVersion), active: kept["active"] === true };
}

async function store(name: Key, { model, active }: PersonalNetwork, { rasterizerVersion }: Core): Promise<void> {
  await put("networks", [{ file: writeModel(model, rasterizerVersion).buffer, active }], [name]);
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
