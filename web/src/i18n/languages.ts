// The page's languages. Another one is a folder beside this file and a line here: docs/how-to/add-a-language.md.
import type { Words } from "./en/page";

interface Entry {
  /** Its name in the language itself. */
  readonly name: string;
  /** Shown if the texts of the language do not load. */
  readonly missing: string;
  readonly load: () => Promise<{ readonly words: Words }>;
  /** The texts for networks of other classes than A to Z. */
  readonly loadCharacters: () => Promise<{ readonly ofCharacters: (words: Words, labels: string) => Words }>;
}

const ENTRIES = {
  en: {
    name: "English",
    missing: "The texts of the page did not load. Reload the page.",
    load: () => import("./en/page"),
    loadCharacters: () => import("./en/characters"),
  },
  de: {
    name: "Deutsch",
    missing: "Die Texte der Seite konnten nicht geladen werden. Lade die Seite neu.",
    load: () => import("./de/page"),
    loadCharacters: () => import("./de/characters"),
  },
} satisfies Record<string, Entry>;

export type Language = keyof typeof ENTRIES;
export const LANGUAGES = Object.keys(ENTRIES) as readonly Language[];

export function languageName(language: Language): string {
  return ENTRIES[language].name;
}

/** Loads the texts of a language, for a network of A to Z or for one with these labels. */
export async function loadWords(language: Language, labels: string | null = null): Promise<Words> {
  const { load, loadCharacters, missing } = ENTRIES[language];
  const others = labels === null ? null : loadCharacters();
  const [{ words }, texts] = await Promise.all([load(), others]).catch(() => {
    throw new Error(missing);
  });
  return texts && labels !== null ? texts.ofCharacters(words, labels) : words;
}

/** Returns the first of the browser's languages that the page has. */
export function preferredLanguage(): Language {
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  const known = wanted.map((tag) => LANGUAGES.find((language) => tag.toLowerCase().startsWith(language)));
  return known.find((language) => language !== undefined) ?? "en";
}
