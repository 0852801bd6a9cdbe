/** A probability in whole per cent, with the language's sign; what is not quite all or nothing is not called so. */
export function percent(probability: number, sign: string): string {
  if (probability > 0.995 && probability < 1) return `>99${sign}`;
  return probability < 0.005 ? `<1${sign}` : `${Math.round(probability * 100)}${sign}`;
}
