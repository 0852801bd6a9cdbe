// The page's state: one table. The address mirrors it, so a place on the page can be kept and sent.

import { LANGUAGES, preferredLanguage } from "../i18n/languages";
import { CORRUPTIONS } from "./corruptions";
import { choice, type Field, numbers, text } from "./fields";

/** What becomes of the pad: the letter's, a wide one for words, or none. */
export type Desk = "letter" | "word" | "none";

/** The views, in the order of their tabs: features/NAME/view.ts, and what becomes of the pad. */
export const DESKS = {
  draw: "letter",
  word: "word",
  picture: "none",
  inside: "letter",
  teach: "letter",
  train: "none",
  mistakes: "letter",
  take: "letter",
} as const satisfies Record<string, Desk>;

export type ViewName = keyof typeof DESKS;
export const VIEWS = Object.keys(DESKS) as readonly ViewName[];

/** Letters to train on. */
export const SETS = ["glyphs", "own", "file"] as const;

const FIELDS = {
  view: choice(VIEWS, "draw"),
  language: choice(LANGUAGES, preferredLanguage()),
  /** Why this letter and not that: two letters, or none. */
  letters: text(/^[A-Z]{0,2}$/),
  /** What is trained, and how: names of features/train/nets.ts; empty: what is chosen first. */
  net: text(/^[a-z0-9-]*$/),
  recipe: text(/^[a-z0-9-]*$/),
  set: choice(SETS, "glyphs"),
  /** The unit whose arithmetic is shown (features/inside/units.ts), or none. */
  unit: text(/^([a-z]+[0-9]*(\.[0-9]{1,4}){1,3})?$/),
  /** The step of the guided tour, or none. */
  tour: text(/^[1-8]?$/),
  /** Which mistakes are looked at: what the letters are, and what they are read as. */
  cell: text(/^([A-Z]{2})?$/),
  ...numbers(CORRUPTIONS),
};

type Fields = typeof FIELDS;
export type State = { readonly [Key in keyof Fields]: Fields[Key]["initial"] };

const KEYS = Object.keys(FIELDS) as (keyof Fields)[];

export const INITIAL = Object.fromEntries(KEYS.map((key) => [key, FIELDS[key].initial])) as State;

/** The state that an address's fragment says; what is missing or wrong in it is as `INITIAL`. */
export function readState(fragment: string): State {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const value = (key: keyof Fields) => {
    const given = said.get(key);
    const field = FIELDS[key] as Field<unknown>;
    return (given === null ? null : field.read(given)) ?? field.initial;
  };
  return Object.fromEntries(KEYS.map((key) => [key, value(key)])) as State;
}

/** The fragment, with "#" in front, that says what differs from `INITIAL`; "#" alone for nothing. */
export function writeState(state: State): string {
  const different = KEYS.filter((key) => state[key] !== INITIAL[key]);
  const pairs = different.map((key) => [key, (FIELDS[key] as Field<unknown>).write(state[key])]);
  return `#${new URLSearchParams(pairs).toString()}`;
}
