// Fields of the page's state: how each value is read from text and written as text.

/** A field of the address. `read` returns null for invalid text. */
export interface Field<T> {
  readonly initial: T;
  readonly read: (text: string) => T | null;
  readonly write: (value: T) => string;
}

/** One of a few names. */
export function choice<const T extends string>(names: readonly T[], initial: NoInfer<T>): Field<T> {
  return { initial, read: (text) => names.find((name) => name === text) ?? null, write: (value) => value };
}

/** A number of low..high, with three decimals. */
export function number(low: number, high: number, initial: number): Field<number> {
  const read = (text: string) => {
    const value = Number(text);
    return text !== "" && value >= low && value <= high ? value : null;
  };
  return { initial, read, write: (value) => String(Math.round(value * 1000) / 1000) };
}

/** Number fields with these ranges and initial values. */
export function numbers<K extends string>(
  of: Readonly<Record<K, { readonly low: number; readonly high: number; readonly initial: number }>>,
): Readonly<Record<K, Field<number>>> {
  const fields = Object.keys(of).map((key) => [key, number(of[key as K].low, of[key as K].high, of[key as K].initial)]);
  return Object.fromEntries(fields) as Record<K, Field<number>>;
}

/** A short text that matches the pattern as a whole. */
export function text(pattern: RegExp, initial = ""): Field<string> {
  const read = (value: string) => (value.length <= 100 && pattern.test(value) ? value : null);
  return { initial, read, write: (value) => value };
}
