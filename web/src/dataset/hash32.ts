/** A number that looks random, 0 to 2 ** 32 - 1, a function of `i` alone (the last steps of MurmurHash3). */
export function scrambled(i: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
