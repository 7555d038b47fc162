import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Abi, type Address, encodeFunctionData, type Hex, numberToHex } from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { executeClaim } from '../../src/evm/execute-claim.ts';
import { runCall } from '../../src/evm/run-call.ts';
import type { LightClient } from '../../src/light-client/light-client.ts';
import type { Query } from '../../src/light-client/light-client-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { type Evidence, parseEvidence } from '../../src/protocol/evidence.ts';
import { type EvidenceDecision, verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { compileProbe } from '../node/chain-contracts.ts';
import { schemaRefusal } from '../protocol/evidence-schema.ts';
import { localEvm } from './local-evm.ts';
import { holder, SmallDeployment } from './small-deployment.ts';
import { live, until } from './until.ts';

const { abi, bytecode } = compileProbe();
const WORD = (value: number) => numberToHex(value, { size: 32 });
const data = (functionName: string, args: unknown[] = []) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });

let chains: SmallDeployment;
let client: LightClient;
let probe: Address;
let lastBlock: bigint;

before(async () => {
  chains = await SmallDeployment.open();
  probe = await chains.deploy(bytecode);
  for (let count = 0; count < 3; count++) await chains.transfer(holder.address, 1n);
  const { block } = await chains.transfer(probe, 0n, data('fill', [1n, 5n, 7n]));
  await chains.attest(block);
  lastBlock = block.header.number;
  client = chains.client({ evm: localEvm });
  await client.start(chains.firstProfile);
  await until(client, live);
});
after(async () => {
  client.stop();
  await chains.close();
});

/** The document of the answer, as it is read back from its file. */
async function exported(query: Query): Promise<Evidence> {
  const { evidenceId } = await client.read(query);
  const json: unknown = JSON.parse(await client.evidence(evidenceId));
  assert.equal(schemaRefusal(json), undefined);
  return parseEvidence(json);
}

async function verified(document: Evidence): Promise<EvidenceDecision> {
  const profile = chains.firstProfile;
  const executed = await executeClaim(document, profile.execution.chainId, runCall);
  return verifyEvidence(document, profile, anchorRegistrySlots, executed);
}

/** Code of what the document is refused for. */
async function refusal(document: Evidence): Promise<string> {
  try {
    await verified(document);
  } catch (error) {
    assert.ok(error instanceof HskError && error.code === 'EVIDENCE_REFUSED', String(error));
    return (error.cause as HskError).code;
  }
  return 'accepted';
}

const CALLS: Record<string, () => Query & { kind: 'call' }> = {
  'a slot': () => ({ kind: 'call', call: { to: probe, data: data('slots', [3n]) } }),
  'an empty slot': () => ({ kind: 'call', call: { to: probe, data: data('slots', [300n]) } }),
  'the environment': () => ({
    kind: 'call',
    call: { from: holder.address, to: probe, data: data('environment') },
  }),
  'hashes of earlier blocks': () => ({ kind: 'call', call: { to: probe, data: data('hashes', [2n]) } }),
  'a nested revert': () => ({ kind: 'call', call: { to: probe, data: data('nested', [40n]) } }),
  'a created contract': () => ({ kind: 'call', call: { to: probe, data: data('make', [5n]) } }),
  'deep calls': () => ({ kind: 'call', call: { to: probe, data: data('deep', [12n]) } }),
  'the classic precompiles': () => ({
    kind: 'call',
    call: { to: probe, data: data('precompiles', [WORD(1), 27, WORD(5), WORD(6)]) },
  }),
  'a payment': () => ({
    kind: 'call',
    call: { from: holder.address, to: `0x${'77'.repeat(20)}`, value: 5n, gas: 90_000n },
  }),
  'a deployment': () => ({ kind: 'call', call: { from: holder.address, data: bytecode } }),
  'the gas of many writes': () => ({
    kind: 'call',
    method: 'eth_estimateGas',
    call: { from: holder.address, to: probe, data: data('fill', [15n, 30n, 9n]) },
  }),
};

