import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { zeroAddress, zeroHash } from 'viem';
import { revocationKey } from '../../src/identity/mandate.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import {
  type AgentMandate,
  mandateBinding,
  mandateId,
  mandateScope,
  payeeProof,
  payeesRoot,
  revocationHash,
} from '../../src/protocol/agent-mandate.ts';
import { FIELD, HolderKind, nullifier } from '../../src/protocol/zkid.ts';
import { DAILY, DAY, MandateChain, PROOF_LIFETIME, relayer, UNIT } from './mandate-chain.ts';
import { CHAIN_ID, issuer, owner, type Person } from './market-chain.ts';
import { account, refused, type Snapshot } from './support.ts';

const agent = account('agent of the owner');
const second = account('second agent');
const third = account('third agent');
const fourth = account('fourth agent');
const merchant = account('merchant');
const stranger = account('stranger');

let chains: MandateChain;
let person: Person;
let business: Person;
let mandate: AgentMandate;
let proof: ZkidProof;
let start: { snapshot: Snapshot; timestamp: bigint };

before(async () => {
  chains = await MandateChain.open();
  const { market } = chains;
  person = market.enrol('principal');
  business = market.enrol('firm', { kind: HolderKind.Business });
  await market.postRoot();
  for (const payer of [agent, second])
    await market.chain.send(owner, market.dollar, 'mint', [payer.address, 1_000n * UNIT]);
  mandate = chains.mandate(person, agent.address);
  proof = await chains.prove(person, mandate);
  start = { snapshot: await chains.chain.snapshot(), timestamp: chains.chain.timestamp };
});
beforeEach(async () => {
  await chains.chain.revert(start.snapshot);
  chains.chain.timestamp = start.timestamp;
});

const changed = (index: number, value: bigint): ZkidProof => ({
  ...proof,
  publicSignals: proof.publicSignals.map((signal, at) =>
    at === index ? value : signal,
  ) as ZkidProof['publicSignals'],
});
const renounce = (from: typeof agent) =>
  chains.chain.send(from, chains.registry, 'renounce', [chains.service.address]);
const setRevoked = (revoked: boolean, from = issuer) =>
  chains.chain.send(from, chains.market.registry, 'setRevoked', [
    chains.service.address,
    proof.publicSignals[0],
    revoked,
  ]);

test('the registry and the protocol name mandates, scopes, payees and keys alike', async () => {
  const { chain, registry, service } = chains;
  assert.equal(
    await chain.read(registry, 'mandateId', [mandate]),
    mandateId(CHAIN_ID, registry.address, mandate),
  );
  assert.equal(
    await chain.read(registry, 'mandateScope', [service.address]),
    mandateScope(CHAIN_ID, registry.address, service.address),
  );
  assert.equal(await chain.read(registry, 'payeeLeaf', [merchant.address]), payeesRoot([merchant.address]));
  assert.notEqual(
    mandateBinding(CHAIN_ID, registry.address, mandate),
    mandateBinding(CHAIN_ID + 1, registry.address, mandate),
  );
});

test('a principal vouches for an agent from any wallet; the agent then pays within it', async () => {
  const { chain, registry, service, market } = chains;
  assert.equal(await chains.isAuthorised(agent.address, 1n), false);
  await refused(chains.pay(agent, merchant.address, UNIT), 'MandateMissing');
  const granted = await chains.grant(mandate, proof);
  assert.equal(await chains.isAuthorised(agent.address, 10n * UNIT), true);
  assert.equal(await chains.isAuthorised(agent.address, 10n * UNIT + 1n), false);
  assert.equal(
    await chain.read(registry, 'isAuthorised', [service.address, agent.address, stranger.address, 1n]),
    false,
  );
  const first = await chains.pay(agent, merchant.address, UNIT);
  const later = await chains.pay(agent, merchant.address, UNIT);
  assert.equal(await market.cash(merchant.address), 2n * UNIT);
  assert.equal(await chain.read(registry, 'remaining', [service.address, agent.address]), 8n * UNIT);
  const renewed = await chains.grant(mandate, proof);
  assert.equal(await chain.read(registry, 'remaining', [service.address, agent.address]), 8n * UNIT);
  const revoked = await chains.revoke(person, mandate);
  console.log(
    `mandate: grant ${granted.gas}, prove again ${renewed.gas}, pay ${first.gas} then ${later.gas}, revoke ${revoked.gas} gas`,
  );
  assert.ok(
    granted.gas < 480_000n && renewed.gas < 310_000n && later.gas < 120_000n && revoked.gas < 80_000n,
  );
});

