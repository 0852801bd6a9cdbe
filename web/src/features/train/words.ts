// The words of this view, by language.
import type { Language } from "../../i18n/languages";
import { words as de } from "../../i18n/de/train";
import { words as en, type TrainWords } from "../../i18n/en/train";

export type { TrainWords };

export const WORDS: Readonly<Record<Language, TrainWords>> = { en, de };
