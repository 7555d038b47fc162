import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { toFunctionSelector } from 'viem';
import vkey from '../../circuits/artifacts/zkid.vkey.json' with { type: 'json' };
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import { zkidVerifierBytecode } from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { countryDisclosure } from '../../src/protocol/country-disclosure.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { admissionScope, FIELD, HolderKind, policyHash } from '../../src/protocol/zkid.ts';
import { agent, issuer, MarketChain, owner, type Person, policy, SCOPE_TAG } from './market-chain.ts';
import { account, event, refused, type Snapshot } from './support.ts';

const alice = account('alice');
const bob = account('bob');
const stranger = account('stranger');
const company = account('company');
const HOUR = 3_600n;
const HONG_KONG = 344;

let market: MarketChain;
let person: Person;
let proof: ZkidProof;
let start: Snapshot;

before(async () => {
  market = await MarketChain.open();
  // For businesses as well as persons.
  market.policy = { ...policy, kindMask: 3 };
  await market.setPolicy();
  person = market.enrol('alice');
  const other = market.enrol('bob');
  await market.postRoot();
  proof = await market.prove(person, alice.address);
  await market.admit(alice, proof);
  await market.admit(bob, await market.prove(other, bob.address));
  start = await market.chain.snapshot();
});
beforeEach(() => market.chain.revert(start));

const bump = (grace: bigint, from = owner) =>
  market.chain.send(from, market.registry, 'bumpEpoch', [market.fund.address, Number(grace)]);
const mint = (to: { address: `0x${string}` }) =>
  market.chain.send(agent, market.fund, 'mint', [to.address, 10n]);
const transfer = () => market.chain.send(alice, market.fund, 'transfer', [bob.address, 1n]);

test('an epoch asks everybody to prove again while trading goes on through its grace', async () => {
  const { chain } = market;
  await mint(alice);
  const sent = await bump(HOUR);
  const bumped = event(sent, identityRegistryAbi, 'EpochBumped');
  assert.equal(BigInt(bumped['graceUntil'] as number), chain.timestamp + HOUR);
  await transfer();
  await market.admit(alice, proof);
  chain.timestamp += HOUR;
  assert.equal(await market.isAdmitted(alice.address), true);
  assert.equal(await market.isAdmitted(bob.address), false);
  await refused(transfer(), 'ERC7943CannotReceive');
});

test('an epoch without a grace ends all admissions at once, and so do two', async () => {
  await bump(0n);
  assert.equal(await market.isAdmitted(alice.address), false);
  await market.admit(alice, proof);
  await bump(HOUR);
  assert.equal(await market.isAdmitted(alice.address), true);
  assert.equal(await market.isAdmitted(bob.address), false);
});

test('a new policy takes effect at once, unless it is given a grace', async () => {
  await market.setPolicy();
  assert.equal(await market.isAdmitted(alice.address), false);
  await market.admit(alice, proof);
  await market.setPolicy({ grace: Number(HOUR) });
  assert.equal(await market.isAdmitted(alice.address), true);
  assert.equal(await market.isAdmitted(bob.address), false);
  market.chain.timestamp += HOUR;
  assert.equal(await market.isAdmitted(alice.address), false);
});

test('a token moves to another version of the verifier without touching others', async () => {
  const { chain, registry, fund } = market;
  const version = async (bytecode: `0x${string}`) => {
    const { address } = await chain.deploy(zkidVerifierAbi, bytecode, []);
    await chain.send(owner, registry, 'addVerifier', [address]);
    return { address, version: await chain.read(registry, 'latestVerifier', []) };
  };
  const same = await version(zkidVerifierBytecode);
  const otherKey = await version(withOtherKey(zkidVerifierBytecode));
  assert.deepEqual([same.version, otherKey.version], [2, 3]);
  assert.equal(await chain.read(registry, 'verifiers', [1]), market.verifier.address);
  assert.equal(await chain.read(registry, 'verifiers', [2]), same.address);
  // Another token with the same policy stays with the first.
  const other = stranger.address;
  const scope = admissionScope(chain.chainId, other, SCOPE_TAG);
  await chain.send(owner, registry, 'setPolicy', [other, policyHash(market.policy), scope, 1, 0]);
  const terms = await chain.read(registry, 'policies', [other]);

  await market.setPolicy({ verifier: otherKey.version, grace: Number(HOUR) });
  await refused(market.admit(alice, proof), 'ProofInvalid');
  assert.equal(await market.isAdmitted(alice.address), true);
  await market.setPolicy({ verifier: same.version });
  await market.admit(alice, proof);
  assert.deepEqual(await chain.read(registry, 'policies', [other]), terms);
  const [, , epoch, , verifier] = await chain.read(registry, 'policies', [fund.address]);
  assert.deepEqual([epoch, verifier], [4, same.address]);
});

