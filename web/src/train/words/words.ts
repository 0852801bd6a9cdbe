// The words of this view, by language.
import type { Language } from "../../languages/languages";
import { words as de } from "./de";
import { words as en, type TrainWords } from "./en";

export type { TrainWords };

export const WORDS: Readonly<Record<Language, TrainWords>> = { en, de };
