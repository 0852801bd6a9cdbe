// Builds the page into the Python package. It runs from any path of any plain file host.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type Rolldown } from "vite";
import { offline, WORKER } from "./offline.ts";
import { translations } from "./translations.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// The server reads it too, and adds what a meta element cannot say.
const DIRECTIVES = path("../src/lenet/server/content_security_policy.json");

// Only in the built page: the development server puts styles inline.
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml() {
    const directives: Record<string, string> = JSON.parse(readFileSync(DIRECTIVES, "utf8"));
    const content = Object.entries(directives)
      .map(([name, sources]) => `${name} ${sources}`)
      .join("; ");
    return [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content }, injectTo: "head-prepend" }];
  },
};

/** Preloads the files of the first prediction before the script asks for them; the large one has low priority. */
const early: Plugin = {
  name: "early",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(_html, { bundle }) {
      const engine = Object.keys(bundle ?? {}).find((name) => /^assets\/lenet-.*\.wasm$/.test(name));
      const preload = (href: string, more = {}) => ({
        tag: "link",
        attrs: { rel: "preload", href: `./${href}`, as: "fetch", crossorigin: "", ...more },
        injectTo: "head" as const,
      });
      return [preload(engine!), preload("model.safetensors", { fetchpriority: "low" })];
    },
  },
};

// Files beside index.html under fixed names, which a host can replace.
const BESIDE = {
  "model.safetensors": path("../src/lenet/models/pretrained/modern-s.safetensors"),
  "font-letters.npz": path("../src/lenet/datasets/assets/font_letters.npz"),
};
const NO_EXPORTS = JSON.stringify({ format: "lenet-exports/2", formats: {} });
const beside: Plugin = {
  name: "beside",
  configureServer(server) {
    for (const [name, file] of Object.entries(BESIDE)) {
      server.middlewares.use(`/${name}`, (_request, response) => void createReadStream(file).pipe(response));
    }
  },
  generateBundle() {
    // `lenet export --to all PAGE/exports` fills it; the page asks for it, and a host without it would say 404.
    this.emitFile({ type: "asset", fileName: "exports/manifest.json", source: NO_EXPORTS });
    for (const [fileName, file] of Object.entries(BESIDE)) {
      if (existsSync(file)) this.emitFile({ type: "asset", fileName, source: readFileSync(file) });
    }
  },
};

/** Modules that the page's entry imports are one file, with what every language needs: each file costs a response's head. */
function first(id: string, context: Rolldown.ChunkingContext, seen = new Set<string>()): string | null {
  if (id === path("src/i18n/percent.ts")) return "first";
  const importers = context.getModuleInfo(id)?.importers ?? [];
  if (importers.includes(path("src/entries/page.ts"))) return "first";
  seen.add(id);
  return importers.some((one) => !seen.has(one) && first(one, context, seen)) ? "first" : null;
}

/** Modules that many rooms have under one name go by their room: features/word/view.ts is "word", i18n/de/page.ts "de", i18n/de/train.ts "de-train". */
function nameOf(file: string | null | undefined): string {
  const [, room, name, part] = /\/(features|i18n)\/(\w+)\/(\w+)\.ts$/.exec(file ?? "") ?? [];
  if (room === "features" && part === "view") return name!;
  if (room === "i18n") return part === "page" ? name! : `${name}-${part}`;
  return "[name]";
}

export default defineConfig({
  base: "./",
  build: {
    outDir: path("../src/lenet/server/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      input: [path("index.html"), path("src/entries/service-worker.ts")],
      // The service worker's name is what browsers ask for again to see whether there is a new one.
      output: {
        entryFileNames: ({ name }) => (`${name}.js` === WORKER ? WORKER : "assets/[name]-[hash].js"),
        chunkFileNames: ({ facadeModuleId }) => `assets/${nameOf(facadeModuleId)}-[hash].js`,
        assetFileNames: ({ originalFileNames: [file] }) => `assets/${nameOf(file)}-[hash][extname]`,
        codeSplitting: {
          groups: [
            { name: (id, context) => first(id, context), debugName: "first" },
            { name: "network", test: /\/(storage\/(database|network)|model\/writer)\.ts$/ }, // one file: see `first`
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  server: { fs: { allow: [path("..")] } },
  plugins: [policy, early, beside, translations(path("src/i18n"), path("public")), offline(path("public"))],
});