test('policies and verifiers are set by those named for it, and are sound', async () => {
  const { chain, registry, fund, verifier } = market;
  const set = (from: typeof owner, hash: bigint, scope: bigint, version: number) =>
    chain.send(from, registry, 'setPolicy', [fund.address, hash, scope, version, 0]);
  const denied = 'AccessControlUnauthorizedAccount';
  await refused(set(stranger, 1n, 1n, 1), denied);
  await refused(bump(0n, stranger), denied);
  await refused(bump(0n, issuer), denied);
  await refused(chain.send(issuer, registry, 'addVerifier', [verifier.address]), denied);
  await refused(chain.send(issuer, registry, 'setDisclosure', [fund.address, 1n, HONG_KONG]), denied);
  await refused(set(owner, FIELD, 1n, 1), 'NotInField');
  await refused(set(owner, 1n, FIELD, 1), 'NotInField');
  await refused(set(owner, 1n, 1n, 0), 'VerifierUnknown');
  await refused(set(owner, 1n, 1n, 2), 'VerifierUnknown');
  await refused(chain.send(owner, registry, 'addVerifier', [stranger.address]), 'VerifierInvalid');
  await refused(chain.send(owner, registry, 'bumpEpoch', [stranger.address, 0]), 'PolicyMissing');
  await refused(chain.send(owner, registry, 'setDisclosure', [stranger.address, 1n, 344]), 'PolicyMissing');
  await refused(chain.send(owner, registry, 'setDisclosure', [fund.address, FIELD, 344]), 'NotInField');
  for (const country of [0, 1000])
    await refused(
      chain.send(owner, registry, 'setDisclosure', [fund.address, 1n, country]),
      'CountryInvalid',
    );
});

test('no function changes or removes a version of the verifier', () => {
  const writes = identityRegistryAbi.filter(
    (entry) =>
      entry.type === 'function' && entry.stateMutability === 'nonpayable' && /verifier/i.test(entry.name),
  );
  assert.deepEqual(
    writes.map((entry) => toFunctionSelector(entry as never)),
    [toFunctionSelector('addVerifier(address)')],
  );
});

test('a business may say its country openly, by proof', async () => {
  const { chain, registry, fund } = market;
  const business = market.enrol('company', { kind: HolderKind.Business });
  await market.postRoot();
  const narrowed = { ...market.product, policy: countryDisclosure(market.policy, HONG_KONG) };
  const open = await market.prove(business, company.address, narrowed);
  const country = () => chain.read(registry, 'investorCountry', [company.address], fund.address);

  await refused(market.admit(company, open), 'PolicyMismatch');
  const hash = policyHash(narrowed.policy);
  await chain.send(owner, registry, 'setDisclosure', [fund.address, hash, HONG_KONG]);
  const sent = await market.admit(company, open);
  assert.equal(event(sent, identityRegistryAbi, 'CountryDisclosed')['country'], HONG_KONG);
  assert.equal(await market.isAdmitted(company.address), true);
  assert.equal(await country(), HONG_KONG);
  assert.equal(await chain.read(registry, 'investorCountry', [company.address]), 0);

  // The same business, without saying it.
  await market.admit(company, await market.prove(business, company.address));
  assert.equal(await country(), 0);

  // The hash counts for that token's policy alone: another policy knows no disclosures.
  market.policy = { ...market.policy, minAge: 21 };
  await market.setPolicy();
  await refused(market.admit(company, open), 'PolicyMismatch');
  market.policy = { ...market.policy, minAge: 18 };
});

test('nobody can prove a country that is not theirs, nor a person any', async () => {
  const [singapore, hongKong] = [702, HONG_KONG].map((country) => ({
    ...market.product,
    policy: countryDisclosure(market.policy, country),
  })) as [typeof market.product, typeof market.product];
  const business = market.enrol('company of Hong Kong', { kind: HolderKind.Business });
  await market.postRoot();
  await assert.rejects(market.prove(business, company.address, singapore));
  await assert.rejects(market.prove(person, alice.address, hongKong));
});

test('there is no disclosure where no business of the country may hold', () => {
  const code = (error: unknown) => error instanceof HskError && error.code === 'DISCLOSURE_NOT_ALLOWED';
  assert.throws(() => countryDisclosure(market.policy, 840), code);
  assert.throws(() => countryDisclosure({ ...market.policy, kindMask: 1 }, HONG_KONG), code);
  assert.equal(countryDisclosure(market.policy, HONG_KONG).minTier, market.policy.minTier);
});

/** The verifier with one point of its key replaced by another: sound, and for no proof of ours. */
function withOtherKey(bytecode: `0x${string}`): `0x${string}` {
  const [first, second] = vkey.IC.map((point) =>
    point.slice(0, 2).map((value) => BigInt(value).toString(16).padStart(64, '0')),
  ) as [string[], string[]];
  assert.ok(first.every((word) => bytecode.includes(word)));
  return first.reduce((code, word, index) => code.replace(word, second[index]!), bytecode) as `0x${string}`;
}
