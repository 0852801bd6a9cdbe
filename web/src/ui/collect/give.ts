// Gives the drawing on the pad to the server: consent, sending or waiting, and a sentence about the result.
import type { CollectWords } from "../../i18n/en/collect";
import { type Contributor, thisContributor } from "../../server/contributor";
import type { Outcome } from "../../server/outbox";
import { ServerError } from "../../server/request";
import type { App } from "../view";
import { ensureConsent, forgetConsent } from "./consent-dialog";
import { problemOf } from "./problem";

const MAX_QUESTIONS = 3; // the owner may change the text again meanwhile

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
    const { id, ...first } = await contributor.give(strokes, label, app.recognizer, app.defaultRecognizer);
    const outcome = await agreedAgain(contributor, words, id, first);
    if (outcome === "declined") return { taken: false, text: status.declined };
    if (outcome.state === "sent") return { taken: true, text: status.sent(label) };
    const problem = problemOf(outcome.error, words);
    if (outcome.state === "refused") return { taken: false, text: status.refused(problem) };
    return { taken: true, text: `${problem} ${status.waiting(contributor.outbox.waiting)}` };
  } catch (error) {
    const isFull = error instanceof ServerError && error.trouble === "full" && error.status === 0;
    return { taken: false, text: isFull ? status.tooMany : problemOf(error, words) };
  }
}

/** Shows the text if it has changed, and sends the letter once the person has agreed; else the letter is dropped. */
async function agreedAgain(
  contributor: Contributor,
  words: CollectWords,
  id: string,
  first: Outcome,
): Promise<Outcome | "declined"> {
  let outcome = first;
  for (let i = 0; i < MAX_QUESTIONS && outcome.state === "waiting" && outcome.error.trouble === "consent"; i++) {
    forgetConsent();
    const agreed = await ensureConsent(contributor, words).catch(() => null);
    if (agreed === null) return outcome; // the server is away now: the letter waits
    if (!agreed) {
      await contributor.outbox.drop(id);
      return "declined";
    }
    outcome = await contributor.outbox.attempt(id);
  }
  return outcome;
}
