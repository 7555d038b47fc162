import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Fill,
  initialPurchase,
  purchase,
  type PurchaseEvent,
  type PurchaseState,
  type Settlement,
} from '../../src/market/purchase-machine.ts';
import type { CheckedQuote } from '../../src/market/quote.ts';
import { buyer, order } from './fixture.ts';

const who = buyer.address;
const other = `0x${'55'.repeat(20)}` as const;
const quote: CheckedQuote = {
  order,
  signature: `0x${'00'.repeat(65)}`,
  hash: `0x${'01'.repeat(32)}`,
  quantity: 250_000_000n,
  cost: 2_562_500_000n,
};
const fill: Fill = {
  quote,
  buyer: who,
  fillSalt: `0x${'02'.repeat(32)}`,
  payment: { validAfter: 0n, validBefore: order.validUntil, signature: `0x${'03'.repeat(65)}` },
  calldata: '0x1234',
};
const settlement: Settlement = {
  fill,
  transactionHash: `0x${'04'.repeat(32)}`,
  rung: 'attested',
  block: { number: 7n, hash: `0x${'05'.repeat(32)}`, timestamp: 1n },
  evidenceId: 'e',
  gasUsed: 200_000n,
};
const error = { code: 'TRANSPORT_UNREACHABLE', shortMessage: 'gone' };
const good = [{ code: 'AGE', met: true }];

function run(...events: PurchaseEvent[]): PurchaseState {
  return events.reduce(purchase, initialPurchase);
}

const toReview: PurchaseEvent[] = [
  { type: 'unlocked', buyer: who },
  { type: 'admitted' },
  { type: 'ask', quantity: 250_000_000n },
  { type: 'quoted', quote },
];
const toSettling: PurchaseEvent[] = [...toReview, { type: 'confirm' }, { type: 'signed', fill }];

