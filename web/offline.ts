// Tells the service worker which files the built page is made of.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin, Rolldown } from "vite";

export const WORKER = "service-worker.js";

/** Not of the page's own: what `lenet export` put there, and what those may miss who never ask for it. */
const APART = /^exports\//;
const LATER = /\.npz$/;

/** Modules that only a page of a collecting server loads. */
const SERVED = /\/src\/(entries\/served|i18n\/\w+\/collect)\.ts$/;

type Bundle = Rolldown.OutputBundle;

/** Returns the scripts and styles that the entry loads only by the modules of `SERVED`. */
function ofServer(bundle: Bundle, entry: string): ReadonlySet<string> {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const roots = chunks
    .filter(({ facadeModuleId }) => SERVED.test(facadeModuleId ?? ""))
    .map(({ fileName }) => fileName);
  if (roots.length === 0) throw new Error("The build has no script for collecting servers.");
  const everywhere = reachable(bundle, [entry], new Set(roots));
  return new Set([...reachable(bundle, roots, new Set())].filter((name) => !everywhere.has(name)));
}

/** Returns the scripts that some scripts load, at once or later, and their styles; without what lies behind `barred`. */
function reachable(bundle: Bundle, roots: readonly string[], barred: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  const visit = (name: string) => {
    const file = bundle[name];
    if (names.has(name) || barred.has(name) || file?.type !== "chunk") return;
    names.add(name);
    for (const style of file.viteMetadata?.importedCss ?? []) names.add(style);
    for (const next of [...file.imports, ...file.dynamicImports]) visit(next);
  };
  for (const root of roots) visit(root);
  return names;
}

export function offline(publicFolder: string): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const contents = new Map(
          readdirSync(publicFolder).map((name) => [name, readFileSync(join(publicFolder, name))]),
        );
        for (const file of Object.values(bundle)) {
          contents.set(file.fileName, Buffer.from(file.type === "chunk" ? file.code : file.source));
        }
        const worker = bundle[WORKER];
        const entry = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry && file !== worker);
        if (worker?.type !== "chunk" || !entry) throw new Error("The build has no service worker, or no page.");
        const names = [...contents.keys()].filter((name) => name !== WORKER && !APART.test(name)).sort();
        const served = ofServer(bundle, entry.fileName);
        const isLater = (name: string) => LATER.test(name) || served.has(name);
        const digest = createHash("sha256");
        for (const name of [...names, WORKER]) digest.update(`${name}\0`).update(contents.get(name)!);
        const built = {
          version: digest.digest("hex").slice(0, 16),
          entry: entry.fileName,
          files: names.filter((name) => !isLater(name)).map((name) => name.replace(/^index\.html$/, "")),
          later: names.filter((name) => LATER.test(name)),
          served: [...served].sort(),
        };
        worker.code = `const BUILT=${JSON.stringify(built)};${worker.code}`;
      },
    },
  };
}
