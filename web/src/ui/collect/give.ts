// Gives the drawing on the pad to the server: consent, sending or waiting, and a sentence about the result.
import type { CollectWords } from "../../i18n/en/collect";
import { thisContributor } from "../../server/contributor";
import { ServerError } from "../../server/request";
import type { App } from "../view";
import { ensureConsent, forgetConsent } from "./consent-dialog";

/** The result for the person; `taken` is true if the drawing was sent or waits on this device. */
export interface Given {
  readonly taken: boolean;
  readonly text: string;
}

/** Gives the drawing with a label. */
export async function give(app: App, words: CollectWords, label: string): Promise<Given> {
  const { status } = words;
  const { strokes } = app.pad;
  if (strokes.flat().length === 0) return { taken: false, text: status.empty };
  const contributor = await thisContributor();
  try {
    if (!(await ensureConsent(contributor, words))) return { taken: false, text: status.declined };
    const outcome = await contributor.give(strokes, label, app.recognizer, app.defaultRecognizer);
    if (outcome.state === "sent") return { taken: true, text: status.sent(label) };
    if (outcome.state === "waiting") {
      const text = `${words.troubles[outcome.trouble]} ${status.waiting(contributor.outbox.waiting)}`;
      return { taken: true, text };
    }
    if (outcome.error.trouble === "consent") forgetConsent();
    return { taken: false, text: status.refused(words.troubles[outcome.error.trouble]) };
  } catch (error) {
    const trouble = troubleOf(error);
    return { taken: false, text: trouble === "full" ? status.tooMany : words.troubles[trouble] };
  }
}

/** Returns why a request failed; "failed" for other errors. */
export function troubleOf(error: unknown): keyof CollectWords["troubles"] {
  return error instanceof ServerError ? error.trouble : "failed";
}
