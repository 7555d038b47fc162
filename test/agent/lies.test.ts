import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { bytesToHex, type Hex, keccak256 } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { Agent } from '../../src/agent/agent.ts';
import { hspDomain, identifier, receiptHash } from '../../src/protocol/hsp.ts';
import { parseSignedReceipt, type SignedReceipt, toJson } from '../../src/protocol/hsp-json.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import type { PaymentRequired, PaymentRequirements } from '../../src/protocol/x402.ts';
import { encodeObservation, decodeObservation } from '../../src/protocol/x402-binding.ts';
import { refuses } from '../light-client/until.ts';
import { Bench, otherReceipt, otherTerms, presented } from './fixture.ts';

let bench: Bench;
let budgetId: string;
before(async () => {
  bench = await Bench.open();
  const opened = await bench.agent().open(await bench.newBudget({ total: 4_000_000n }));
  budgetId = opened.budget.id;
});
after(() => bench.close());
afterEach(() => bench.closeAgents());

const fresh = () => bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
const signed = async () => (await bench.vault.budgets()).find(({ id }) => id === budgetId)!.signed;

/** Pays for a resource and expects it to be withheld. */
async function withheld(agent: Agent, resource: string, code: string): Promise<void> {
  await assert.rejects(agent.fetch(budgetId, bench.url(resource)), refuses(code));
  const [payment] = await agent.payments(budgetId);
  assert.deepEqual([payment!.status, payment!.error?.code], ['failed', code]);
  assert.equal(payment!.rung, undefined);
}

describe('terms that an agent does not accept', () => {
  const change = (part: Partial<PaymentRequirements>) => (required: PaymentRequired) => ({
    ...required,
    accepts: required.accepts.map((offer) => ({ ...offer, ...part })),
  });
  const stranger = privateKeyToAccount(generatePrivateKey()).address;
  for (const [what, code, altered] of [
    ['another asset', 'TERMS_ASSET', change({ asset: stranger })],
    ['another name of the asset', 'TERMS_ASSET', change({ extra: { name: 'USD Coin', version: '2' } })],
    ['another network', 'TERMS_NETWORK', change({ network: 'eip155:8453' })],
    ['another payee', 'TERMS_PAYEE', change({ payTo: stranger })],
    ['more than the catalogue says', 'TERMS_AMOUNT', change({ amount: '120001' })],
    ['nothing at all', 'TERMS_AMOUNT', change({ amount: '0' })],
    ['a time that has run out', 'TERMS_TIMEOUT', change({ maxTimeoutSeconds: 0 })],
    ['a time without end', 'TERMS_TIMEOUT', change({ maxTimeoutSeconds: 1_000_000 })],
    ['another scheme', 'TERMS_SCHEME', change({ scheme: 'upto' as 'exact' })],
    [
      'payment for another resource',
      'TERMS_RESOURCE',
      (required: PaymentRequired) => ({ ...required, resource: { url: 'https://elsewhere.example/' } }),
    ],
    ['nothing that can be read', 'TERMS_UNREADABLE', () => 'pay me'],
  ] as const)
    it(`asks for ${what}`, async () => {
      const shown: unknown[] = [];
      const liar = otherTerms(altered);
      const agent = bench.agent({
        fetch: (input, init) => {
          if (presented(init)) shown.push(init);
          return liar(input, init);
        },
      });
      await agent.catalogue(`${bench.origin}/catalogue`);
      const before = await signed();
      await assert.rejects(agent.fetch(budgetId, bench.url('chain-activity')), refuses(code));
      const [payment] = await agent.payments(budgetId);
      assert.deepEqual([payment!.status, payment!.error?.code], ['refused', code]);
      assert.equal(await signed(), before);
      assert.deepEqual(shown, []);
    });

  it('takes the one acceptable offer among others', async () => {
    const agent = bench.agent({
      fetch: otherTerms(({ accepts: [offer], ...required }) => ({
        ...required,
        accepts: [{ scheme: 'upto' }, { ...offer, network: 'eip155:1' }, offer],
      })),
    });
    assert.equal((await agent.fetch(budgetId, bench.url('chain-activity'))).status, 200);
  });
});

