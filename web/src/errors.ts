/** What cannot be used, or what is missing, in words for people. */
export class LenetError extends Error {
  override readonly name = "LenetError";
}
