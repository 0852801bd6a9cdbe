// The words of this view, by language.
import type { Language } from "../../i18n/languages";
import { words as de } from "../../i18n/de/teach";
import { words as en, type TeachWords } from "../../i18n/en/teach";

export type { TeachWords };

export const WORDS: Readonly<Record<Language, TeachWords>> = { en, de };
