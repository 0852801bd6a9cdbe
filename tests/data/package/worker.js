import { ask } from "./checks.js";

addEventListener("message", async ({ data: [name, ...given] }) => {
  try {
    postMessage({ found: await ask[name](...given) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
