import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Hex } from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { type Evidence, parseEvidence } from '../../src/protocol/evidence.ts';
import { parseProfile, serializeProfile } from '../../src/protocol/profile.ts';
import type { SyncUpdate } from '../../src/protocol/sync-update.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { flipBit, withCode } from '../protocol/vectors.ts';
import { AIR_GAP, EthereumWorld, type Lie } from './ethereum-world.ts';
import { holder, SmallDeployment } from './small-deployment.ts';
import { until } from './until.ts';

let chains: SmallDeployment;
/** The execution block that is anchored, and its output root. */
let anchored: { number: bigint; root: Hex };

before(async () => {
  chains = await SmallDeployment.open();
  const { block } = await chains.transfer('0x00000000000000000000000000000000000000aa', 1n);
  await chains.attest(block);
  anchored = { number: block.header.number, root: await chains.outputRoot(block) };
});
after(() => chains.close());

/** Mainchain block 10 knows no anchor yet, block 20 does; two games claim them. */
async function world(
  contracts: 'portal' | 'anchorStateRegistry' | 'oracle' = 'portal',
): Promise<EthereumWorld> {
  const made = await EthereumWorld.over(chains, contracts);
  await made.mainchainBlock(10n);
  made.anchor(anchored.number, anchored.root);
  await made.mainchainBlock(20n);
  return made;
}

const clients: LightClient[] = [];
after(() => clients.forEach((client) => client.stop()));

async function start(made: EthereumWorld, lie?: Lie, store = memoryStore()): Promise<LightClient> {
  const client = made.client({ store, ...(lie && { lie }) });
  clients.push(client);
  await client.start(made.profile);
  return client;
}

/** The code that the client stops at. */
async function refused(made: EthereumWorld, lie?: Lie): Promise<string> {
  const client = await start(made, lie);
  const { error, heads } = await until(client, (status) => status.error !== undefined);
  assert.equal(heads.anchored, undefined);
  assert.equal(heads.final, undefined);
  client.stop();
  return error!.code;
}

/** Until the client has looked through what was finalised last, and through the registry under it. */
async function searched(made: EthereumWorld): Promise<void> {
  made.asked.length = 0;
  const has = (line: string) => made.asked.includes(line);
  while (!has('ethereum eth_getProof') || !has('mainchain eth_getProof')) await pause(20);
  await pause(100);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function evidenceOf(client: LightClient): Promise<{ evidence: Evidence; text: string }> {
  const { evidenceId } = await client.read({ kind: 'account', address: holder.address });
  const text = await client.evidence(evidenceId);
  return { text, evidence: parseEvidence(JSON.parse(text)) };
}

describe('a mainchain proven from Ethereum', () => {
  for (const contracts of ['portal', 'anchorStateRegistry'] as const)
    it(`reaches anchored by a claim nobody refuted and final by a resolved game past the air gap (${contracts})`, async () => {
      const made = await world(contracts);
      made.play(made.mainchain.get(10n)!, { resolvedAgo: BigInt(AIR_GAP) + 1n });
      const game = made.play(made.mainchain.get(20n)!);
      await made.finalize();
      const client = await start(made);
      const status = await until(client, ({ heads }) => heads.anchored !== undefined);
      assert.equal(status.heads.anchored!.number, anchored.number);
      assert.equal(status.heads.final, undefined);
      assert.equal(status.mainchain!.number, 20n);
      const proposed = await evidenceOf(client);
      assert.equal(verifyEvidence(proposed.evidence, made.profile, anchorRegistrySlots).rung, 'anchored');

      // Resolved, but the guardian may still blacklist it.
      game.status = 2;
      game.resolvedAt = made.now - 30n * 12n;
      await made.finalize(8);
      await searched(made);
      assert.equal((await client.status()).heads.final, undefined);

      await made.finalize(60);
      const final = await until(client, ({ heads }) => heads.final !== undefined);
      assert.equal(final.heads.final!.number, anchored.number);
      const { rung } = await client.read({ kind: 'account', address: holder.address });
      assert.equal(rung, 'final');
      const settled = await evidenceOf(client);
      const decision = verifyEvidence(settled.evidence, made.profile, anchorRegistrySlots);
      assert.equal(decision.rung, 'final');
      assert.equal(settled.evidence.version, 2);
      client.stop();
    });

  it('reaches them by the legacy oracle', async () => {
    const made = await world('oracle');
    made.propose(made.mainchain.get(10n)!, 2000n);
    made.propose(made.mainchain.get(20n)!, 10n);
    await made.finalize();
    const client = await start(made);
    const status = await until(client, ({ heads }) => heads.anchored !== undefined);
    assert.equal(status.heads.final, undefined);
    await made.finalize(60);
    await until(client, ({ heads }) => heads.final !== undefined);
    const { evidence } = await evidenceOf(client);
    assert.equal(verifyEvidence(evidence, made.profile, anchorRegistrySlots).rung, 'final');
    client.stop();
  });
});
