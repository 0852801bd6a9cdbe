import { text } from "node:stream/consumers";
import { ask } from "./checks.js";

const [name, ...given] = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await ask[name](...given)));
