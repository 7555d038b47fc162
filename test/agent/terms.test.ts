import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from 'viem';
import { chooseTerms, readPaymentRequired, type TermsRequest } from '../../src/agent/terms.ts';
import { planPayment } from '../../src/agent/seal-payment.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import {
  encodeHeaderValue,
  type PaymentRequired,
  type PaymentRequirements,
} from '../../src/protocol/x402.ts';
import { requirementRef } from '../../src/protocol/x402-binding.ts';
import { refuses } from '../light-client/until.ts';

const TOKEN: Address = '0x2222222222222222222222222222222222222222';
const MERCHANT: Address = '0x1111111111111111111111111111111111111111';
const OTHER: Address = '0x3333333333333333333333333333333333333333';
const URL = 'https://shop.example/nav?of=BOND';
const now = 1_800_000_000n;

const request: TermsRequest = {
  profile: {
    execution: { chainId: 31178, contracts: { stablecoin: TOKEN } },
  } as unknown as Pick<ChainProfile, 'execution'>,
  budget: { payees: [OTHER, MERCHANT], perPayment: 100n, expiry: now + 3600n },
  url: URL,
  entry: { amount: 50n, payTo: MERCHANT },
  now,
};
const offer: PaymentRequirements = {
  scheme: 'exact',
  network: 'eip155:31178',
  amount: '50',
  asset: TOKEN,
  payTo: MERCHANT,
  maxTimeoutSeconds: 60,
  extra: { name: 'Hong Kong Dollar', version: '1' },
};
const demand = (...accepts: unknown[]): PaymentRequired =>
  ({ x402Version: 2, resource: { url: URL }, accepts }) as PaymentRequired;
const choose = (change: Partial<PaymentRequirements>, asked: Partial<TermsRequest> = {}) =>
  chooseTerms({ ...request, ...asked }, demand({ ...offer, ...change }));

test('the offer that agrees with profile, budget, catalogue and request is chosen', () => {
  assert.deepEqual(choose({}), offer);
  const upper = { asset: TOKEN.toUpperCase().replace('0X', '0x') as Address };
  assert.deepEqual(choose(upper), { ...offer, ...upper });
  const chosen = chooseTerms(request, demand({ ...offer, network: 'eip155:1' }, offer, { ...offer, amount: '49' })); // prettier-ignore
  assert.deepEqual(chosen, offer);
  // Cheaper than the catalogue says is no reason to refuse; without a catalogue the budget alone decides.
  assert.equal(choose({ amount: '1' }).amount, '1');
  assert.equal(choose({ amount: '100' }, { entry: undefined }).amount, '100');
});

for (const [what, code, change, asked] of [
  ['another network', 'TERMS_NETWORK', { network: 'eip155:1' }],
  ['a network of another kind', 'TERMS_NETWORK', { network: 'solana:31178' }],
  ['another asset', 'TERMS_ASSET', { asset: OTHER }],
  ['another EIP-712 name', 'TERMS_ASSET', { extra: { name: 'HKD', version: '1' } }],
  ['another EIP-712 version', 'TERMS_ASSET', { extra: { name: 'Hong Kong Dollar', version: '2' } }],
  ['a payee the owner did not allow', 'TERMS_PAYEE', { payTo: TOKEN }, { entry: undefined }],
  ['a payee other than the catalogue’s', 'TERMS_PAYEE', { payTo: OTHER }],
  ['nothing', 'TERMS_AMOUNT', { amount: '0' }],
  ['more than the catalogue says', 'TERMS_AMOUNT', { amount: '51' }],
  ['more than one payment may be', 'TERMS_AMOUNT', { amount: '101' }, { entry: undefined }],
  ['too little time', 'TERMS_TIMEOUT', { maxTimeoutSeconds: 9 }],
  ['too much time', 'TERMS_TIMEOUT', { maxTimeoutSeconds: 601 }],
  [
    'payment from a budget that ends',
    'BUDGET_EXPIRED',
    {},
    { budget: { ...request.budget, expiry: now + 9n } },
  ],
  ['payment from a budget for nobody', 'TERMS_PAYEE', {}, { budget: { ...request.budget, payees: [] } }],
] as [string, string, Partial<PaymentRequirements>, Partial<TermsRequest>?][])
  test(`refused: ${what}`, () => {
    assert.throws(() => choose(change, asked), refuses(code));
  });

test('refused: no offer, or one for another resource', () => {
  assert.throws(() => chooseTerms(request, demand()), refuses('TERMS_SCHEME'));
  for (const url of ['https://shop.example/nav', `${URL}#`, 'http://shop.example/nav?of=BOND', ''])
    assert.throws(
      () => chooseTerms(request, { ...demand(offer), resource: { url } }),
      refuses('TERMS_RESOURCE'),
    );
});

test('a demand is read leniently where it may be, and refused where it cannot be read', () => {
  const header = encodeHeaderValue(demand({ scheme: 'upto', network: 7 }, null, offer));
  assert.deepEqual(readPaymentRequired(header).accepts, [offer]);
  for (const bad of [null, '', '%', 'e30=', encodeHeaderValue({ ...demand(offer), x402Version: 1 })])
    assert.throws(() => readPaymentRequired(bad), refuses('TERMS_UNREADABLE'));
});

test('what is signed comes from the request and never outlives the budget', () => {
  const nonce = `0x${'07'.repeat(32)}` as const;
  const plan = (expiry: bigint, terms = offer) =>
    planPayment({ payees: [], account: OTHER, expiry }, terms, { url: URL, nonce, since: 9n, now }).authorization;
  const { to, value, validBefore, deadline, requirementRef: ref } = plan(now + 3600n);
  assert.deepEqual([to, value, validBefore], [MERCHANT, 50n, now + 60n]);
  assert.ok(deadline > validBefore);
  assert.equal(ref, requirementRef(URL, offer));
  assert.equal(plan(now + 20n).validBefore, now + 20n);
  assert.equal(plan(now + 3600n, { ...offer, maxTimeoutSeconds: 600 }).validBefore, now + 300n);
  assert.notEqual(plan(now + 20n).mandateNonce, plan(now + 20n).mandateNonce);
});
