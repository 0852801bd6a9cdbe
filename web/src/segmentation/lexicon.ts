// A lexicon: the list of words that a prediction is restricted to, as class numbers.

const MAX_WORDS = 200_000;
const MAX_LETTERS = 40; // letters

/** Parses the words of a text, sorted: accents are removed, and all characters but A to Z separate words. */
export function parseLexicon(text: string): readonly Uint8Array[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").toUpperCase();
  const words = new Set<string>();
  for (const [word] of plain.matchAll(/[A-Z]+/g)) {
    if (word.length <= MAX_LETTERS) words.add(word);
    if (words.size >= MAX_WORDS) break;
  }
  return [...words].sort().map((word) => Uint8Array.from(word, (letter) => letter.charCodeAt(0) - 65));
}