describe('a purchase', () => {
  it('goes from nothing to a holding', () => {
    const steps: string[] = [];
    [
      { type: 'unlocked', buyer: who },
      { type: 'no-credential' },
      { type: 'applied' },
      { type: 'assessed', reasons: good },
      { type: 'prove' },
      { type: 'progress', stage: 'proof', fraction: 0.6 },
      { type: 'proved' },
      { type: 'sent' },
      { type: 'admitted' },
      { type: 'ask', quantity: 250_000_000n },
      { type: 'quoted', quote },
      { type: 'confirm' },
      { type: 'signed', fill },
      { type: 'sent' },
      { type: 'settled', settlement },
    ].reduce<PurchaseState>((state, event) => {
      const next = purchase(state, event as PurchaseEvent);
      steps.push(next.step);
      return next;
    }, initialPurchase);
    assert.deepEqual(
      [...new Set(steps)],
      [
        'checking',
        'needs-credential',
        'eligible',
        'proving',
        'admitting',
        'quoting',
        'reviewing',
        'settling',
        'settled',
      ],
    );
  });

  it('never goes back for a reason that is not met', () => {
    const state = run(
      { type: 'unlocked', buyer: who },
      { type: 'assessed', reasons: [...good, { code: 'COUNTRY', met: false }] },
    );
    assert.equal(state.step, 'ineligible');
    assert.equal(purchase(state, { type: 'prove' }).step, 'ineligible');
    assert.equal(purchase(state, { type: 'admitted' }).step, 'ineligible');
    assert.equal(purchase(state, { type: 'reapply' }).step, 'needs-credential');
  });

  it('goes through documents and a review to a decision, and back after a refusal', () => {
    const asked = run(
      { type: 'unlocked', buyer: who },
      { type: 'no-credential' },
      { type: 'applied' },
      { type: 'application', status: { state: 'documents', needs: ['registration'], received: [] } },
    );
    assert.equal(asked.step, 'documents');
    assert.equal(purchase(asked, { type: 'reapply' }), asked, 'an open application is withdrawn, not left');
    const sending = purchase(asked, { type: 'uploading', kind: 'registration', fraction: 0.4 });
    assert.deepEqual(sending.step === 'documents' && sending.sending, {
      kind: 'registration',
      fraction: 0.4,
    });
    const failed = purchase(sending, { type: 'failed', error });
    assert.ok(failed.step === 'documents' && failed.sending === undefined && failed.error === error);
    const review = purchase(sending, { type: 'application', status: { state: 'review', since: 5 } });
    assert.equal(review.step, 'in-review');
    assert.equal(purchase(review, { type: 'uploading', kind: 'registration', fraction: 1 }), review);
    const away = purchase(review, { type: 'problem', error });
    assert.equal(away.step === 'in-review' && away.error, error);
    assert.equal(purchase(away, { type: 'assessed', reasons: good }).step, 'eligible');
    const status = { state: 'refused', reason: 'document-expired', note: 'Page 2', at: 9 } as const;
    const refused = purchase(review, { type: 'application', status });
    assert.deepEqual(refused, { step: 'refused', buyer: who, reason: 'document-expired', note: 'Page 2' });
    assert.equal(purchase(refused, { type: 'prove' }), refused);
    assert.equal(purchase(refused, { type: 'reapply' }).step, 'needs-credential');
  });

  it('tells a credential that ran out or was taken back, from wherever that is learnt', () => {
    const checking = run({ type: 'unlocked', buyer: who });
    const eligible = purchase(checking, { type: 'assessed', reasons: good });
    for (const from of [checking, eligible]) {
      assert.equal(purchase(from, { type: 'removed' }).step, 'removed');
      const expired = purchase(from, { type: 'expired', endedOn: 20260101 });
      assert.equal(expired.step, 'expired');
      assert.equal(purchase(expired, { type: 'prove' }), expired);
      assert.equal(purchase(expired, { type: 'reapply' }).step, 'needs-credential');
    }
    const quoting = purchase(checking, { type: 'admitted' });
    assert.equal(purchase(quoting, { type: 'lapsed' }).step, 'checking');
    assert.equal(purchase(run(...toSettling), { type: 'lapsed' }).step, 'settling');
    assert.equal(purchase(quoting, { type: 'reapply' }).step, 'needs-credential');
  });

  it('keeps progress from running backwards', () => {
    const proving = run(
      { type: 'unlocked', buyer: who },
      { type: 'assessed', reasons: good },
      { type: 'prove' },
      { type: 'progress', stage: 'proof', fraction: 0.6 },
      { type: 'progress', stage: 'witness', fraction: 0.2 },
    );
    assert.equal(proving.step === 'proving' && proving.fraction, 0.6);
  });

  it('starts over when the wallet locks, but never after the signature is out', () => {
    assert.equal(purchase(run(...toReview), { type: 'locked' }).step, 'needs-wallet');
    assert.equal(purchase(run(...toSettling), { type: 'locked' }).step, 'settling');
    assert.equal(purchase(run(...toSettling), { type: 'unlocked', buyer: other }).step, 'settling');
    assert.equal(purchase(run(...toReview), { type: 'unlocked', buyer: other }).step, 'checking');
  });

  it('keeps the same fill through failures and resumption', () => {
    const settling = run(...toSettling);
    const after = [
      { type: 'problem', error } as const,
      { type: 'included' } as const,
      { type: 'sent' } as const,
      { type: 'confirm' } as const,
      { type: 'ask', quantity: 1n } as const,
      { type: 'quoted', quote: { ...quote, cost: 1n } } as const,
      { type: 'signed', fill: { ...fill, fillSalt: `0x${'ff'.repeat(32)}` } } as const,
      { type: 'again' } as const,
    ].reduce<PurchaseState>(purchase, settling);
    assert.equal(after.step === 'settling' && after.fill, fill);
    assert.equal(after.step === 'settling' && after.error?.code, error.code);
    assert.equal(after.step === 'settling' && after.progress, 'included');
    const recovered = purchase(after, { type: 'recovered' });
    assert.equal('error' in recovered && recovered.error, undefined);
    const resumed = run({ type: 'resumed', fill });
    assert.equal(resumed.step === 'settling' && resumed.fill, fill);
  });

  it('stands an error where it arose and lets it be tried again', () => {
    const asked = run(...toReview.slice(0, 3), { type: 'failed', error });
    assert.deepEqual(asked, { step: 'quoting', buyer: who, quantity: 250_000_000n, busy: false, error });
    assert.equal(purchase(asked, { type: 'quoted', quote }).step, 'reviewing');
    const proving = run(
      { type: 'unlocked', buyer: who },
      { type: 'assessed', reasons: good },
      { type: 'prove' },
    );
    const failed = purchase(proving, { type: 'failed', error });
    assert.equal(failed.step, 'eligible');
    assert.equal(purchase(failed, { type: 'prove' }).step, 'proving');
    const admitting = purchase(proving, { type: 'proved' });
    const stuck = purchase(admitting, { type: 'problem', error });
    assert.equal(stuck.step === 'admitting' && stuck.error, error);
    const refused = purchase(stuck, { type: 'failed', error });
    assert.deepEqual(refused, { step: 'eligible', buyer: who, reasons: good, error });
    const refusedToSign = run(...toReview, { type: 'confirm' }, { type: 'failed', error });
    assert.equal(refusedToSign.step === 'reviewing' && !refusedToSign.busy && refusedToSign.error, error);
  });

  it('ends as failed only when the chain has refused it', () => {
    assert.equal(run(...toReview, { type: 'refused', error }).step, 'reviewing');
    const failed = run(...toSettling, { type: 'refused', error });
    assert.equal(failed.step, 'failed');
    assert.equal(purchase(failed, { type: 'again' }).step, 'quoting');
  });

  it('ignores every event that does not belong to its state', () => {
    const state = run(...toSettling, { type: 'settled', settlement });
    for (const type of ['failed', 'refused', 'signed', 'quoted', 'admitted', 'locked', 'recovered'] as const)
      assert.equal(purchase(state, { type, error, fill, quote } as never), state);
  });
});
