// Numbers as a language writes them.
import type { Language } from "../i18n/languages";

export interface Numbers {
  whole(value: number): string;
  /** With two digits after the point at most. */
  plain(value: number): string;
  /** With so many digits after the point. */
  fixed(value: number, digits: number): string;
  /** 0 to 1 in percent, with one digit after the point or so many; 100 is said of all alone. */
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
      const shown = value < 1 ? Math.min(1 - 10 ** (-2 - digits), value) : 1;
      return shown.toLocaleString(language, {
        style: "percent",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    },
  };
}
