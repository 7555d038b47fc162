import type { Address } from 'viem';
import type { Policy } from '../../protocol/zkid.ts';
import { ALLOWED_COUNTRIES } from './countries.ts';

/** A product as the issuer designs it, before it has an address. */
export interface Offering {
  symbol: string;
  name: string;
  /** Of the token. */
  decimals: number;
  policy: Policy;
  scopeTag: string;
  /** Net asset value of one unit at launch, base units of the Hong Kong dollar. */
  launchNav: bigint;
  /** Yearly accrual, parts per million of the launch value. */
  accrual: bigint;
  /** Base units of the token: what one order holds at least and at most. */
  minimum: bigint;
  maximum: bigint;
  /** Basis points of the cash, already inside the price. */
  subscriptionFee: number;
  /** Paragraphs of the offering document between its head and its common part. */
  summary: string[];
}

const ELIGIBLE: Policy = {
  allowedCountries: [...ALLOWED_COUNTRIES],
  // People and businesses.
  kindMask: 3,
  minTier: 1,
  minAge: 18,
  mustBeScreened: true,
  maxGeneration: 7,
};

export const OFFERINGS: readonly Offering[] = [
  {
    symbol: 'PHMM',
    name: 'Peak & Harbour HKD Money Market Fund',
    decimals: 6,
    policy: ELIGIBLE,
    scopeTag: 'admission-1',
    launchNav: 10_000_000n,
    accrual: 36_500n,
    minimum: 1_000_000n,
    maximum: 100_000_000_000n,
    subscriptionFee: 0,
    summary: [
      'The fund holds Hong Kong dollar deposits, Exchange Fund Bills and commercial paper with at most 90 days to maturity.',
      'Income accrues to the net asset value of each unit every day. There is no subscription fee.',
    ],
  },
  {
    symbol: 'PHGB',
    name: 'Peak & Harbour Green Bond 2029',
    decimals: 6,
    policy: ELIGIBLE,
    scopeTag: 'admission-1',
    launchNav: 100_000_000n,
    accrual: 41_000n,
    minimum: 1_000_000n,
    maximum: 10_000_000_000n,
    subscriptionFee: 0,
    summary: [
      'Senior unsecured notes due 2029; the proceeds finance harbour-side solar roofs and district cooling in Kowloon East.',
      'The price is quoted with accrued interest. Each unit stands for HK$100 of face value.',
    ],
  },
];

/** The offering document. Its keccak is in every order, so it is written once and kept. */
export function offeringDocument(offering: Offering, facts: { token: Address; chainId: number }): string {
  const units = (value: bigint) => (Number(value) / 10 ** offering.decimals).toLocaleString('en');
  return [
    offering.name,
    `Offering document · ${offering.symbol}`,
    '',
    ...offering.summary.flatMap((paragraph) => [paragraph, '']),
    `Token: ${facts.token} on chain ${facts.chainId}, ${offering.decimals} decimals.`,
    `One order: from ${units(offering.minimum)} to ${units(offering.maximum)} units.`,
    '',
    'Who may hold: natural persons of at least 18 years whose identity was verified and screened, and who are not',
    'resident in the United States, Iran, North Korea or Russia. Holders prove this without disclosing who they are.',
    'The same person may move a holding to another wallet by proving again.',
    '',
    'Settlement: units against Hong Kong dollar stablecoin in one transaction; either both move or neither does.',
    'A quote stands for five minutes. The price is the net asset value of the day.',
    '',
    'This deployment is a reference network. Its units and its dollars have no value outside it.',
    '',
  ].join('\n');
}
