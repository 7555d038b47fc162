import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAbiParameters, type Hex, keccak256, zeroHash } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { capabilityId, requiredCapabilitiesHash } from '../../src/protocol/capability.ts';
import {
  addressRecipient,
  type DelegationGrant,
  eoaSigner,
  GRANT_TYPES,
  grantHash,
  HSP_TYPES,
  hspDomain,
  type HspDomain,
  identifier,
  type Mandate,
  mandateHash,
  Outcome,
  type Receipt,
  RECEIPT_TYPES,
  receiptHash,
} from '../../src/protocol/hsp.ts';
import { verifyGrant, verifyMandate, verifyReceipt } from '../../src/protocol/verify-mandate.ts';
import { flipBit, vector, withCode } from './vectors.ts';

interface File<I> {
  vectors: { id: string; input: { domain: HspDomain } & I; expected_output: { hash: Hex } }[];
}
type Json<T> = { [K in keyof T]: T[K] extends bigint ? string | number : T[K] };

/** The same message with one leaf altered, for every leaf but the vectors' own notes. */
function* alterations<T extends object>(message: T): Generator<[string, T]> {
  for (const [field, value] of Object.entries(message)) {
    if (field.startsWith('_')) continue;
    const change = (altered: unknown) => ({ ...message, [field]: altered });
    if (typeof value === 'bigint') yield [field, change(value + 1n)];
    else if (typeof value === 'number') yield [field, change(value ^ 1)];
    else if (Array.isArray(value)) yield [field, change([...(value as Hex[]), zeroHash])];
    else if (typeof value === 'string')
      yield [field, change(value === '0x' ? '0x01' : flipBit(value as Hex, 2))];
    else
      for (const [inner, altered] of alterations(value as object))
        yield [`${field}.${inner}`, change(altered)];
  }
}

/** The hash is the vector's, and no other message or domain has it. */
function hashes<T extends object>(
  hash: (domain: HspDomain, message: T) => Hex,
  domain: HspDomain,
  message: T,
  expected: Hex,
): void {
  assert.equal(hash(domain, message), expected);
  for (const [field, altered] of alterations(message))
    assert.notEqual(hash(domain, altered), expected, field);
  for (const change of [
    { chainId: domain.chainId + 1 },
    { version: '2' },
    { name: 'hsp' },
    { verifyingContract: flipBit(domain.verifyingContract, 150) },
  ])
    assert.notEqual(hash({ ...domain, ...change }, message), expected);
}

for (const { id, input, expected_output } of vector<
  File<{ body: Json<Mandate>; _inline_recipient_payload?: { commitment: Hex; derivationContext: Hex } }>
>('hsp/mandate-hash.json').vectors)
  test(`mandate hash: ${id}`, () => {
    const { body, domain, _inline_recipient_payload: inline } = input;
    const recipient = inline
      ? {
          ...body.recipient,
          payload: encodeAbiParameters(
            [{ type: 'bytes32' }, { type: 'bytes32' }],
            [inline.commitment, inline.derivationContext],
          ),
        }
      : body.recipient;
    const mandate: Mandate = {
      ...body,
      recipient,
      amount: BigInt(body.amount),
      chainId: BigInt(body.chainId),
      deadline: BigInt(body.deadline),
    };
    hashes(mandateHash, domain, mandate, expected_output.hash);
  });

for (const { id, input, expected_output } of vector<File<{ grant: Json<DelegationGrant> }>>(
  'hsp/grant-hash.json',
).vectors)
  test(`grant hash: ${id}`, () => {
    const { grant, domain } = input;
    const message = { ...grant, notBefore: BigInt(grant.notBefore), expiry: BigInt(grant.expiry) };
    hashes(grantHash, domain, message, expected_output.hash);
  });