describe('evidence of a call', () => {
  for (const [name, query] of Object.entries(CALLS))
    it(`${name}: is executed again by whoever verifies it`, async () => {
      const document = await exported(query());
      assert.equal(document.version, 3);
      const { claim, rung } = await verified(document);
      assert.equal(rung, 'attested');
      assert.ok(claim.kind === 'call');
      const { method, call } = claim;
      const params = [
        {
          ...call,
          ...(call.value !== undefined && { value: numberToHex(call.value) }),
          ...(call.gas !== undefined && { gas: numberToHex(call.gas) }),
        },
        numberToHex(claim.block),
      ];
      assert.equal(claim.result, await chains.execution.request(method, params));
    });

  it('is refused wherever something was changed or left out', async () => {
    const document = await exported(CALLS['hashes of earlier blocks']!());
    const { claim, proof } = document;
    assert.ok(claim.kind === 'call' && proof.kind === 'call');
    assert.ok(document.headers.length > 2, 'the headers whose hashes are asked for are there');
    const another = `0x${'11'.repeat(32)}` as Hex;
    assert.equal(await refusal({ ...document, claim: { ...claim, result: another } }), 'CLAIM_MISMATCH');
    assert.equal(
      await refusal({
        ...document,
        claim: { ...claim, call: { ...claim.call, data: data('hashes', [1n]) } },
      }),
      'CALL_STATE_MISSING',
    );
    assert.equal(await refusal({ ...document, headers: document.headers.slice(-1) }), 'CLAIM_BLOCK');
    assert.equal(
      await refusal({ ...document, proof: { ...proof, accounts: proof.accounts.slice(1) } }),
      'CALL_STATE_MISSING',
    );

    const slot = await exported(CALLS['a slot']!());
    assert.ok(slot.proof.kind === 'call');
    const { accounts } = slot.proof;
    const changed = (change: (account: (typeof accounts)[number]) => object): Evidence => ({
      ...slot,
      proof: { kind: 'call', accounts: accounts.map((account) => ({ ...account, ...change(account) })) },
    });
    assert.equal(await refusal(changed(() => ({ slots: [], storageProofs: [] }))), 'CALL_STATE_MISSING');
    assert.equal(await refusal(changed(() => ({ code: undefined }))), 'CALL_STATE_MISSING');
    assert.equal(
      await refusal(changed(({ code }) => (code ? { code: `${code.slice(0, -2)}00` } : {}))),
      'CLAIM_MISMATCH',
    );
    assert.notEqual(await refusal(changed(({ slots }) => ({ slots: slots.map(() => WORD(9)) }))), 'accepted');
    assert.notEqual(
      await refusal(changed(() => ({ accountProof: accounts[0]!.accountProof.slice(1) }))),
      'accepted',
    );
    assert.equal(await refusal(slot), 'accepted');
  });

  it('proves nothing to whoever has not executed it', async () => {
    const document = await exported(CALLS['a slot']!());
    const profile = chains.firstProfile;
    const executed = await executeClaim(document, profile.execution.chainId, runCall);
    for (const given of [undefined, { evidence: { ...document }, result: executed!.result }])
      assert.throws(
        () => verifyEvidence(document, profile, anchorRegistrySlots, given),
        (error: HskError) => (error.cause as HskError).code === 'CLAIM_NOT_EXECUTED',
      );
  });
});

describe('evidence of code and of a block', () => {
  it('the code of a contract', async () => {
    const document = await exported({ kind: 'code', address: probe });
    const { claim } = await verified(document);
    assert.ok(claim.kind === 'code' && claim.code.length > 1000);
    assert.equal(claim.code, await chains.execution.request('eth_getCode', [probe, 'latest']));
    assert.equal(
      await refusal({ ...document, claim: { ...claim, code: `${claim.code.slice(0, -2)}00` as Hex } }),
      'CLAIM_MISMATCH',
    );
    const none = await verified(await exported({ kind: 'code', address: `0x${'77'.repeat(20)}` }));
    assert.ok(none.claim.kind === 'code' && none.claim.code === '0x');
  });

  it('a block with all its transactions', async () => {
    const { value } = await client.read({ kind: 'block', number: lastBlock });
    assert.equal(value.header.number, lastBlock);
    const document = await exported({ kind: 'block', number: lastBlock });
    const { claim } = await verified(document);
    assert.ok(claim.kind === 'block');
    assert.deepEqual([claim.hash, claim.transactions], [value.hash, value.transactions]);
    assert.equal(claim.transactions.length, 1);
    assert.equal(
      await refusal({
        ...document,
        claim: { ...claim, transactions: [] },
        proof: { kind: 'block', transactions: [] },
      }),
      'CLAIM_MISMATCH',
    );
    assert.equal(await refusal({ ...document, claim: { ...claim, hash: WORD(1) } }), 'CLAIM_MISMATCH');
  });
});
