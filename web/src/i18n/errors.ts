// Errors with a message in the user's language.
import { type Message, say, type Wording } from "./message";

/** An error with a message for users. */
export class LenetError extends Error {
  override readonly name = "LenetError";
  /** @internal */
  readonly content: Message;

  /** @internal */
  constructor(...content: Message) {
    super(say(content));
    this.content = content;
  }
}

/** Returns the message of an error; a foreign error keeps its own text. @internal */
export function messageOf(error: unknown): Message {
  if (error instanceof LenetError) return error.content;
  return ["{}", error instanceof Error ? error.message : String(error)];
}

/** Returns the text of an error in a language. @internal */
export function explain(error: unknown, wording?: Wording): string {
  return say(messageOf(error), wording);
}

/** Returns the text of an error without its full stop, as a part of a sentence. @internal */
export function reason(error: unknown, wording: Wording): string {
  return explain(error, wording).replace(/\.$/, "");
}