test('the agents of one principal share a handle in a scope, and in another it is another', async () => {
  await chains.vouch(person, agent.address);
  await chains.vouch(person, second.address);
  await chains.vouch(business, third.address);
  const { chain, registry, service, other } = chains;
  await chains.vouch(person, agent.address, { service: other.address });
  const handle = await chains.principalOf(agent.address);
  assert.equal(await chains.principalOf(second.address), handle);
  const scope = mandateScope(CHAIN_ID, registry.address, service.address);
  assert.equal(BigInt(handle), nullifier(scope, person.secret) & ((1n << 160n) - 1n));
  assert.notEqual(await chains.principalOf(third.address), handle);
  assert.notEqual(await chains.principalOf(agent.address, other.address), handle);
  const same = (a: typeof agent, b: typeof agent) =>
    chain.read(registry, 'samePrincipal', [service.address, a.address, b.address]);
  assert.equal(await same(agent, second), true);
  assert.equal(await same(agent, third), false);
  // Two of whom nothing is known are not one.
  assert.equal(await same(fourth, stranger), false);
  assert.deepEqual(await chain.read(registry, 'agentsOf', [service.address, handle]), [
    agent.address,
    second.address,
  ]);
});

test('a grant is refused when anything in it is not what was proven', async () => {
  const { other, chain } = chains;
  await refused(chains.grant({ ...mandate, limit: mandate.limit + 1n }, proof), 'BindingMismatch');
  await refused(chains.grant({ ...mandate, agent: stranger.address }, proof), 'BindingMismatch');
  await refused(chains.grant({ ...mandate, revocation: revocationHash(zeroHash) }, proof), 'BindingMismatch');
  await refused(chains.grant({ ...mandate, service: other.address }, proof), 'ScopeMismatch');
  await refused(chains.grant(mandate, changed(0, 5n)), 'ProofInvalid');
  await refused(chains.grant(mandate, changed(0, proof.publicSignals[0] + FIELD)), 'NotInField');
  await refused(chains.grant(mandate, changed(1, 5n)), 'RootUnknown');
  await refused(chains.grant(mandate, changed(2, 5n)), 'PolicyMismatch');
  await refused(chains.grant(mandate, changed(3, 5n)), 'ScopeMismatch');
  await refused(chains.grant(mandate, changed(4, 20200101n)), 'DateMismatch');
  await refused(chains.grant({ ...mandate, service: stranger.address }, proof), 'ServiceUnknown');
  // A proof of an admission is none of a mandate, and the other way round.
  const admission = await chains.market.prove(person, agent.address);
  await refused(chains.grant(mandate, admission), 'ScopeMismatch');
  await refused(chains.market.admit(agent, proof), 'PolicyMismatch');
  for (const change of [
    { agent: zeroAddress },
    { limit: 0n },
    { period: 59 },
    { notBefore: mandate.notAfter },
    { revocation: zeroHash },
  ])
    await refused(chains.grant({ ...mandate, ...change }, proof), 'MandateInvalid');
  await refused(chains.grant({ ...mandate, notAfter: Number(chain.timestamp) }, proof), 'MandateExpired');
  chain.timestamp += BigInt(DAY);
  await refused(chains.grant(mandate, proof), 'RootExpired');
  assert.equal(await chains.principalOf(agent.address), `0x${'00'.repeat(20)}`);
});

