import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HskError } from '../../src/protocol/errors.ts';
import type { Order } from '../../src/protocol/order.ts';
import { orderHash } from '../../src/protocol/order.ts';
import { checkQuote, parseQuote } from '../../src/market/quote.ts';
import { buyer, NOW, order, product, profile, signOrder } from './fixture.ts';

const request = {
  product,
  buyer: buyer.address,
  quantity: 250_000_000n,
  shownPrice: 10_250_000n,
};

async function refusal(change: Partial<Order>, quantity = request.quantity): Promise<string> {
  const changed = { ...order, ...change };
  // Signed by the real seller: each rule must hold by itself, not only because a signature breaks.
  const signature = await signOrder(changed);
  try {
    checkQuote(profile, { ...request, quantity }, { order: changed, signature }, NOW);
  } catch (error) {
    assert(error instanceof HskError);
    assert(error.details);
    return error.code;
  }
  return 'accepted';
}

describe('a quote', () => {
  it('is accepted when it is what was asked for, with the cost rounded up', async () => {
    const checked = checkQuote(profile, request, { order, signature: await signOrder(order) }, NOW);
    assert.equal(checked.cost, 2_562_500_000n);
    assert.equal(checked.hash, orderHash(31_178, profile.execution.contracts.settlement, order));
    assert.equal(await refusal({ buyer: `0x${'00'.repeat(20)}` }), 'accepted');
    const odd = checkQuote(
      profile,
      { ...request, quantity: 1_000_001n },
      { order, signature: await signOrder(order) },
      NOW,
    );
    assert.equal(odd.cost, 10_250_011n);
  });

  const other = `0x${'77'.repeat(20)}` as const;
  const cases: [string, Partial<Order>, bigint?][] = [
    ['QUOTE_SELLER', { seller: other }],
    ['QUOTE_ASSET', { asset: other }],
    ['QUOTE_PAYMENT', { payment: other }],
    ['QUOTE_TERMS', { termsHash: `0x${'00'.repeat(32)}` }],
    ['QUOTE_BUYER', { buyer: other }],
    ['QUOTE_QUANTITY', { maxQuantity: 249_999_999n }],
    ['QUOTE_QUANTITY', { minFill: 250_000_001n }],
    ['QUOTE_QUANTITY', { minFill: 0n }, 0n],
    ['QUOTE_PRICE', { price: 0n }],
    ['QUOTE_PRICE', { price: 10_352_501n }],
    ['QUOTE_NOT_YET', { validAfter: NOW + 1n }],
    ['QUOTE_EXPIRED', { validUntil: NOW + 9n }],
    ['QUOTE_EXPIRED', { validUntil: NOW - 100n }],
    ['QUOTE_TOO_LONG', { validUntil: NOW + 3601n }],
    ['accepted', { price: 10_352_500n }],
    ['accepted', { validUntil: NOW + 10n }],
    ['accepted', { minFill: 250_000_000n, maxQuantity: 250_000_000n }],
  ];
  for (const [code, change, quantity] of cases)
    it(`gives ${code} for ${JSON.stringify(change, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`, async () => {
      assert.equal(await refusal(change, quantity), code);
    });

  it('is refused when somebody else signed it, or the signature is no signature', async () => {
    for (const signature of [await signOrder(order, buyer), `0x${'00'.repeat(65)}` as const])
      assert.throws(
        () => checkQuote(profile, request, { order, signature }, NOW),
        (error: HskError) => error.code === 'QUOTE_SIGNATURE',
      );
  });

  it('is refused when a field was changed after signing', async () => {
    const signature = await signOrder(order);
    assert.throws(
      () => checkQuote(profile, request, { order: { ...order, price: 10_000_000n }, signature }, NOW),
      (error: HskError) => error.code === 'QUOTE_SIGNATURE',
    );
  });

  it('is parsed at the boundary', async () => {
    const wire = JSON.parse(
      JSON.stringify({ order, signature: await signOrder(order), hash: '0x' }, (_k, v: unknown) =>
        typeof v === 'bigint' ? String(v) : v,
      ),
    ) as { order: Record<string, unknown> };
    assert.equal(parseQuote(wire, 'quote').order.price, order.price);
    for (const field of Object.keys(order)) {
      const broken = { ...wire, order: { ...wire.order, [field]: 7.5 } };
      assert.throws(() => parseQuote(broken, 'quote'), new RegExp(`quote.order.${field}`));
    }
  });
});
