import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, encodeAbiParameters, encodeEventTopics, type Hex } from 'viem';
import {
  advance,
  describePayment,
  isOpen,
  type PaymentEvent,
  type PaymentPlan,
  type PaymentState,
  type SealedPayment,
} from '../../src/agent/payment.ts';
import { checkTransfer } from '../../src/agent/prove-payment.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import type { ProvenLog, ProvenReceipt } from '../../src/light-client/light-client-api.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { refuses } from '../light-client/until.ts';

const word = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const TOKEN: Address = `0x${'22'.repeat(20)}`;
const PAYER: Address = `0x${'44'.repeat(20)}`;
const MERCHANT: Address = `0x${'11'.repeat(20)}`;
const error = { code: 'X', shortMessage: 'x' };
const plan: PaymentPlan = {
  terms: {
    scheme: 'exact',
    network: 'eip155:1',
    amount: '5',
    asset: TOKEN,
    payTo: MERCHANT,
    maxTimeoutSeconds: 60,
    extra: { name: '', version: '' },
  },
  account: PAYER,
  authorization: {
    to: MERCHANT,
    value: 5n,
    validAfter: 0n,
    validBefore: 100n,
    nonce: word(1),
    deadline: 200n,
    mandateNonce: word(2),
    requirementRef: word(3),
  },
  since: 7n,
};
const sealed = { signature: '0x', paymentId: word(4) } as unknown as SealedPayment;
const proof = { transaction: word(5), rung: 'attested', evidenceId: 'e' } as const;
const asking: PaymentState = {
  status: 'asking',
  id: word(1),
  budgetId: '1000',
  url: 'https://shop.example/',
  title: 'Thing',
  payTo: TOKEN,
  amount: 0n,
  startedAt: 1,
};
const after = (...events: PaymentEvent[]) => events.reduce(advance, asking);
const accepted: PaymentEvent = { type: 'accepted', plan };
const signed: PaymentEvent = { type: 'signed', sealed };
const receipted: PaymentEvent = { type: 'receipted', transaction: proof.transaction };

test('a payment goes from the request to a proven transfer', () => {
  const statuses = [accepted, signed, receipted, { type: 'proven', proof } as const].map(
    (_, index, events) => after(...events.slice(0, index + 1)).status,
  );
  assert.deepEqual(statuses, ['signing', 'presented', 'proving', 'paid']);
  const paid = after(accepted, signed, receipted, { type: 'proven', proof });
  assert.deepEqual(describePayment(paid), {
    id: word(1),
    budgetId: '1000',
    url: 'https://shop.example/',
    title: 'Thing',
    payTo: MERCHANT,
    amount: 5n,
    startedAt: 1,
    status: 'paid',
    paymentId: word(4),
    ...proof,
  });
});

test('from the signature to a proof the money may move, whatever the merchant says', () => {
  const open = [
    after(accepted),
    after(accepted, signed),
    after(accepted, signed, { type: 'problem', error }),
    after(accepted, signed, receipted),
    after(accepted, signed, { type: 'withheld', error }),
    after(accepted, signed, receipted, { type: 'withheld', error }),
    after(accepted, signed, { type: 'rejected', error }),
  ];
  for (const state of open) assert.ok(isOpen(state), state.status);
  const decided = [
    asking,
    after({ type: 'rejected', error }),
    after(accepted, { type: 'rejected', error }),
    after(accepted, signed, { type: 'lapsed', error }),
    after(accepted, signed, receipted, { type: 'proven', proof }),
    after(accepted, signed, { type: 'withheld', error }, { type: 'lost', proof, error }),
  ];
  for (const state of decided) assert.ok(!isOpen(state), state.status);
});

test('what is decided stays decided', () => {
  const events: PaymentEvent[] = [
    accepted,
    signed,
    receipted,
    { type: 'rejected', error },
    { type: 'withheld', error },
    { type: 'lapsed', error },
    { type: 'problem', error },
    { type: 'lost', proof, error },
  ];
  const paid = after(accepted, signed, receipted, { type: 'proven', proof });
  const lost = after(accepted, signed, { type: 'lost', proof, error });
  const refused = after(accepted, signed, { type: 'lapsed', error });
  for (const state of [paid, lost, refused])
    for (const event of events) assert.equal(advance(state, event), state, `${state.status} ${event.type}`);
  const raised = advance(paid, { type: 'proven', proof: { ...proof, rung: 'final' } });
  assert.equal(describePayment(raised).rung, 'final');
});

