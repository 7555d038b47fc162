import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { CommitteeNetwork, holder, owner, type SpawnedMember } from '../node/committee-network.ts';
import { eventually } from '../node/spawn-node.ts';
import { live, until } from './until.ts';

let network: CommitteeNetwork;
let members: SpawnedMember[];

before(async () => {
  network = await CommitteeNetwork.open();
  members = await network.hostMembers('a', 'b', 'c', 'd');
  await network.register(members);
  await network.aggregate();
  await network.transfer();
  await network.attested(1n);
});
after(() => network.close());

async function start(store = memoryStore()): Promise<LightClient> {
  const client = new LightClient({ store, intervals: { mainchain: 200, execution: 100, eager: 50 } });
  await client.start(network.profile);
  return client;
}

describe('a light client across a change of the committee', () => {
  it('goes on with the new committee, of which the profile knows nothing, and proves what it shows', async () => {
    const store = memoryStore();
    const client = await start(store);
    await until(client, live);
    const seen: string[] = [];
    void client.subscribe(({ error, phase }) => seen.push(error?.code ?? phase));

    const newcomer = await network.hostMember('e');
    await network.register([members[0]!, members[1]!, newcomer], 2);
    // Between the two nothing is refused: the head of the epoch before stays what it was.
    await network.transfer();
    const first = await eventually(async () => {
      const signed = await network.attested(network.head);
      if (signed.attestation.epoch === 2n) return signed;
      await network.transfer();
      return undefined;
    });
    const { blockNumber, blockHash } = first.attestation;
    await until(client, ({ phase, heads }) => phase === 'live' && heads.attested?.hash === blockHash);
    assert.deepEqual(
      seen.filter((word) => !['live', 'syncing', 'ATTESTATION_EPOCH_TURNS'].includes(word)),
      [],
    );

    await network.anchor(first);
    await until(client, ({ heads }) => heads.anchored?.number === blockNumber);
    const { value, evidenceId } = await client.read({ kind: 'account', address: owner.address });
    assert.equal(value.balance, BigInt(network.transfers));
    const evidence = parseEvidence(JSON.parse(await client.evidence(evidenceId)));
    assert.ok(evidence.mainchain?.committeeProof);
    const { rung } = verifyEvidence(evidence, network.profile, anchorRegistrySlots);
    assert.ok(rung === 'anchored' || rung === 'final', rung);
    client.stop();

    // With what it saved, and with nothing but the profile of the first epoch.
    for (const known of [store, memoryStore()]) {
      const again = await start(known);
      await until(again, ({ phase, heads }) => phase === 'live' && heads.attested!.number >= blockNumber);
      const { nonce } = (await again.read({ kind: 'account', address: holder.address })).value;
      assert.equal(nonce, BigInt(network.transfers));
      again.stop();
    }
  });
});
