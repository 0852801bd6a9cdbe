// Number format of the view.
import type { Language } from "../../i18n/languages";

/** Writes a number with three digits that count, or so. */
export type Write = (value: number) => string;

/** Writes the smallest and the largest of some values, "−3.380 … 3.120". */
export function range(values: Float32Array, write: Write): string {
  const ends = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return ends.map((value) => (value === 0 ? "0" : write(value))).join(" … ");
}

export function writer(language: Language): Write {
  return (value) => {
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    const text = size.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return value < 0 && Number(size.toFixed(digits)) > 0 ? `−${text}` : text;
  };
}
