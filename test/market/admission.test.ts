import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityRegistrySlots } from '../../src/contracts/abi/IdentityRegistry.ts';
import { readAdmission } from '../../src/market/admission.ts';
import { readCash, readUnits, valueUnits } from '../../src/market/holdings.ts';
import { mappingSlot, offsetSlot } from '../../src/protocol/anchor.ts';
import type { Query } from '../../src/light-client/light-client-api.ts';
import { buyer, NOW, product, profile } from './fixture.ts';

const record = mappingSlot(
  BigInt(mappingSlot(identityRegistrySlots.admissions, product.token)),
  buyer.address,
);
const termsSlot = offsetSlot(mappingSlot(identityRegistrySlots.policies, product.token), 2n);

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

const packed = (expiry: bigint, epoch: bigint, standing = 0n) =>
  0xabcdn | (expiry << 160n) | (epoch << 200n) | (344n << 232n) | (standing << 248n);
const VERIFIER = 0x4020074e9df2ce1dee5a9c1b5c3f541d02a10003n << 72n;
const policyWord = (epoch: bigint, graceUntil = 0n) => epoch | (graceUntil << 32n) | VERIFIER;

describe('an admission', () => {
  for (const [what, admission, terms, admitted, epochBehind] of [
    ['counts', packed(NOW + 1n, 3n), policyWord(3n), true, false],
    ['lapses to the second', packed(NOW, 3n), policyWord(3n), false, false],
    ['ends when it is revoked', packed(NOW + 1n, 3n, 1n), policyWord(3n), false, false],
    ['ends when the holder moves to another wallet', packed(0n, 3n, 2n), policyWord(3n), false, false],
    ['ends when the policy changes', packed(NOW + 1n, 3n), policyWord(4n), false, true],
    [
      'counts through the grace of the next epoch',
      packed(NOW + 1n, 3n),
      policyWord(4n, NOW + 1n),
      true,
      true,
    ],
    ['ends with the grace, to the second', packed(NOW + 1n, 3n), policyWord(4n, NOW), false, true],
    ['has no grace after two epochs', packed(NOW + 1n, 3n), policyWord(5n, NOW + 1n), false, true],
    ['is none when there is no record', 0n, policyWord(3n), false, false],
    ['is none in the first epoch, within a grace', 0n, policyWord(1n, NOW + 1n), false, false],
    ['is none for a token without a policy', 0n, 0n, false, false],
  ] as const)
    it(what, async () => {
      const { read, asked } = reader({ [record]: admission, [termsSlot]: terms });
      const answer = await readAdmission({ read }, profile, product, buyer.address);
      assert.deepEqual(answer.value, {
        admitted,
        revoked: admission >> 248n === 1n,
        expiry: BigInt.asUintN(40, admission >> 160n),
        epochBehind,
        graceUntil: BigInt.asUintN(40, terms >> 32n),
        country: admission === 0n ? 0 : 344,
      });
      assert.deepEqual(asked, [
        {
          kind: 'storage',
          address: profile.execution.contracts.identityRegistry,
          slots: [record, termsSlot],
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
