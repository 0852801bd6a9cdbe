// Messages: an English template, which is the key of the other languages, and its parameters.
import type { Template } from "./en/errors";

type Places<T> = T extends `${string}{}${infer Rest}` ? [0, ...Places<Rest>] : [];

/** The templates with `Count` parameters. */
type With<Count, T = Template> = T extends Template ? (Places<T>["length"] extends Count ? T : never) : never;

/** A parameter: a number, a name that is the same in all languages, or another message. */
export type Part = string | number | Message;

/** A template with its parameters, as plain data that workers can send. */
export type Message =
  | readonly [With<0>]
  | readonly [With<1>, Part]
  | readonly [With<2>, Part, Part]
  | readonly [With<3>, Part, Part, Part]
  | readonly [With<4>, Part, Part, Part, Part];

type Worded<T> = T extends `${string}{}${infer Rest}` ? `${string}{}${Worded<Rest>}` : string;

/** The texts of a language: one for each template, with as many parameters in the same order. */
export type Texts = { readonly [T in Template]: Worded<T> };

/** Texts and number format of a language. */
export interface Wording {
  readonly text: (template: Template) => string;
  readonly number: (value: number) => string;
}

const ENGLISH: Wording = { text: (template) => template, number: String };

/** Returns the text of a message in a language, by default in English. */
export function say([template, ...parts]: Message, wording = ENGLISH): string {
  let place = 0;
  return wording.text(template).replaceAll("{}", () => {
    const part = parts[place++]!;
    return typeof part === "string" ? part : typeof part === "number" ? wording.number(part) : say(part, wording);
  });
}