describe('a merchant that lies about its settlement', () => {
  const receiptIn = (response: Record<string, unknown>): SignedReceipt =>
    parseSignedReceipt((response['extensions'] as { hsp: unknown }).hsp, 'hsp');
  const sign = async (by: PrivateKeyAccount, receipt: SignedReceipt): Promise<SignedReceipt> => ({
    ...receipt,
    signature: await by.sign({
      hash: receiptHash(hspDomain(bench.profile.execution.chainId), receipt.receipt),
    }),
  });
  const withReceipt = (response: Record<string, unknown>, receipt: SignedReceipt) => ({
    ...response,
    extensions: { hsp: toJson(receipt) },
  });

  it('hands out something without having settled, or without a receipt', async () => {
    const silent = bench.agent({ fetch: otherReceipt(() => undefined) });
    await withheld(silent, 'fund-figures', 'RECEIPT_MISSING');
    // Undecided: the honest answer to the same payment is believed, and nothing is paid twice.
    const before = await signed();
    const honest = bench.agent();
    assert.equal((await honest.fetch(budgetId, bench.url('fund-figures'))).status, 200);
    assert.equal(await signed(), before);

    const plain = bench.agent({
      fetch: otherReceipt((response) => ({ ...response, extensions: undefined })),
    });
    await withheld(plain, 'fund-figures', 'RECEIPT_MISSING');
    await honest.fetch(budgetId, bench.url('fund-figures'));
    const garbled = bench.agent({ fetch: otherReceipt(() => 'thanks') });
    await withheld(garbled, 'fund-figures', 'RECEIPT_UNREADABLE');
    await honest.fetch(budgetId, bench.url('fund-figures'));
    const unsettled = bench.agent({ fetch: otherReceipt((r) => ({ ...r, success: false })) });
    await withheld(unsettled, 'fund-figures', 'RECEIPT_MISMATCH');
    await honest.fetch(budgetId, bench.url('fund-figures'));
  });

  it('shows the receipt of another payment', async () => {
    let kept: Record<string, unknown> | undefined;
    await bench
      .agent({ fetch: otherReceipt((response) => (kept = response)) })
      .fetch(budgetId, bench.url('anchor-lag'));
    const whole = bench.agent({ fetch: otherReceipt(() => kept) });
    await withheld(whole, 'stablecoin-supply', 'RECEIPT_MISMATCH');
    const receipt = otherReceipt((response) => ({ ...response, extensions: kept!['extensions'] }));
    await withheld(bench.agent({ fetch: receipt }), 'stablecoin-supply', 'RECEIPT_OTHER_PAYMENT');
  });

  it('shows a receipt by a stranger, or one that it altered', async () => {
    const stranger = privateKeyToAccount(generatePrivateKey());
    const forged = otherReceipt(async (r) => withReceipt(r, await sign(stranger, receiptIn(r))));
    await withheld(bench.agent({ fetch: forged }), 'committee-health', 'RECEIPT_SIGNATURE');
    const altered = otherReceipt((r) => {
      const receipt = receiptIn(r);
      return withReceipt(r, { ...receipt, receipt: { ...receipt.receipt, seq: 9n } });
    });
    await withheld(bench.agent({ fetch: altered }), 'committee-health', 'RECEIPT_SIGNATURE');
    const otherProof = otherReceipt((r) => withReceipt(r, { ...receiptIn(r), adapterProof: fresh() }));
    await withheld(bench.agent({ fetch: otherProof }), 'committee-health', 'RECEIPT_PROOF');
    const otherHash = otherReceipt((r) => ({ ...r, transaction: fresh() }));
    await withheld(bench.agent({ fetch: otherHash }), 'committee-health', 'RECEIPT_MISMATCH');
  });

  // An operator that the profile pins and that lies: only the light client stands between.
  const operator = privateKeyToAccount(generatePrivateKey());
  const misled = (): ChainProfile => ({
    ...bench.profile,
    hsp: {
      adapters: bench.profile.hsp.adapters.map((adapter) =>
        adapter.adapterId === identifier('adapter:x402')
          ? { ...adapter, operator: operator.address }
          : adapter,
      ),
    },
  });
  const claims = (transaction: (real: Hex) => Hex) =>
    otherReceipt(async (response) => {
      const receipt = receiptIn(response);
      const observed = decodeObservation(receipt.adapterProof);
      const transactionHash = transaction(observed.transactionHash);
      const adapterProof = encodeObservation({ ...observed, transactionHash });
      const moved = {
        ...receipt,
        adapterProof,
        receipt: { ...receipt.receipt, adapterProofHash: keccak256(adapterProof) },
      };
      return {
        ...withReceipt(response, await sign(operator, moved)),
        transaction: transactionHash,
      };
    });

  it('names, with its operator, a transaction that does not exist', async () => {
    const agent = bench.agent({ profile: misled(), fetch: claims(fresh) });
    await withheld(agent, 'chain-activity', 'PAYMENT_UNPROVEN');
    const truthful = bench.agent({ profile: misled(), fetch: claims((real) => real) });
    assert.equal((await truthful.fetch(budgetId, bench.url('chain-activity'))).status, 200);
  });

  it('names, with its operator, a transaction that moved other money', async () => {
    const other = (await bench.agent().payments(budgetId)).find(({ status }) => status === 'paid')!;
    const agent = bench.agent({ profile: misled(), fetch: claims(() => other.transaction!) });
    await withheld(agent, 'chain-activity', 'TRANSFER_MISMATCH');
  });
});
