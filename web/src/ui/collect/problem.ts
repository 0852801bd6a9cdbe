// Why the server did not do something, in words.
import type { CollectWords } from "../../i18n/en/collect";
import { ServerError } from "../../server/request";

/** Returns the text of the error's code; without one, the text of its kind. */
export function problemOf(error: unknown, { codes, troubles }: CollectWords): string {
  if (!(error instanceof ServerError)) return troubles.failed;
  return error.code === null ? troubles[error.trouble] : codes[error.code];
}

/** Tells whether the server did not accept a token or a code. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ServerError && error.trouble === "forbidden";
}
