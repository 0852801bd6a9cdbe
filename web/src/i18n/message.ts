// What is said of things that went wrong: an English sentence by which the other languages find theirs.
import type { Template } from "./en/errors";

type Places<T> = T extends `${string}{}${infer Rest}` ? [0, ...Places<Rest>] : [];

/** The templates with so many {}. */
type With<Count, T = Template> = T extends Template ? (Places<T>["length"] extends Count ? T : never) : never;

/** What fills a place: a number, a name that is the same in all languages, or a message within this one. */
export type Part = string | number | Message;

/** A template and what fills it: plain data, which workers can send. */
export type Message =
  | readonly [With<0>]
  | readonly [With<1>, Part]
  | readonly [With<2>, Part, Part]
  | readonly [With<3>, Part, Part, Part]
  | readonly [With<4>, Part, Part, Part, Part];

type Worded<T> = T extends `${string}{}${infer Rest}` ? `${string}{}${Worded<Rest>}` : string;

/** For each template a text with as many {}, to be filled in the same order. */
export type Texts = { readonly [T in Template]: Worded<T> };

/** How a language words messages. */
export interface Wording {
  readonly text: (template: Template) => string;
  readonly number: (value: number) => string;
}

const ENGLISH: Wording = { text: (template) => template, number: String };

/** The message in the language that words it so; by default in English. */
export function say([template, ...parts]: Message, wording = ENGLISH): string {
  let place = 0;
  return wording.text(template).replaceAll("{}", () => {
    const part = parts[place++]!;
    return typeof part === "string" ? part : typeof part === "number" ? wording.number(part) : say(part, wording);
  });
}
