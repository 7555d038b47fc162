import { anchorLag, chainActivity, committeeHealth, stablecoinSupply } from './chain-figures.ts';
import { fundFigures } from './fund-figures.ts';
import type { Sources } from './sources.ts';

/** One thing on sale. Prices differ, so that an authorisation of one amount pays for one resource. */
export interface Resource {
  path: string;
  title: string;
  description: string;
  /** Base units of the stablecoin, six decimals. */
  price: bigint;
  /** Computed when it is bought. */
  produce(sources: Sources): Promise<unknown>;
}

export const RESOURCES: readonly Resource[] = [
  {
    path: 'fund-figures',
    title: 'Fund figures',
    description: 'Net asset value, change, volatility and deepest fall of every fund on offer.',
    price: 250_000n,
    produce: fundFigures,
  },
  {
    path: 'chain-activity',
    title: 'Chain activity',
    description: 'Transactions, gas and block times over the last sixty blocks.',
    price: 120_000n,
    produce: chainActivity,
  },
  {
    path: 'anchor-lag',
    title: 'Anchor lag',
    description: 'How long execution blocks wait to be anchored on the mainchain.',
    price: 180_000n,
    produce: anchorLag,
  },
  {
    path: 'stablecoin-supply',
    title: 'Stablecoin supply',
    description: 'Dollars in circulation and what the mainchain holds for them.',
    price: 150_000n,
    produce: stablecoinSupply,
  },
  {
    path: 'committee-health',
    title: 'Committee health',
    description: 'Who signed the newest attestation and how fast each member answers.',
    price: 200_000n,
    produce: committeeHealth,
  },
];