for (const { id, input, expected_output } of vector<File<{ receipt: Json<Receipt> & { adapterProof: Hex } }>>(
  'hsp/receipt-hash.json',
).vectors)
  test(`receipt hash: ${id}`, () => {
    const { receipt, domain } = input;
    const { adapterProof, ...fields } = receipt;
    const message = {
      ...fields,
      seq: BigInt(receipt.seq),
      settledAt: BigInt(receipt.settledAt),
      adapterProofHash: keccak256(adapterProof),
    };
    hashes(receiptHash, domain, message, expected_output.hash);
  });

const [owner, agent, operator, stranger] = [1, 2, 3, 4].map((n) => privateKeyToAccount(keccak256(`0x0${n}`)));
const domain = hspDomain(31178);
const now = 1_700_000_000n;
const kyc = capabilityId({ namespace: 'attests', name: 'kyc', version: 'v1', params: [] });
const other = capabilityId({ namespace: 'hides', name: 'amount', version: 'v1', params: [] });

const grant: DelegationGrant = {
  principal: eoaSigner(owner!.address),
  agent: eoaSigner(agent!.address),
  onchainPermissionRef: zeroHash,
  payerRequiredCaps: [kyc],
  payerAllowedCaps: [kyc],
  notBefore: now - 10n,
  expiry: now + 1000n,
  nonce: keccak256('0x07'),
};
const signGrant = (message: DelegationGrant, by = owner!) =>
  by.signTypedData({ domain, types: GRANT_TYPES, primaryType: 'DelegationGrant', message });
const mandate: Mandate = {
  nonce: keccak256('0x08'),
  signer: eoaSigner(agent!.address),
  grantRef: grantHash(domain, grant),
  requirementRef: zeroHash,
  recipient: addressRecipient(stranger!.address),
  token: stranger!.address,
  amount: 5n,
  chainId: 31178n,
  deadline: now + 60n,
  settlementBinding: keccak256('0x09'),
  requiredCapabilitiesHash: requiredCapabilitiesHash([kyc]),
};
const signMandate = (message: Mandate, by = agent!) =>
  by.signTypedData({ domain, types: HSP_TYPES, primaryType: 'Mandate', message });
const good = {
  mandate,
  signature: await signMandate(mandate),
  domain,
  now,
  capabilities: [kyc],
  grant: { grant, signature: await signGrant(grant) },
};

test('an agent pays from the principal it was empowered by', () => {
  assert.deepEqual(verifyMandate(good), {
    paymentId: mandateHash(domain, mandate),
    signer: agent!.address.toLowerCase(),
    principal: owner!.address.toLowerCase(),
  });
});

test('an account pays for itself', async () => {
  const own = { ...mandate, grantRef: zeroHash, signer: eoaSigner(owner!.address) };
  const decision = verifyMandate({
    ...good,
    mandate: own,
    signature: await signMandate(own, owner!),
    grant: undefined,
  });
  assert.equal(decision.principal, decision.signer);
});