test('a principal has only so many agents; those that are over do not count', async () => {
  const small = { limit: UNIT };
  const first = await chains.vouch(person, agent.address, small);
  await chains.vouch(person, second.address, { ...small, notAfter: mandate.notBefore + 3_600 });
  await chains.vouch(person, third.address, small);
  const [most] = await refused(chains.vouch(person, fourth.address, small), 'TooManyAgents');
  assert.equal(most, 3n);
  await chains.vouch(business, fourth.address, small);
  chains.chain.timestamp += 3_600n;
  const fifth = account('fifth agent').address;
  await chains.vouch(person, fifth, small);
  await refused(chains.vouch(person, account('sixth agent').address, small), 'TooManyAgents');
  await chains.revoke(person, first);
  await chains.vouch(person, account('sixth agent').address, small);
});

test('the agents of a principal may spend only so much in a day, all together', async () => {
  const most = DAILY / UNIT;
  await chains.vouch(person, agent.address, { limit: 60n * UNIT });
  const [asked, allowed] = await refused(
    chains.vouch(person, second.address, { limit: 41n * UNIT }),
    'DailyLimitExceeded',
  );
  assert.deepEqual([asked, allowed], [101n * UNIT, most * UNIT]);
  await chains.vouch(person, second.address, { limit: 40n * UNIT });
  await refused(chains.vouch(person, third.address, { limit: 1n }), 'DailyLimitExceeded');
  // The same agent's new mandate takes the place of its old one.
  await chains.vouch(person, second.address, { limit: 30n * UNIT });
  // Hourly limits count by the day; a weekly one may be spent in one.
  await refused(chains.vouch(person, third.address, { limit: UNIT, period: 3_600 }), 'DailyLimitExceeded');
  await refused(
    chains.vouch(person, third.address, { limit: 70n * UNIT, period: 7 * DAY }),
    'DailyLimitExceeded',
  );
  await chains.vouch(person, third.address, { limit: 10n * UNIT, period: 7 * DAY });
  await refused(
    chains.vouch(business, fourth.address, { token: chains.market.fund.address }),
    'DailyLimitExceeded',
  );
});

test('a new mandate or another agent gives a principal no second day', async () => {
  const { chain, registry, service, market } = chains;
  const most = { limit: DAILY };
  // Whole days from here on: the fixture's clock stands somewhere in one.
  chain.timestamp = (chain.timestamp / 86_400n + 1n) * 86_400n;
  await market.postRoot();
  await chains.vouch(person, agent.address, most);
  await chains.pay(agent, merchant.address, 90n * UNIT);
  await chains.vouch(person, agent.address, most);
  const remaining = (who: typeof agent) => chain.read(registry, 'remaining', [service.address, who.address]);
  assert.equal(await remaining(agent), 10n * UNIT);
  const [asked, left] = await refused(chains.pay(agent, merchant.address, 11n * UNIT), 'DailyLimitExceeded');
  assert.deepEqual([asked, left], [11n * UNIT, 10n * UNIT]);
  await renounce(agent);
  await chains.vouch(person, second.address, most);
  await refused(chains.pay(second, merchant.address, 11n * UNIT), 'DailyLimitExceeded');
  await chains.pay(second, merchant.address, 10n * UNIT);
  assert.equal(await chains.isAuthorised(second.address, 1n), false);
  chain.timestamp += BigInt(DAY);
  assert.equal(await remaining(second), DAILY);
  // What the owner lowers holds at once.
  await chain.send(owner, registry, 'setDailyLimit', [service.address, market.dollar.address, UNIT]);
  assert.equal(await remaining(second), UNIT);
  await refused(chains.pay(second, merchant.address, 2n * UNIT), 'DailyLimitExceeded');
});

