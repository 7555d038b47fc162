import { privateKeyToAccount } from 'viem/accounts';
import { type Order, ORDER_TYPES, orderDomain } from '../../src/protocol/order.ts';
import type { ChainProfile, Product } from '../../src/protocol/profile.ts';

/** The desk's key of these tests. */
export const seller = privateKeyToAccount(`0x${'11'.repeat(32)}`);
export const buyer = privateKeyToAccount(`0x${'22'.repeat(32)}`);

const at = (byte: string) => `0x${byte.repeat(20)}` as const;

export const product: Product = {
  token: at('f1'),
  symbol: 'PHMM',
  name: 'Harbour Money Market Fund',
  decimals: 6,
  seller: seller.address.toLowerCase() as `0x${string}`,
  policy: {
    allowedCountries: [344],
    kindMask: 3,
    minTier: 1,
    minAge: 18,
    mustBeScreened: true,
    maxGeneration: 7,
  },
  scopeTag: 'admission',
  termsHash: `0x${'ab'.repeat(32)}`,
  termsUrl: 'http://127.0.0.1:1/desk/terms/PHMM',
};

export const profile: ChainProfile = {
  version: 1,
  name: 'Test',
  mainchain: {
    chainId: 31_177,
    rpcUrls: ['http://127.0.0.1:1/mainchain'],
    checkpoint: {
      number: 0n,
      hash: `0x${'01'.repeat(32)}`,
      validators: [at('01'), at('02'), at('03'), at('04')],
    },
    finalityDepth: 2,
    contracts: { anchorRegistry: at('a1'), vault: at('a2'), stablecoin: at('a3') },
  },
  execution: {
    chainId: 31_178,
    rpcUrls: ['http://127.0.0.1:1/execution'],
    currency: 'HSK',
    contracts: {
      lockbox: at('e0'),
      stablecoin: at('e1'),
      identityRegistry: at('e2'),
      settlement: at('e3'),
      mandateRegistry: at('e4'),
    },
  },
  committee: {
    epoch: 1n,
    threshold: 3,
    keys: ['b1', 'b2', 'b3', 'b4'].map((b) => `0x${b.repeat(96)}` as const),
  },
  services: {
    committee: ['http://127.0.0.1:1/committee/0'],
    issuer: 'http://127.0.0.1:1/issuer',
    faucet: 'http://127.0.0.1:1/faucet',
    desk: 'http://127.0.0.1:1/desk',
    hsp: 'http://127.0.0.1:1/hsp',
    facilitator: 'http://127.0.0.1:1/x402',
  },
  hsp: { adapters: [] },
  products: [product],
  mandates: { service: at('e5'), policy: { ...product.policy, kindMask: 3 } },
  circuit: {
    name: 'zkid_v2',
    r1cs: `0x${'00'.repeat(32)}`,
    wasm: `0x${'00'.repeat(32)}`,
    zkey: `0x${'00'.repeat(32)}`,
    vkey: `0x${'00'.repeat(32)}`,
    development: true,
  },
};

export const NOW = 1_790_000_000n;

export const order: Order = {
  seller: product.seller,
  buyer: buyer.address,
  asset: product.token,
  payment: profile.execution.contracts.stablecoin,
  price: 10_250_000n,
  maxQuantity: 1_000_000_000n,
  minFill: 1_000_000n,
  validAfter: NOW - 5n,
  validUntil: NOW + 300n,
  salt: `0x${'cd'.repeat(32)}`,
  primary: true,
  termsHash: product.termsHash,
  payout: at('99'),
};

export function signOrder(value: Order, by = seller): Promise<`0x${string}`> {
  return by.signTypedData({
    domain: orderDomain(profile.execution.chainId, profile.execution.contracts.settlement),
    types: ORDER_TYPES,
    primaryType: 'Order',
    message: value,
  });
}
