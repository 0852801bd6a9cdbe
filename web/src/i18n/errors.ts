// Errors that are for people.
import { type Message, say, type Wording } from "./message";

/** What cannot be used, or what is missing, in words for people. */
export class LenetError extends Error {
  override readonly name = "LenetError";
  /** @internal */
  readonly said: Message;

  /** @internal */
  constructor(...said: Message) {
    super(say(said));
    this.said = said;
  }
}

/** What an error says; of a foreign one, its own words. @internal */
export function messageOf(error: unknown): Message {
  if (error instanceof LenetError) return error.said;
  return ["{}", error instanceof Error ? error.message : String(error)];
}

/** What people read of an error. @internal */
export function explain(error: unknown, wording?: Wording): string {
  return say(messageOf(error), wording);
}

/** The same as a part of a sentence, without its full stop. @internal */
export function reason(error: unknown, wording: Wording): string {
  return explain(error, wording).replace(/\.$/, "");
}
