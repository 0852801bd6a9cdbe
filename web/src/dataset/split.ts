// A set of letters in two: what is learned from, and what is held out to measure with.
import { scrambled } from "./hash32";
import { count, LettersError, take, type Letters } from "./types";

const SHARE = 0.1;
const LEAST = 10; // groups; fewer are parted image by image

/** About a tenth is held out: always the same, and of a group all or nothing. LettersError where a part would be empty. */
export function part(letters: Letters): readonly [training: Letters, held: Letters] {
  const all = count(letters);
  if (all < 2) throw new LettersError("there must be two letters at least: one to learn from, one to measure with");
  const known = letters.groups && new Set(letters.groups).size >= LEAST ? letters.groups : null;
  const groups = new Map<number, number[]>();
  for (let place = 0; place < all; place++) {
    const group = known ? known[place]! : place;
    const places = groups.get(group) ?? [];
    if (places.length === 0) groups.set(group, places);
    places.push(place);
  }
  const mixed = [...groups.values()].map((places, i) => [scrambled(i), places] as const).sort(([a], [b]) => a - b);
  const held = new Set<number>();
  for (const [, places] of mixed) {
    if (held.size > 0 && held.size + places.length / 2 > SHARE * all) break;
    for (const place of places) held.add(place);
  }
  const places = Array.from({ length: all }, (_, place) => place);
  if (held.size === all) throw new LettersError("all of its letters belong together: nothing is left to measure with");
  return [take(letters, places.filter((place) => !held.has(place))), take(letters, [...held].sort((a, b) => a - b))];
}