test('what an agent spends is counted by period', async () => {
  await chains.grant(mandate, proof);
  await chains.pay(agent, merchant.address, 7n * UNIT);
  const [asked, left] = await refused(chains.pay(agent, merchant.address, 4n * UNIT), 'LimitExceeded');
  assert.deepEqual([asked, left], [4n * UNIT, 3n * UNIT]);
  await chains.pay(agent, merchant.address, 3n * UNIT);
  assert.equal(await chains.isAuthorised(agent.address, 1n), false);
  // The next period begins to the second, and takes nothing over.
  chains.chain.timestamp = BigInt(mandate.notBefore + DAY) - 3n;
  await refused(chains.pay(agent, merchant.address, 1n), 'LimitExceeded');
  chains.chain.timestamp = BigInt(mandate.notBefore + DAY) - 2n;
  await chains.pay(agent, merchant.address, 10n * UNIT);
  chains.chain.timestamp = BigInt(mandate.notBefore + 3 * DAY);
  assert.equal(await chains.isAuthorised(agent.address, 10n * UNIT), true);
  assert.equal(await chains.isAuthorised(agent.address, 10n * UNIT + 1n), false);
});

test('a payment that does not settle is not counted', async () => {
  const { chain, registry, service, market } = chains;
  await chains.vouch(person, third.address);
  await refused(chains.pay(third, merchant.address, UNIT), 'ERC20InsufficientBalance');
  assert.equal(await chain.read(registry, 'remaining', [service.address, third.address]), 10n * UNIT);
  // Only a service counts, and only in its own scope.
  await refused(
    chain.send(stranger, registry, 'consume', [
      third.address,
      market.dollar.address,
      merchant.address,
      1n,
      [],
    ]),
    'MandateMissing',
  );
});

test('only the payees named are paid', async () => {
  const payees = [merchant.address, stranger.address, fourth.address];
  await chains.vouch(person, agent.address, { payees: payeesRoot(payees) });
  for (const payee of payees) await chains.pay(agent, payee, UNIT, payees);
  await refused(chains.pay(agent, merchant.address, UNIT), 'PayeeNotAllowed');
  const more = [...payees, second.address];
  await refused(chains.pay(agent, second.address, UNIT, more), 'PayeeNotAllowed');
  assert.throws(() => payeeProof(payees, second.address), { code: 'MANDATE_PAYEE' });
  await chains.vouch(person, second.address, { payees: payeesRoot([merchant.address]) });
  await chains.pay(second, merchant.address, UNIT);
});

test('a mandate counts in its token and between its dates', async () => {
  const soon = mandate.notBefore + 3_600;
  await chains.vouch(person, agent.address, { notBefore: soon, notAfter: soon + DAY });
  assert.equal(await chains.isAuthorised(agent.address, 1n), false);
  await refused(chains.pay(agent, merchant.address, 1n), 'MandateNotYet');
  chains.chain.timestamp = BigInt(soon);
  await chains.pay(agent, merchant.address, 1n);
  chains.chain.timestamp = BigInt(soon + DAY) - 2n;
  assert.equal(await chains.isAuthorised(agent.address, 1n), true);
  await refused(chains.pay(agent, merchant.address, 1n), 'MandateExpired');
  await chains.market.postRoot();
  await chains.vouch(person, second.address, { notAfter: soon + 9 * DAY });
  const { chain, registry, market } = chains;
  const consume = [second.address, market.fund.address, merchant.address, 1n, []] as const;
  await chain.send(owner, registry, 'setService', [stranger.address, 1, DAY]);
  await refused(chain.send(stranger, registry, 'consume', consume), 'MandateMissing');
});

test('the principal revokes by the key, from any wallet, for good', async () => {
  await chains.grant(mandate, proof);
  const { chain, registry, service } = chains;
  const wrong = revocationKey(business.secret, mandate.nonce);
  await refused(
    chain.send(relayer, registry, 'revoke', [service.address, agent.address, wrong]),
    'RevocationKeyWrong',
  );
  await chains.revoke(person, mandate, stranger);
  assert.equal(await chains.isAuthorised(agent.address, 1n), false);
  await refused(chains.pay(agent, merchant.address, 1n), 'MandateEnded');
  // The grant lies open on chain: it grants nothing a second time.
  await refused(chains.grant(mandate, proof), 'MandateEnded');
  await refused(chains.revoke(person, mandate), 'MandateEnded');
  await refused(chains.revoke(person, { ...mandate, agent: fourth.address }), 'MandateMissing');
  // The key of one mandate is none of the next.
  const next = await chains.vouch(person, agent.address);
  await refused(chains.revoke(person, { ...next, nonce: mandate.nonce }), 'RevocationKeyWrong');
  await chains.revoke(person, next);
});

