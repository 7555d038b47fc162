import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Address, numberToHex } from 'viem';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { schemaRefusal } from '../protocol/evidence-schema.ts';
import { type EvidenceDecision, verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { parseMisbehaviour } from '../../src/protocol/misbehaviour.ts';
import { verifyMisbehaviour } from '../../src/protocol/verify-misbehaviour.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { holder, type Lie, SmallDeployment } from './small-deployment.ts';
import { live, refuses, until } from './until.ts';

const PAYEE: Address = '0x00000000000000000000000000000000000000aa';

let chains: SmallDeployment;
const running: LightClient[] = [];

before(async () => {
  chains = await SmallDeployment.open();
});
after(async () => {
  running.forEach((client) => client.stop());
  await chains.close();
});

async function start(
  options: Parameters<SmallDeployment['client']>[0] & { profile?: ChainProfile } = {},
): Promise<LightClient> {
  const { profile = chains.firstProfile, ...rest } = options;
  const client = chains.client(rest);
  running.push(client);
  await client.start(profile);
  return client;
}

/** Opens the evidence of an answer and verifies it from the profile alone. */
async function verified(client: LightClient, evidenceId: string): Promise<EvidenceDecision> {
  const json: unknown = JSON.parse(await client.evidence(evidenceId));
  assert.equal(schemaRefusal(json), undefined);
  const document = parseEvidence(json);
  return verifyEvidence(document, chains.firstProfile, anchorRegistrySlots);
}

describe('light client', () => {
  it('syncs from the checkpoint to a verified head and proves a balance', async () => {
    const { block } = await chains.transfer(PAYEE, 5n);
    await chains.attest(block);
    const client = await start();
    const status = await until(client, live);
    assert.equal(status.heads.attested?.hash, block.hash);
    const proven = await client.read({ kind: 'account', address: PAYEE });
    assert.equal(
      numberToHex(proven.value.balance),
      await chains.execution.request('eth_getBalance', [PAYEE, 'latest']),
    );
    assert.equal(proven.rung, 'attested');
    assert.equal(proven.block.hash, block.hash);
    client.stop();
  });

  it('climbs from sequenced over attested and anchored to final', async () => {
    const client = await start();
    await until(client, live);
    const { block, hash } = await chains.transfer(PAYEE, 7n);
    const query = { kind: 'receipt', transactionHash: hash } as const;
    await assert.rejects(client.read(query), refuses('RECEIPT_PENDING'));
    const sequenced = await client.read({ ...query, minimum: 'sequenced' });
    assert.equal(sequenced.rung, 'sequenced');
    assert.equal((await verified(client, sequenced.evidenceId)).rung, 'sequenced');

    await chains.attest(block);
    await until(client, ({ heads }) => heads.attested?.hash === block.hash);
    const attested = await client.read(query);
    assert.equal(attested.rung, 'attested');
    assert.equal(attested.value.status, 'success');
    assert.equal(attested.value.from, holder.address.toLowerCase());
    assert.equal((await verified(client, attested.evidenceId)).rung, 'attested');
    const balance = await client.read({ kind: 'account', address: PAYEE });
    assert.equal((await verified(client, balance.evidenceId)).rung, 'attested');

    await chains.anchor(block.header.number, await chains.outputRoot(block));
    await until(client, ({ heads }) => heads.anchored?.hash === block.hash);
    assert.equal((await client.read({ kind: 'account', address: PAYEE })).rung, 'anchored');

    await until(client, ({ heads }) => heads.final?.hash === block.hash);
    assert.equal((await client.read(query)).rung, 'final');
    // An earlier answer's evidence has climbed with its block.
    for (const id of [sequenced.evidenceId, attested.evidenceId, balance.evidenceId]) {
      const { rung, claim } = await verified(client, id);
      assert.equal(rung, 'final');
      assert.ok(claim.kind !== 'logs' && claim.block === block.header.number);
    }
    const logs = await client.read({
      kind: 'logs',
      address: PAYEE,
      topics: [],
      fromBlock: 0n,
      toBlock: block.header.number,
    });
    assert.equal((await verified(client, logs.evidenceId)).rung, 'final');

    // A value that did not change since the final block is final, whatever the head.
    const later = await chains.transfer('0x00000000000000000000000000000000000000bb', 1n);
    await chains.attest(later.block);
    await until(client, ({ heads }) => heads.attested?.hash === later.block.hash);
    const unchanged = await client.read({ kind: 'account', address: PAYEE });
    assert.deepEqual([unchanged.rung, unchanged.block.hash], ['final', later.block.hash]);
    assert.equal((await verified(client, unchanged.evidenceId)).rung, 'final');
    assert.equal((await client.read({ kind: 'account', address: holder.address })).rung, 'attested');
    client.stop();
  });

  it('starts warm from what it verified, and does not go back behind it', async () => {
    const store = memoryStore();
    const first = await start({ store });
    const { heads } = await until(first, live);
    first.stop();
    const older = chains.latest;
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    const second = await start({ store });
    await until(second, (status) => status.heads.attested?.hash === block.hash);
    second.stop();

    const newest = chains.latest;
    chains.latest = older;
    const third = await start({ store });
    const behind = await until(third, ({ error }) => error?.code === 'EXECUTION_BEHIND');
    assert.equal(behind.heads.attested?.hash, block.hash);
    assert.ok(heads.attested!.number < block.header.number);
    chains.latest = newest;
    await until(third, live);
    third.stop();
  });

  it('answers a final receipt of an earlier visit without asking again', async () => {
    const store = memoryStore();
    const { block, hash } = await chains.transfer(PAYEE, 2n);
    await chains.attest(block);
    await chains.anchor(block.header.number, await chains.outputRoot(block));
    const query = { kind: 'receipt', transactionHash: hash, minimum: 'final' } as const;
    const first = await start({ store });
    await until(first, ({ heads }) => heads.final?.hash === block.hash);
    const { value } = await first.read(query);
    first.stop();

    const asked: string[] = [];
    const second = await start({
      store,
      lie: (_chain, method, _params, answer) => {
        asked.push(method);
        return answer;
      },
    });
    await until(second, ({ heads }) => heads.final?.hash === block.hash);
    assert.deepEqual((await second.read(query)).value, value);
    assert.ok(!asked.includes('eth_getTransactionReceipt') && !asked.includes('eth_getBlockReceipts'));
    second.stop();
  });

  it('links a head far above the last one by the hashes the state keeps', async () => {
    const client = await start();
    await until(client, live);
    for (let count = 0; count < 60; count++) await chains.transfer(PAYEE, 1n);
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    await until(client, ({ heads }) => heads.attested?.hash === block.hash);
    const old = await client.header(block.header.number - 50n);
    assert.equal(old.number, block.header.number - 50n);
    client.stop();
  });

  it('says unreachable while nobody answers, and recovers by itself', async () => {
    let down = false;
    const lie: Lie = (_chain, _method, _params, answer) => {
      if (down) throw new HskError('TRANSPORT_UNREACHABLE', 'No endpoint of the chain answered');
      return answer;
    };
    const client = await start({ lie });
    await until(client, live);
    down = true;
    await until(client, ({ phase }) => phase === 'unreachable');
    await assert.rejects(
      client.read({ kind: 'account', address: '0x00000000000000000000000000000000000000cc' }),
      refuses('TRANSPORT_UNREACHABLE'),
    );
    down = false;
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    await until(client, ({ phase, heads }) => phase === 'live' && heads.attested?.hash === block.hash);
    client.stop();
  });

  it('proves complete logs of a range and refuses an over-wide one', async () => {
    const client = await start();
    await until(client, live);
    const range = { kind: 'logs' as const, address: PAYEE, topics: [], fromBlock: 0n };
    const { value, block } = await client.read({ ...range, toBlock: 1n << 64n });
    assert.deepEqual(value, []);
    assert.equal(block.number, BigInt(chains.execution.head().header.number));
    await assert.rejects(
      client.request({ method: 'eth_getLogs', params: [{ fromBlock: '0x0', toBlock: '0xffffff' }] }),
      refuses('BLOCK_NOT_ATTESTED'),
    );
    client.stop();
  });

  it('follows the registry to the committee of a new epoch, and believes the old one nothing more', async () => {
    const client = await start();
    await until(client, live);
    const old = await chains.transfer(PAYEE, 1n);
    await chains.changeEpoch(2n);
    await chains.attest(old.block, { epoch: 1n });
    const turning = await until(client, ({ error }) => error?.code === 'ATTESTATION_EPOCH_TURNS');
    assert.equal(turning.phase, 'syncing');
    assert.notEqual(turning.heads.attested?.hash, old.block.hash);
    await chains.attest(old.block);
    await until(client, ({ phase, heads }) => phase === 'live' && heads.attested?.hash === old.block.hash);
    const { evidenceId } = await client.read({ kind: 'account', address: PAYEE });
    const evidence = parseEvidence(JSON.parse(await client.evidence(evidenceId)));
    assert.ok(evidence.mainchain?.committeeProof);
    assert.equal(verifyEvidence(evidence, chains.firstProfile, anchorRegistrySlots).rung, 'attested');
    client.stop();
  });

  it('refuses a committee that the registry does not know', async () => {
    const client = await start({
      profile: chains.firstProfile,
      lie: (_chain, method, _params, answer) =>
        method === 'hsk_getCommittee' ? { ...(answer as object), threshold: 1 } : answer,
    });
    await until(client, ({ error }) => error?.code === 'COMMITTEE_MISMATCH');
    await assert.rejects(client.read({ kind: 'account', address: PAYEE }), refuses('COMMITTEE_MISMATCH'));
    client.stop();
  });

  it('refuses to show anything once attested and anchored blocks contradict each other', async () => {
    const client = await start();
    await until(client, live);
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    await until(client, ({ heads }) => heads.attested?.hash === block.hash);
    await chains.anchor(block.header.number, numberToHex(123n, { size: 32 }));
    const status = await until(client, ({ phase }) => phase === 'refused');
    assert.equal(status.error?.code, 'ANCHOR_CONFLICT');
    await assert.rejects(client.read({ kind: 'account', address: PAYEE }), refuses('ANCHOR_CONFLICT'));
    assert.equal(status.misbehaviour, true);
    const parsed = JSON.parse(await client.evidence('misbehaviour'));
    const judge = (altered: unknown) =>
      verifyMisbehaviour(parseMisbehaviour(altered), chains.firstProfile, anchorRegistrySlots);
    const { signers, what } = judge(parsed);
    assert.deepEqual(
      signers.map((signer) => signer.slice(0, 8)),
      ['member 0', 'member 1', 'member 2'],
    );
    assert.match(what, new RegExp(`of block ${block.header.number}, where the mainchain anchored 0x0+7b `));
    const { signed, mainchain } = parsed;
    for (const altered of [
      { ...parsed, mainchain: { ...mainchain, anchor: undefined } },
      { ...parsed, mainchain: { ...mainchain, anchor: { ...mainchain.anchor, blockNumber: '1' } } },
      { ...parsed, mainchain: { ...mainchain, anchor: { ...mainchain.anchor, proof: [] } } },
      {
        ...parsed,
        signed: {
          ...signed,
          attestation: { ...signed.attestation, outputRoot: numberToHex(123n, { size: 32 }) },
        },
      },
    ])
      assert.throws(() => judge(altered), refuses('MISBEHAVIOUR_UNPROVEN'));
    client.stop();
  });
});
