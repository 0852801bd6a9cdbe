// Number format of the view.
import type { Language } from "../../i18n/languages";

/** Writes a number with three digits that count, or so. */
export type Write = (value: number) => string;

export function writer(language: Language): Write {
  return (value) => {
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    const text = size.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return value < 0 && Number(size.toFixed(digits)) > 0 ? `−${text}` : text;
  };
}
