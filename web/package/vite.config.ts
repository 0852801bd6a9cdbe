// Builds the package for others to embed, of the page's own modules. `make npm-package` completes it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// As text in a module a file needs no request, whose address Node and the bundlers would each see differently.
const SUFFIX = "?deflated";
const deflated: Plugin = {
  name: "deflated",
  enforce: "pre",
  load(id) {
    if (!id.endsWith(SUFFIX)) return null;
    const text = deflateSync(readFileSync(id.slice(0, -SUFFIX.length)), { level: 9, memLevel: 7 }).toString("base64");
    return { code: `export default "${text}";`, moduleType: "js" };
  },
};

export default defineConfig({
  root: path("."),
  publicDir: false,
  build: {
    outDir: path("../../build/package"),
    emptyOutDir: true,
    target: "es2022",
    minify: "oxc",
    lib: {
      entry: { index: path("../src/entries/package.ts"), element: path("../src/entries/element.ts") },
      formats: ["es"],
    },
    rolldownOptions: {
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        minify: true,
        // Where Deno looks for the types of a module that it has by its address.
        postBanner: ({ isEntry, name }) => (isEntry ? `// @ts-self-types="./${name}.d.ts"` : ""),
      },
    },
  },
  plugins: [deflated],
});
