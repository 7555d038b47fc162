import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommitteeNetwork } from './committee-network.ts';
import { signersOf } from '../../src/protocol/verify-attestation.ts';

let network: CommitteeNetwork;

before(async () => {
  network = await CommitteeNetwork.open();
  const members = await network.spawnMembers('a', 'b', 'c', 'd');
  await network.register(members);
  await network.aggregate();
});
after(() => network.close());

describe('members in processes of their own', () => {
  it('attest every block', async () => {
    await network.transfer();
    await network.transfer();
    const signed = await network.attested(2n);
    assert.ok(signersOf(signed.bitmap, 4).length >= 3);
  });
});
