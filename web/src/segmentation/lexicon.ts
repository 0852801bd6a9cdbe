// A lexicon: the list of words that a prediction is restricted to, as class numbers.
import { classOf } from "../model/labels";

const MAX_WORDS = 200_000;
const MAX_LETTERS = 40; // letters

/**
 * Parses the words of a text, sorted: all characters but the labels separate words. Characters without a class count
 * as their capital or small form, or without their accent.
 */
export function parseLexicon(text: string, labels: string): readonly Uint8Array[] {
  const words = new Set<string>();
  for (const word of spelled(text, labels).split(" ")) {
    if (word.length > 0 && word.length <= MAX_LETTERS) words.add(word);
    if (words.size >= MAX_WORDS) break;
  }
  return [...words].sort().map((word) => Uint8Array.from(word, (label) => labels.indexOf(label)));
}

/** Spells a text with labels; a space stands for every other character. */
function spelled(text: string, labels: string): string {
  const spellings = new Map<string, string>();
  const spell = (character: string, accented: boolean): string => {
    const place = classOf(labels, character);
    if (place >= 0) return labels.charAt(place);
    const plain = character.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
    return accented && plain !== character ? Array.from(plain, (part) => spell(part, false)).join("") : " ";
  };
  return text.normalize("NFC").replace(/./gsu, (character) => {
    const spelling = spellings.get(character) ?? spell(character, true);
    spellings.set(character, spelling);
    return spelling;
  });
}
