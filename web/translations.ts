// Puts what the page says without scripts, in all its languages, into index.html and the web app manifest.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The file static.json of a language's folder. */
interface Texts {
  /** For people whose browser runs no scripts. */
  readonly noscript: string;
  /** The app's, where it is installed. */
  readonly name: string;
  readonly description: string;
}

const PLACE = "<!-- i18n/*/static.json -->";
const MANIFEST = "manifest.webmanifest";
const DEFAULT = "en";

/** `folder` has a folder for each language. */
export function translations(folder: string, publicFolder: string): Plugin {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const languages = [DEFAULT, ...names.filter((name) => name !== DEFAULT).sort()];
  const texts = languages.map((language) => [language, readTexts(join(folder, language, "static.json"))] as const);
  const others = texts.slice(1);
  const localized = (field: "name" | "description") =>
    Object.fromEntries(others.map(([language, text]) => [language, text[field]]));
  return {
    name: "translations",
    transformIndexHtml: {
      order: "pre",
      handler: (html) => {
        const lines = texts.map(
          ([language, { noscript }]) =>
            `<p class="problem"${language === DEFAULT ? "" : ` lang="${language}"`}>${noscript}</p>`,
        );
        return html.replace(PLACE, lines.join("\n      "));
      },
    },
    generateBundle() {
      const manifest = JSON.parse(readFileSync(join(publicFolder, MANIFEST), "utf8")) as object;
      const whole = { ...manifest, name_localized: localized("name"), description_localized: localized("description") };
      this.emitFile({ type: "asset", fileName: MANIFEST, source: JSON.stringify(whole, null, 2) });
    },
  };
}

function readTexts(file: string): Texts {
  const texts = JSON.parse(readFileSync(file, "utf8")) as Texts;
  for (const key of ["noscript", "name", "description"] as const) {
    if (!texts[key]) throw new Error(`${file} lacks "${key}".`);
  }
  return texts;
}
