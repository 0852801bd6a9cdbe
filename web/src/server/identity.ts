// Identifiers that the page makes itself: a contributor's key, and the ids of contributions.
// Without `crypto.randomUUID`, which plain HTTP on a local network does not have.

const KEY_BYTES = 16;
const KEY = /^[0-9a-f]{32}$/;

export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** Returns a key of 128 random bits, in hexadecimal digits. */
export function newKey(random = randomBytes): string {
  return hex(random(KEY_BYTES));
}

/** Returns a key in groups of four digits, for people. */
export function grouped(key: string): string {
  return key.replace(/(.{4})(?=.)/g, "$1 ");
}

/** Reads a key as a person typed or pasted it; null for anything else. */
export function readKey(text: string): string | null {
  const key = text.replace(/[\s-]/g, "").toLowerCase();
  return KEY.test(key) ? key : null;
}

/** Returns a UUID of version 7 (RFC 9562): ids sort by their time, in ms since 1970. */
export function uuid7(time = Date.now(), random = randomBytes): string {
  const bytes = random(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(time / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
