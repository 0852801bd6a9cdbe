// Texts for a network of other classes than A to Z: they replace those texts of a language that speak of letters.

/** Replacements of some texts of `T`. */
export type Replacements<T> = {
  readonly [K in keyof T]?: T[K] extends string | readonly unknown[] | ((...parts: never[]) => unknown)
    ? T[K]
    : Replacements<T[K]>;
};

/** Returns the texts with these replacements. */
export function withReplacements<T extends object>(texts: T, replacements: Replacements<T>): T {
  const replaced = Object.entries(replacements).map(([key, value]) => {
    const text = texts[key as keyof T];
    const isGroup = typeof text === "object" && text !== null && !Array.isArray(text);
    return [key, isGroup ? withReplacements(text, value as Replacements<typeof text>) : value];
  });
  return { ...texts, ...Object.fromEntries(replaced) };
}

const MAX_RUNS = 6; // more are not listed

/** Names the classes: "0 to 9", "0–9, A–Z" or, if they do not follow each other, "47 characters". */
export function nameClasses(labels: string, to: string, characters: string): string {
  const runs = labelRuns(labels);
  const [[first, last] = ["", ""], ...more] = runs;
  if (more.length === 0) return `${first} ${to} ${last}`;
  if (runs.length > MAX_RUNS) return `${labels.length} ${characters}`;
  return runs.map(([from, until]) => (from === until ? from : `${from}–${until}`)).join(", ");
}

/** Returns the runs of labels that follow each other in Unicode, such as ["0", "9"] and ["A", "Z"]. */
function labelRuns(labels: string): readonly (readonly [first: string, last: string])[] {
  const runs: [string, string][] = [];
  for (const label of [...labels].sort()) {
    const run = runs.at(-1);
    if (run && label.charCodeAt(0) === run[1].charCodeAt(0) + 1) run[1] = label;
    else runs.push([label, label]);
  }
  return runs;
}
