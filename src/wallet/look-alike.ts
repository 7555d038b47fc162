import type { Address } from 'viem';

/** From so many characters shared at both ends on, one address is easily taken for another. */
const ALIKE = 8;

/**
 * The known address that `address` could be mistaken for: not the same, but alike at the ends, which is all
 * that most people compare. Such addresses are made on purpose.
 */
export function lookAlike(address: Address, known: readonly Address[]): Address | undefined {
  const asked = address.slice(2).toLowerCase();
  return known.find((candidate) => {
    const other = candidate.slice(2).toLowerCase();
    if (other === asked) return false;
    return shared(asked, other) + shared(reverse(asked), reverse(other)) >= ALIKE;
  });
}

function shared(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function reverse(text: string): string {
  return [...text].toReversed().join('');
}
