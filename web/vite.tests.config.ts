// Builds the unit tests for Node: `npm test`. They are about logic; the browser is in tests/page/.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const files = readdirSync(path("tests")).filter((name) => name.endsWith(".test.ts"));

export default defineConfig({
  logLevel: "warn",
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: path("../build/web-tests"),
    emptyOutDir: true,
    rolldownOptions: { input: files.map((name) => path(`tests/${name}`)) },
  },
});