test('each refusal of a mandate has its own code', async () => {
  const altered = (change: Partial<Mandate>) => ({ ...good, mandate: { ...mandate, ...change } });
  const signed = async (change: Partial<Mandate>) => {
    const message = { ...mandate, ...change };
    return { ...good, mandate: message, signature: await signMandate(message) };
  };
  const withGrant = async (change: Partial<DelegationGrant>) => {
    const message = { ...grant, ...change };
    return {
      ...(await signed({ grantRef: grantHash(domain, message) })),
      grant: { grant: message, signature: await signGrant(message) },
    };
  };
  const refused = (check: Parameters<typeof verifyMandate>[0], code: string) =>
    assert.throws(() => verifyMandate(check), withCode(code));
  refused(altered({ amount: 6n }), 'MANDATE_SIGNATURE');
  refused(altered({ settlementBinding: zeroHash }), 'MANDATE_SIGNATURE');
  refused({ ...good, signature: flipBit(good.signature, 100) }, 'MANDATE_SIGNATURE');
  refused(altered({ chainId: 1n }), 'MANDATE_CHAIN');
  refused({ ...good, now: mandate.deadline }, 'MANDATE_EXPIRED');
  refused({ ...good, capabilities: [] }, 'MANDATE_CAPABILITIES');
  refused({ ...good, capabilities: [other] }, 'MANDATE_CAPABILITIES');
  refused(
    altered({ signer: { profileId: identifier('erc1271.v1'), payload: mandate.signer.payload } }),
    'MANDATE_SIGNER_PROFILE',
  );
  refused({ ...good, grant: undefined }, 'MANDATE_GRANT_MISSING');
  refused(await signed({ grantRef: keccak256('0x') }), 'MANDATE_GRANT_OTHER');
  refused(await withGrant({ agent: eoaSigner(stranger!.address) }), 'MANDATE_GRANT_AGENT');
  refused(await withGrant({ payerRequiredCaps: [kyc, other] }), 'MANDATE_GRANT_FLOOR');
  refused(await withGrant({ payerRequiredCaps: [], payerAllowedCaps: [other] }), 'MANDATE_GRANT_CEILING');
  refused(await withGrant({ expiry: now }), 'GRANT_EXPIRED');
  refused(await withGrant({ notBefore: now + 1n }), 'GRANT_NOT_YET');
  refused({ ...good, grant: { grant, signature: await signGrant(grant, stranger!) } }, 'GRANT_SIGNATURE');
  assert.throws(
    () =>
      verifyGrant({
        grant: { ...grant, principal: { ...grant.principal, profileId: identifier('erc1271.v1') } },
        signature: good.grant.signature,
        domain,
        now,
      }),
    withCode('GRANT_SIGNER_PROFILE'),
  );
});

test('a receipt counts only from the pinned operator, for this payment', async () => {
  const adapterProof: Hex = '0x1234';
  const receipt: Receipt = {
    mandateHash: mandateHash(domain, mandate),
    adapterId: identifier('adapter:x402'),
    adapterInstanceKey: zeroHash,
    seq: 0n,
    outcome: Outcome.Settled,
    settledAt: now,
    proofSchemaId: identifier('x402.proof.v1'),
    adapterProofHash: keccak256(adapterProof),
  };
  const sign = (message: Receipt, by = operator!) =>
    by.signTypedData({ domain, types: RECEIPT_TYPES, primaryType: 'ReceiptPreimage', message });
  const pinned = {
    adapterId: receipt.adapterId,
    adapterInstanceKey: zeroHash,
    operator: operator!.address,
  };
  const check = {
    receipt,
    signature: await sign(receipt),
    adapterProof,
    domain,
    paymentId: receipt.mandateHash,
    adapters: [pinned],
  };
  const decision = verifyReceipt(check);
  assert.ok(decision.settled);
  assert.equal(decision.receiptHash, receiptHash(domain, receipt));
  const refused = (change: Partial<Parameters<typeof verifyReceipt>[0]>, code: string) =>
    assert.throws(() => verifyReceipt({ ...check, ...change }), withCode(code));
  refused({ paymentId: zeroHash }, 'RECEIPT_OTHER_PAYMENT');
  refused({ adapters: [] }, 'RECEIPT_ADAPTER_UNKNOWN');
  refused({ adapters: [{ ...pinned, adapterInstanceKey: keccak256('0x') }] }, 'RECEIPT_ADAPTER_UNKNOWN');
  refused({ signature: await sign(receipt, stranger!) }, 'RECEIPT_SIGNATURE');
  refused({ receipt: { ...receipt, seq: 1n } }, 'RECEIPT_SIGNATURE');
  refused({ receipt: { ...receipt, outcome: Outcome.Failed } }, 'RECEIPT_SIGNATURE');
  refused({ receipt: { ...receipt, outcome: 9 as Outcome } }, 'RECEIPT_OUTCOME');
  refused({ adapterProof: '0x12' }, 'RECEIPT_PROOF');
  const failed = { ...receipt, outcome: Outcome.Failed };
  assert.equal(verifyReceipt({ ...check, receipt: failed, signature: await sign(failed) }).settled, false);
});
