/** Letters at the beginning that count more, and how much each does (Winkler 1990). */
const PREFIX = 4;
const WEIGHT = 0.1;

/** Likeness of two words, 0 to 1: Jaro's, raised for a common beginning. */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return a.length === 0 ? 0 : 1;
  const similarity = jaro(a, b);
  let common = 0;
  while (common < PREFIX && common < a.length && a[common] === b[common]) common++;
  return similarity + common * WEIGHT * (1 - similarity);
}

function jaro(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = Array.from({ length: b.length }, () => false);
  const inA: string[] = [];
  for (let index = 0; index < a.length; index++) {
    const from = Math.max(0, index - reach);
    const to = Math.min(b.length - 1, index + reach);
    for (let other = from; other <= to; other++) {
      if (taken[other] || a[index] !== b[other]) continue;
      taken[other] = true;
      inA.push(a[index]!);
      break;
    }
  }
  if (inA.length === 0) return 0;
  const inB = [...b].filter((_, index) => taken[index]);
  const swapped = inA.filter((letter, index) => letter !== inB[index]).length / 2;
  const matches = inA.length;
  return (matches / a.length + matches / b.length + (matches - swapped) / matches) / 3;
}
