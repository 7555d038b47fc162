import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MandateState } from '../../src/agent/agent-api.ts';
import { budgetMandate, readMandate } from '../../src/agent/budget-mandate.ts';
import { identityRegistrySlots } from '../../src/contracts/abi/IdentityRegistry.ts';
import { mandateRegistrySlots } from '../../src/contracts/abi/MandateRegistry.ts';
import { revocationKey } from '../../src/identity/mandate.ts';
import type { Query } from '../../src/light-client/light-client-api.ts';
import { mandateId, payeesRoot, revocationHash } from '../../src/protocol/agent-mandate.ts';
import { mappingSlot, offsetSlot } from '../../src/protocol/anchor.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import type { Budget } from '../../src/wallet/vault-api.ts';
import { buyer, NOW, profile } from '../market/fixture.ts';

const agent = buyer.address;
const { mandateRegistry, identityRegistry, stablecoin } = profile.execution.contracts;
const { service } = profile.mandates!;
const HANDLE = 0xabcd_0000_0000_0000_0000_0000_0000_0000_0000_1234n;
const at = (base: string, offset: bigint) => offsetSlot(base as `0x${string}`, offset);
const record = mappingSlot(BigInt(mappingSlot(mandateRegistrySlots.records, service)), agent);
const terms = at(mappingSlot(identityRegistrySlots.policies, service), 2n);
const holder = mappingSlot(BigInt(mappingSlot(identityRegistrySlots.holders, service)), HANDLE << 96n);

interface World {
  notAfter: bigint;
  provenUntil: bigint;
  epoch: bigint;
  ended: boolean;
  current: bigint;
  graceUntil: bigint;
  revoked: boolean;
}
const sound: World = {
  notAfter: NOW + 10n,
  provenUntil: NOW + 5n,
  epoch: 3n,
  ended: false,
  current: 3n,
  graceUntil: 0n,
  revoked: false,
};

function reader(world: World) {
  const words: Record<string, Record<string, bigint>> = {
    [mandateRegistry!]: {
      [record]: HANDLE | ((NOW - 9n) << 160n) | (world.notAfter << 200n),
      [at(record, 1n)]:
        1n | (world.provenUntil << 160n) | (world.epoch << 200n) | ((world.ended ? 1n : 0n) << 232n),
      [at(record, 2n)]: 50n | (7n << 96n) | (60n << 192n) | (2n << 224n),
    },
    [identityRegistry]: {
      [terms]: world.current | (world.graceUntil << 32n) | (0x77n << 72n),
      [holder]: 5n | ((world.revoked ? 1n : 0n) << 160n),
    },
  };
  const read = async (query: Query) => {
    assert.ok(query.kind === 'storage');
    const value = query.slots.map((slot) => words[query.address]?.[slot] ?? 0n);
    const block = { number: 9n, hash: `0x${'01'.repeat(32)}`, timestamp: NOW };
    return { value, rung: 'attested', block, evidenceId: 'e' };
  };
  return { read: read as never };
}

describe('the mandate of an agent', () => {
  for (const [what, change, state] of [
    ['stands', {}, 'standing'],
    ['is over when it was ended', { ended: true }, 'over'],
    ['is over to the second', { notAfter: NOW }, 'over'],
    ['is to be proven again when its proof is old', { provenUntil: NOW }, 'unproven'],
    ['is to be proven again in a new epoch', { current: 4n }, 'unproven'],
    ['stands through the grace of a new epoch', { current: 4n, graceUntil: NOW + 1n }, 'standing'],
    ['stands no longer than the grace', { current: 4n, graceUntil: NOW }, 'unproven'],
    ['has no grace after two epochs', { current: 5n, graceUntil: NOW + 1n }, 'unproven'],
    ['does not stand while the issuer bars its principal', { revoked: true }, 'unproven'],
  ] as const satisfies readonly [string, Partial<World>, MandateState['state']][])
    it(what, async () => {
      const { value } = await readMandate(reader({ ...sound, ...change }), profile, agent);
      assert.equal(value.state, state);
      assert.deepEqual([value.limit, value.spent], [50n, 7n]);
    });

  it('is none where nobody vouched', async () => {
    const { value } = await readMandate(reader(sound), profile, stablecoin);
    assert.equal(value.state, 'none');
  });

  it('follows from the budget and the secret', () => {
    const budget = {
      account: agent,
      token: stablecoin,
      total: 50n,
      expiry: NOW,
      payees: [stablecoin, identityRegistry],
      grant: { hash: `0x${'0b'.repeat(32)}`, json: '{}', signature: '0x' },
    } as unknown as Budget;
    const mandate = budgetMandate(profile, budget, 5n);
    assert.deepEqual(
      [mandate.agent, mandate.limit, mandate.notAfter, mandate.nonce],
      [agent, 50n, Number(NOW), budget.grant.hash],
    );
    assert.equal(mandate.payees, payeesRoot(budget.payees.toReversed()), 'in any order');
    assert.equal(mandate.revocation, revocationHash(revocationKey(5n, budget.grant.hash)));
    const id = (secret: bigint) => mandateId(1, mandateRegistry!, budgetMandate(profile, budget, secret));
    assert.equal(id(5n), id(5n));
    assert.notEqual(id(5n), id(6n));
    const without: ChainProfile = { ...profile, mandates: undefined };
    assert.throws(() => budgetMandate(without, budget, 5n), { code: 'MANDATE_UNSUPPORTED' });
  });
});
