// Bundles one script an engine, and one an engine that only answers; benchmarks/browser/in_browser.py serves them.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const shared = new Set(["task.ts"]);
const entries = readdirSync(path("src")).filter((name) => name.endsWith(".ts") && !shared.has(name));

export default defineConfig({
  base: "./",
  build: {
    outDir: path("../../../build/browser-benchmark"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    modulePreload: false,
    target: "es2022",
    rollupOptions: {
      input: Object.fromEntries(entries.map((name) => [name.replace(".ts", ""), path(`src/${name}`)])),
      output: { entryFileNames: "[name].js" },
    },
  },
  worker: { format: "es" },
});
