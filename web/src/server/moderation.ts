// The owner's side of a collection: pages of contributions, and their states.
import { isObject } from "../model/json";
import { type KeptDrawing, readDrawings } from "./contributions";
import { askJson } from "./request";

export const STATES = ["new", "accepted", "rejected"] as const;
export type ModerationState = (typeof STATES)[number];

export const PAGE = 100; // drawings

/** Returns the next drawings of a state, and whether there are more. Rejects with ServerError "forbidden" for a wrong token. */
export async function fetchPage(
  token: string,
  state: ModerationState,
  after: string | null,
): Promise<{ readonly drawings: readonly KeptDrawing[]; readonly next: string | null }> {
  const query = new URLSearchParams({ state, limit: String(PAGE), ...(after === null ? {} : { after }) });
  const answer = await askJson(`moderation?${query}`, { headers: { Authorization: `Bearer ${token}` } });
  const { contributions = [], next = null } = isObject(answer) ? answer : {};
  return { drawings: readDrawings(contributions), next: typeof next === "string" ? next : null };
}

/** Sets the state of drawings. */
export async function moderate(token: string, ids: readonly string[], state: ModerationState): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  await askJson("moderation", { method: "POST", headers, body: { ids, state } });
}
