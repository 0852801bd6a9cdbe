// A list of words that a person gives, as classes.

const MAX_WORDS = 200_000;
const MAX_LETTERS = 40; // letters

/** The words of a text, one a line or between spaces, without accents; others than A to Z part them. In the alphabet's order. */
export function parseLexicon(text: string): readonly Uint8Array[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").toUpperCase();
  const words = new Set<string>();
  for (const [word] of plain.matchAll(/[A-Z]+/g)) {
    if (word.length <= MAX_LETTERS) words.add(word);
    if (words.size >= MAX_WORDS) break;
  }
  return [...words].sort().map((word) => Uint8Array.from(word, (letter) => letter.charCodeAt(0) - 65));
}
