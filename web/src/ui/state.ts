// The page's state: one table of typed fields. The address mirrors it, so links and reloads lead to the same place.

import { LANGUAGES, preferredLanguage } from "../i18n/languages";
import { CORRUPTIONS } from "./corruptions";
import { choice, type Field, numbers, text } from "./fields";

/** The pad of a view: for a letter, a wide one for words, or none. */
export type Desk = "letter" | "word" | "none";

/** The views, features/NAME/view.ts, in the order of their tabs, each with its pad. */
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

/** Views without a tab, which only a page of a collecting server has (entries/served.ts), each with its pad. */
const SERVED_DESKS = { contribute: "letter", moderate: "none", join: "letter", class: "none" } as const;

export type ServedView = keyof typeof SERVED_DESKS;
export type ViewName = keyof typeof DESKS | ServedView;
export const VIEWS = Object.keys(DESKS) as readonly (keyof typeof DESKS)[];
export const ALL_DESKS: Readonly<Record<ViewName, Desk>> = { ...DESKS, ...SERVED_DESKS };

/** Tells whether the page's server collects letters: index.html says so, as it is served. */
export const isServed =
  typeof document !== "undefined" &&
  document.querySelector('meta[name=lenet-server]:is([content~="collect"],[content~="class"])') !== null;

/** Sources of training data. */
export const SETS = ["font-letters", "own", "file"] as const;

const FIELDS = {
  view: choice(isServed ? (Object.keys(ALL_DESKS) as ViewName[]) : VIEWS, "draw"),
  language: choice(LANGUAGES, preferredLanguage()),
  /** The two labels of the attribution, or none. */
  letters: text(/^(..)?$/),
  /** Architecture and recipe of a training, by the names of features/train/networks.ts; empty for the default. */
  net: text(/^[a-z0-9-]*$/),
  recipe: text(/^[a-z0-9-]*$/),
  set: choice(SETS, "font-letters"),
  /** The selected unit (features/inside/units.ts), or none. */
  unit: text(/^([a-z]+[0-9]*(\.[0-9]{1,4}){1,3})?$/),
  /** The step of the guided tour, or none. */
  tour: text(/^[1-8]?$/),
  /** The selected cell of the confusion matrix: true and predicted label. */
  cell: text(/^(..)?$/),
  ...numbers(CORRUPTIONS),
};

type Fields = typeof FIELDS;
export type State = { readonly [Key in keyof Fields]: Fields[Key]["initial"] };

const KEYS = Object.keys(FIELDS) as (keyof Fields)[];

export const INITIAL = Object.fromEntries(KEYS.map((key) => [key, FIELDS[key].initial])) as State;

/** Values in addresses of version 0.1, and their names now. */
const OLD_VALUES: ReadonlyMap<string, string> = new Map([
  ["set=glyphs", "font-letters"],
  ["recipe=best", "default"],
  ["recipe=plain", "no-aug"],
]);

/** Reads the state of an address's fragment; missing and wrong values are those of `INITIAL`. */
export function readState(fragment: string): State {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const value = (key: keyof Fields) => {
    const text = parameters.get(key);
    const field = FIELDS[key] as Field<unknown>;
    return (text === null ? null : field.read(OLD_VALUES.get(`${key}=${text}`) ?? text)) ?? field.initial;
  };
  return Object.fromEntries(KEYS.map((key) => [key, value(key)])) as State;
}

/** Returns the fragment, with "#", of all values that differ from `INITIAL`. */
export function writeState(state: State): string {
  const different = KEYS.filter((key) => state[key] !== INITIAL[key]);
  const pairs = different.map((key) => [key, (FIELDS[key] as Field<unknown>).write(state[key])]);
  return `#${new URLSearchParams(pairs).toString()}`;
}
