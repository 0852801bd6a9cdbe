// Tells the service worker which files the built page is made of.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export const WORKER = "service-worker.js";

/** Not of the page's own: what `lenet export` put there, and what those may miss who never ask for it. */
const APART = /^exports\//;
const LATER = /\.npz$/;

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
        const digest = createHash("sha256");
        for (const name of [...names, WORKER]) digest.update(`${name}\0`).update(contents.get(name)!);
        const built = {
          version: digest.digest("hex").slice(0, 16),
          entry: entry.fileName,
          files: names.filter((name) => !LATER.test(name)).map((name) => name.replace(/^index\.html$/, "")),
          later: names.filter((name) => LATER.test(name)),
        };
        worker.code = `const BUILT=${JSON.stringify(built)};${worker.code}`;
      },
    },
  };
}