test('nothing that was signed is signed again or given up without a proof', () => {
  const presented = after(accepted, signed);
  assert.equal(advance(presented, { type: 'signed', sealed: { ...sealed, paymentId: word(9) } }), presented);
  assert.equal(advance(presented, { type: 'rejected', error }), presented);
  // A lie that was noticed may still be followed by the truth.
  const withheld = advance(presented, { type: 'withheld', error });
  assert.equal(advance(withheld, { type: 'problem', error: { ...error, code: 'Y' } }), withheld);
  assert.equal(advance(advance(withheld, receipted), { type: 'proven', proof }).status, 'paid');
});

const profile = { execution: { contracts: { stablecoin: TOKEN } } } as unknown as ChainProfile;
const log = (address: Address, logIndex: number, topics: Hex[], value?: bigint): ProvenLog => ({
  address,
  topics,
  data: value === undefined ? '0x' : encodeAbiParameters([{ type: 'uint256' }], [value]),
  logIndex,
  blockNumber: 8n,
  transactionHash: word(5),
  transactionIndex: 0,
});
const use = (authorizer: Address, nonce: Hex) =>
  encodeEventTopics({ abi: hongKongDollarAbi, eventName: 'AuthorizationUsed', args: { authorizer, nonce } }) as Hex[]; // prettier-ignore
const cancel = (authorizer: Address, nonce: Hex) =>
  encodeEventTopics({ abi: hongKongDollarAbi, eventName: 'AuthorizationCanceled', args: { authorizer, nonce } }) as Hex[]; // prettier-ignore
const move = (from: Address, to: Address) =>
  encodeEventTopics({ abi: hongKongDollarAbi, eventName: 'Transfer', args: { from, to } }) as Hex[];
const receipt = (logs: ProvenLog[], status: 'success' | 'reverted' = 'success'): ProvenReceipt => ({
  transactionHash: word(5),
  transactionIndex: 0,
  status,
  gasUsed: 1n,
  from: PAYER,
  to: TOKEN,
  input: '0x',
  logs,
});
const used = log(TOKEN, 3, use(PAYER, word(1)));
const moved = log(TOKEN, 4, move(PAYER, MERCHANT), 5n);

test('a transfer counts by the nonce it used and the money that moved with it', () => {
  checkTransfer(profile, plan, receipt([used, moved]));
  const batch = [log(TOKEN, 0, use(PAYER, word(9))), log(TOKEN, 1, move(PAYER, TOKEN), 5n), used, moved];
  checkTransfer(profile, plan, receipt(batch));
});

for (const [what, shown] of [
  ['nothing', receipt([])],
  ['a reverted transaction', receipt([used, moved], 'reverted')],
  ['another nonce', receipt([log(TOKEN, 3, use(PAYER, word(9))), moved])],
  ['another payer', receipt([log(TOKEN, 3, use(MERCHANT, word(1))), moved])],
  ['a cancelled authorisation', receipt([log(TOKEN, 3, cancel(PAYER, word(1))), moved])],
  ['another recipient', receipt([used, log(TOKEN, 4, move(PAYER, TOKEN), 5n)])],
  ['another amount', receipt([used, log(TOKEN, 4, move(PAYER, MERCHANT), 4n)])],
  ['no amount', receipt([used, log(TOKEN, 4, move(PAYER, MERCHANT))])],
  [
    'logs of another contract',
    receipt([
      { ...used, address: PAYER },
      { ...moved, address: PAYER },
    ]),
  ],
  ['a transfer that belongs to another nonce', receipt([moved, { ...used, logIndex: 5 }])],
  ['a use without a transfer', receipt([used])],
] as const)
  test(`it does not count: ${what}`, () => {
    assert.throws(() => checkTransfer(profile, plan, shown), refuses('TRANSFER_MISMATCH'));
  });
