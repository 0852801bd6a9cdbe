// Builds the page into the Python package. It runs from any path of any plain file host.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// The same as in server.py, which adds what a meta element cannot say.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// Only in the built page: the development server puts styles inline.
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
  ],
};

// The shipped model lies beside index.html under a fixed name, so that a host can put another there.
const NAME = "model.safetensors";
const MODEL = path("../src/lenet/models/modern-s.safetensors");
const model: Plugin = {
  name: "model",
  configureServer(server) {
    server.middlewares.use(`/${NAME}`, (_request, response) => void createReadStream(MODEL).pipe(response));
  },
  generateBundle() {
    if (existsSync(MODEL)) this.emitFile({ type: "asset", fileName: NAME, source: readFileSync(MODEL) });
  },
};

export default defineConfig({
  base: "./",
  build: {
    outDir: path("../src/lenet/page"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  worker: { format: "es" },
  server: { fs: { allow: [path("..")] } },
  plugins: [policy, model],
});
