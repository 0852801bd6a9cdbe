// The words of this view, by language.
import type { Language } from "../../languages/languages";
import { words as de } from "./de";
import { words as en, type TeachWords } from "./en";

export type { TeachWords };

export const WORDS: Readonly<Record<Language, TeachWords>> = { en, de };
