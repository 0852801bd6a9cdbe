// The page's languages. Another one is a file beside these and a line here.
import type { Words } from "./en/page";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** As it calls itself. */
export const NAMES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

/** What it says where its words are not there. */
const MISSING: Readonly<Record<Language, string>> = {
  en: "The page's words did not load. Reload the page.",
  de: "Die Wörter der Seite konnten nicht geladen werden. Lade sie neu.",
};

const FILES: Readonly<Record<Language, () => Promise<{ readonly words: Words }>>> = {
  en: () => import("./en/page"),
  de: () => import("./de/page"),
};

export async function loadWords(language: Language): Promise<Words> {
  const loaded = await FILES[language]().catch(() => {
    throw new Error(MISSING[language]);
  });
  return loaded.words;
}

/** The first of the reader's languages that is among ours. */
export function preferredLanguage(): Language {
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  const known = wanted.map((tag) => LANGUAGES.find((language) => tag.toLowerCase().startsWith(language)));
  return known.find((language) => language !== undefined) ?? "en";
}
