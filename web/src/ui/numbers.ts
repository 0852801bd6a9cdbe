// Number formats of a language.
import type { Language } from "../i18n/languages";

export interface Numbers {
  whole(value: number): string;
  /** At most two decimals. */
  plain(value: number): string;
  /** `digits` decimals. */
  fixed(value: number, digits: number): string;
  /** A fraction in per cent; only 1 itself becomes 100 %. */
  share(value: number, digits?: number): string;
}

export function numbersOf(language: Language): Numbers {
  const fixed = (value: number, digits: number) =>
    value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return {
    whole: (value) => Math.round(value).toLocaleString(language),
    plain: (value) => value.toLocaleString(language, { maximumFractionDigits: 2 }),
    fixed,
    share: (value, digits = 1) => {
      const rounded = value < 1 ? Math.min(1 - 10 ** (-2 - digits), value) : 1;
      return rounded.toLocaleString(language, {
        style: "percent",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    },
  };
}
