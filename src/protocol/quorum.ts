/** Fewest distinct validators whose seals make a header final: ceil(2N/3). Two of four is not enough. */
export function qbftQuorum(validators: number): number {
  return Math.ceil((2 * validators) / 3);
}