test('a mandate that was replaced does not come back', async () => {
  await chains.grant(mandate, proof);
  await chains.vouch(person, agent.address, { limit: UNIT });
  await refused(chains.grant(mandate, proof), 'MandateEnded');
  assert.equal(await chains.isAuthorised(agent.address, UNIT + 1n), false);
});

test('an agent is not taken over, and leaves by itself', async () => {
  await chains.grant(mandate, proof);
  await refused(chains.vouch(business, agent.address), 'AgentTaken');
  await refused(renounce(second), 'MandateMissing');
  await renounce(agent);
  await refused(renounce(agent), 'MandateEnded');
  await refused(chains.grant(mandate, proof), 'MandateEnded');
  await chains.vouch(business, agent.address);
  assert.notEqual(await chains.principalOf(agent.address), `0x${'00'.repeat(20)}`);
});

test('the issuer ends what a holder vouched for, all agents at once', async () => {
  await chains.grant(mandate, proof);
  await chains.vouch(person, second.address);
  await refused(setRevoked(true, stranger), 'AccessControlUnauthorizedAccount');
  await setRevoked(true);
  for (const one of [agent, second]) {
    assert.equal(await chains.isAuthorised(one.address, 1n), false);
    await refused(chains.pay(one, merchant.address, 1n), 'MandateUnproven');
  }
  await refused(chains.vouch(person, third.address), 'NullifierRevoked');
  await setRevoked(false);
  await chains.pay(agent, merchant.address, 1n);
});

test('a mandate has to be proven again when its proof is old or the epoch has passed', async () => {
  const { chain, market, service } = chains;
  const long = { notAfter: mandate.notBefore + 90 * DAY };
  const lasting = await chains.vouch(person, agent.address, long);
  const bump = (grace: number) => chain.send(owner, market.registry, 'bumpEpoch', [service.address, grace]);
  await bump(3_600);
  await chains.pay(agent, merchant.address, 1n);
  chain.timestamp += 3_600n;
  await refused(chains.pay(agent, merchant.address, 1n), 'MandateUnproven');
  const renew = async () => chains.grant(lasting, await chains.prove(person, lasting));
  await renew();
  await chains.pay(agent, merchant.address, 1n);
  chain.timestamp += BigInt(PROOF_LIFETIME);
  await refused(chains.pay(agent, merchant.address, 1n), 'MandateUnproven');
  assert.equal(await chains.isAuthorised(agent.address, 1n), false);
  await market.postRoot();
  // It is still nobody else's.
  await refused(chains.vouch(business, agent.address, long), 'AgentTaken');
  await renew();
  await chains.pay(agent, merchant.address, 1n);
});

test('the owner sets services; ending one grants no more, and what is granted runs out', async () => {
  const { chain, registry, service, market } = chains;
  const set = (from: typeof owner, agents: number, lifetime = DAY) =>
    chain.send(from, registry, 'setService', [service.address, agents, lifetime]);
  const limit = [service.address, market.dollar.address, 1n] as const;
  await refused(set(stranger, 1), 'OwnableUnauthorizedAccount');
  await refused(chain.send(stranger, registry, 'setDailyLimit', limit), 'OwnableUnauthorizedAccount');
  await refused(set(owner, 33), 'TermsInvalid');
  await refused(set(owner, 1, 0), 'TermsInvalid');
  await chains.grant(mandate, proof);
  await set(owner, 0);
  await refused(chains.vouch(person, second.address), 'ServiceUnknown');
  await chains.pay(agent, merchant.address, 1n);
});

test('somebody without a credential that satisfies the policy cannot vouch', async () => {
  const young = chains.market.enrol('young', { birth: 20200101 });
  const abroad = chains.market.enrol('abroad', { country: 840 });
  await chains.market.postRoot();
  for (const who of [young, abroad]) await assert.rejects(chains.vouch(who, fourth.address));
});
