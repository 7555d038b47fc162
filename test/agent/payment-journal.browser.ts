import { expect } from 'chai';
import type { PaymentState } from '../../src/agent/payment.ts';
import { indexedDbPaymentJournal, memoryPaymentJournal } from '../../src/agent/payment-journal.ts';

const common = (id: number, budgetId: string) =>
  ({
    id: `0x${id.toString(16).padStart(64, '0')}`,
    budgetId,
    url: `https://shop.example/${id}`,
    title: 'Thing',
    payTo: `0x${'11'.repeat(20)}`,
    amount: 5n,
    startedAt: id,
  }) as const;
const signed = { plan: { authorization: { value: 5n } }, sealed: { paymentId: '0x' } } as never as Pick<
  Extract<PaymentState, { status: 'presented' }>,
  'plan' | 'sealed'
>;
const proof = { transaction: '0x', rung: 'final', evidenceId: 'e' } as const;
const error = { code: 'X', shortMessage: 'x' };

const states: PaymentState[] = [
  { ...common(1, 'a'), ...signed, status: 'presented' },
  { ...common(2, 'a'), ...signed, status: 'paid', proof, delivered: false },
  { ...common(3, 'a'), ...signed, status: 'paid', proof, delivered: true },
  { ...common(4, 'b'), ...signed, status: 'failed', error },
  { ...common(5, 'b'), ...signed, status: 'failed', error, proof },
  { ...common(6, 'b'), status: 'refused', error },
];
const ids = (payments: PaymentState[]) => payments.map(({ startedAt }) => startedAt).toSorted();

for (const [what, open] of [
  ['IndexedDB', (deployment: string) => indexedDbPaymentJournal(deployment)],
  ['memory', () => memoryPaymentJournal()],
] as const)
  describe(`payment journal in ${what}`, () => {
    it('keeps payments and finds the unsettled ones', async () => {
      const journal = open(`${what}/1`);
      for (const state of states) await journal.put(state);
      expect(await journal.list()).to.have.deep.members(states);
      expect(await journal.get(states[0]!.id)).to.deep.equal(states[0]);
      expect(ids(await journal.unsettled())).to.deep.equal([1, 2, 4]);
      expect(ids(await journal.unsettled('b'))).to.deep.equal([4]);
      await journal.put({ ...common(1, 'a'), status: 'refused', error });
      expect(ids(await journal.unsettled('a'))).to.deep.equal([2]);
      expect(await journal.list()).to.have.length(6);
    });

    it('knows only its own deployment', async () => {
      const journal = open(`${what}/2`);
      expect(await journal.list()).to.deep.equal([]);
      expect(await journal.unsettled()).to.deep.equal([]);
      expect(await journal.get(states[0]!.id)).to.equal(undefined);
    });
  });
