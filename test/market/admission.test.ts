import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityRegistrySlots } from '../../src/contracts/abi/IdentityRegistry.ts';
import { readAdmission } from '../../src/market/admission.ts';
import { readCash, readUnits, valueUnits } from '../../src/market/holdings.ts';
import { mappingSlot, offsetSlot } from '../../src/protocol/anchor.ts';
import type { Query } from '../../src/light-client/light-client-api.ts';
import { buyer, NOW, product, profile } from './fixture.ts';

const record = offsetSlot(
  mappingSlot(BigInt(mappingSlot(identityRegistrySlots.admissions, product.token)), buyer.address),
  1n,
);
const epochSlot = offsetSlot(mappingSlot(identityRegistrySlots.policies, product.token), 2n);

function reader(slots: Record<string, bigint>) {
  const asked: Query[] = [];
  const read = async (query: Query) => {
    asked.push(query);
    const value = query.kind === 'storage' ? query.slots.map((slot) => slots[slot] ?? 0n) : [];
    return {
      value,
      rung: 'attested',
      block: { number: 9n, hash: `0x${'01'.repeat(32)}`, timestamp: NOW },
      evidenceId: 'e',
    } as never;
  };
  return { asked, read: read as never };
}

const packed = (expiry: bigint, epoch: bigint, revoked = 0n) => expiry | (epoch << 64n) | (revoked << 128n);

describe('an admission', () => {
  for (const [what, admission, policyEpoch, admitted] of [
    ['counts', packed(NOW + 1n, 3n), 3n, true],
    ['lapses to the second', packed(NOW, 3n), 3n, false],
    ['ends when it is revoked', packed(NOW + 1n, 3n, 1n), 3n, false],
    ['ends when the policy changes', packed(NOW + 1n, 3n), 4n, false],
    ['is none when there is no record', 0n, 3n, false],
    ['is none for a token without a policy', 0n, 0n, false],
  ] as const)
    it(what, async () => {
      const { read, asked } = reader({ [record]: admission, [epochSlot]: policyEpoch });
      const answer = await readAdmission({ read }, profile, product, buyer.address);
      assert.equal(answer.value.admitted, admitted);
      assert.deepEqual(asked, [
        {
          kind: 'storage',
          address: profile.execution.contracts.identityRegistry,
          slots: [record, epochSlot],
        },
      ]);
    });
});

describe('a holding', () => {
  it('is read from the storage of its own token', async () => {
    const { read, asked } = reader({});
    await readCash({ read }, profile, buyer.address);
    await readUnits({ read }, product, buyer.address);
    assert.deepEqual(
      asked.map((query) => 'address' in query && query.address),
      [profile.execution.contracts.stablecoin, product.token],
    );
  });

  it('is worth its units at the net asset value, rounded down', () => {
    const offer = { product, nav: 10_250_001n, asOf: 0, minimum: 1n, maximum: 1n, history: [] };
    assert.equal(valueUnits(1_500_000n, offer), 15_375_001n);
  });
});
