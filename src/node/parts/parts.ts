/** What a node consists of. One process runs all of them, or any of them with the rest elsewhere. */
export const PARTS = [
  'mainchain',
  'execution',
  'committee',
  'anchorer',
  'bridge',
  'issuer',
  'desk',
  'faucet',
  'hsp',
] as const;

export type PartName = (typeof PARTS)[number];
