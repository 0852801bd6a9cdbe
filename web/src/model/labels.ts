// The labels of a network: one character for each class.

import { LETTERS } from "./letters";

const DIGITS = "0123456789";

/** Labels by numbers of outputs, for models that name none: those of EMNIST's splits, as in `lenet import`. */
export const DEFAULT_LABELS: ReadonlyMap<number, string> = new Map(
  [
    LETTERS,
    DIGITS,
    DIGITS + LETTERS,
    `${DIGITS}${LETTERS}abdefghnqrt`, // where 15 small letters look like their capitals
    DIGITS + LETTERS + LETTERS.toLowerCase(),
  ].map((labels) => [labels.length, labels]),
);

/** Returns the class of a character: that of itself, else of its capital or small form; -1 if there is none. */
export function classOf(labels: string, character: string): number {
  const forms = [character, character.toUpperCase(), character.toLowerCase()].filter(({ length }) => length === 1);
  return forms.map((form) => labels.indexOf(form)).find((place) => place >= 0) ?? -1;
}

/** Returns the label that a character stands for, or the character itself if it has no class. */
export function labelOf(labels: string, character: string): string {
  return labels.charAt(classOf(labels, character)) || character;
}

/** Returns the class of each letter A to Z; null if a letter has none, or if its small form has another one. */
export function letterClasses(labels: string): readonly number[] | null {
  const classes = Array.from(LETTERS, (letter) => classOf(labels, letter));
  const small = Array.from(LETTERS.toLowerCase(), (letter) => classOf(labels, letter));
  return classes.every((place, i) => place >= 0 && place === small[i]) ? classes : null;
}
