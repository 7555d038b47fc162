import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, concat, type Hex, keccak256, pad, zeroHash } from 'viem';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { anchorRegistryBytecode } from '../../src/contracts/bytecode/AnchorRegistry.ts';
import { type Attestation, attestationDigest, POSSESSION_DST } from '../../src/protocol/attestation.ts';
import { committeeHash, g2ToEip2537 } from '../../src/protocol/committee.ts';
import { bitmap, member, signOver } from './committee.ts';
import { account, type Contract, event, refused, TestChain } from './support.ts';

const EXECUTION = 31178n;
const owner = account('owner');
const anybody = account('anybody');
const members = ['first', 'second', 'third', 'fourth'].map(member);
const keys = members.map(({ key }) => key);
const possession = members.map((one) => one.possession);

let chain: TestChain;
let registry: Contract<typeof anchorRegistryAbi>;

before(async () => {
  chain = await TestChain.open(31177);
  registry = await chain.deploy(anchorRegistryAbi, anchorRegistryBytecode, [owner.address, EXECUTION, 10n]);
  const { gas } = await chain.send(owner, registry, 'registerCommittee', [keys, possession, 3n]);
  console.log(`registerCommittee of four: ${gas} gas`);
});

function attestation(change: Partial<Attestation> = {}): Attestation {
  return {
    executionChainId: EXECUTION,
    epoch: 1n,
    committeeHash: committeeHash(3, keys),
    blockNumber: 1n,
    blockHash: keccak256('0x01'),
    outputRoot: keccak256('0x02'),
    dataHash: keccak256('0x03'),
    dataLength: 700n,
    expiry: chain.timestamp + 600n,
    previous: zeroHash,
    ...change,
  };
}

function sign(value: Attestation, signers: number[], mainchainId = 31177): Hex {
  const digest = attestationDigest({ mainchainId, anchorRegistry: registry.address }, value);
  return signOver(
    digest,
    signers.map((index) => members[index]!.secret),
  );
}

function anchor(value: Attestation, signers: number[], bits: Hex = bitmap(signers, 4)) {
  return chain.send(anybody, registry, 'anchor', [value, bits, sign(value, signers), keys]);
}

test('three of four anchor; the registry keeps root, time and index', async () => {
  const value = attestation();
  const sent = await anchor(value, [0, 2, 3]);
  console.log(`first anchor: ${sent.gas} gas`);
  const digest = attestationDigest({ mainchainId: 31177, anchorRegistry: registry.address }, value);
  assert.equal(await chain.read(registry, 'attestationDigest', [value]), digest);
  assert.deepEqual(event(sent, anchorRegistryAbi, 'Anchored'), {
    blockNumber: 1n,
    outputRoot: value.outputRoot,
    digest,
    index: 0n,
  });
  assert.deepEqual(await chain.read(registry, 'anchors', [1n]), [value.outputRoot, chain.timestamp, 0n]);
  assert.equal(await chain.read(registry, 'latestBlockNumber', []), 1n);
});

test('the next anchor may leave blocks out, and any three or all four sign', async () => {
  const { gas } = await anchor(attestation({ blockNumber: 5n }), [1, 2, 3]);
  console.log(`later anchor: ${gas} gas`);
  await anchor(attestation({ blockNumber: 9n }), [0, 1, 2, 3]);
  assert.equal(await chain.read(registry, 'getL2OutputIndexAfter', [2n]), 1n);
  assert.equal(await chain.read(registry, 'getL2OutputIndexAfter', [5n]), 1n);
  assert.equal(await chain.read(registry, 'getL2OutputIndexAfter', [6n]), 2n);
  assert.equal((await chain.read(registry, 'getL2OutputAfter', [6n])).l2BlockNumber, 9n);
  const [message] = await refused(chain.read(registry, 'getL2OutputIndexAfter', [10n]), 'Error');
  assert.equal(message, 'L2OutputOracle: cannot get output for a block that has not been proposed');
});

test('too few signers, or bits that do not match the signature', async () => {
  const value = attestation({ blockNumber: 10n });
  assert.deepEqual(await refused(anchor(value, [0, 1]), 'TooFewSigners'), [2n, 3n]);
  await refused(anchor(value, []), 'TooFewSigners');
  await refused(anchor(value, [0, 1, 2], bitmap([0, 1, 3], 4)), 'SignatureInvalid');
  await refused(anchor(value, [0, 1], bitmap([0, 1, 2], 4)), 'SignatureInvalid');
  // One member's signature twice, in place of two.
  await refused(anchor(value, [0, 1, 1], bitmap([0, 1, 2], 4)), 'SignatureInvalid');
});

test('bits at or above n, and bitmaps of another length', async () => {
  const value = attestation({ blockNumber: 10n });
  await refused(anchor(value, [0, 1, 2], '0x17'), 'BitmapInvalid');
  await refused(anchor(value, [0, 1, 2], '0x87'), 'BitmapInvalid');
  await refused(anchor(value, [0, 1, 2], '0x0700'), 'BitmapInvalid');
  await refused(anchor(value, [0, 1, 2], '0x'), 'BitmapInvalid');
});

test('block numbers must increase', async () => {
  await refused(anchor(attestation({ blockNumber: 9n }), [0, 1, 2]), 'BlockNotIncreasing');
  await refused(anchor(attestation({ blockNumber: 4n }), [0, 1, 2]), 'BlockNotIncreasing');
});

test('expired, of another chain, of another committee, without a root', async () => {
  const next = { blockNumber: 10n };
  await refused(
    anchor(attestation({ ...next, expiry: chain.timestamp + 2n }), [0, 1, 2]),
    'AttestationExpired',
  );
  await refused(anchor(attestation({ ...next, executionChainId: 1n }), [0, 1, 2]), 'ExecutionChainMismatch');
  await refused(anchor(attestation({ ...next, committeeHash: zeroHash }), [0, 1, 2]), 'CommitteeMismatch');
  await refused(anchor(attestation({ ...next, epoch: 2n }), [0, 1, 2]), 'EpochNotCurrent');
  await refused(anchor(attestation({ ...next, outputRoot: zeroHash }), [0, 1, 2]), 'OutputRootMissing');
});

test('keys other than the registered ones', async () => {
  const value = attestation({ blockNumber: 10n });
  const signature = sign(value, [0, 1, 2]);
  const swapped = [keys[1]!, keys[0]!, keys[2]!, keys[3]!];
  for (const wrong of [swapped, keys.slice(0, 3), [...keys, keys[0]!], []])
    await refused(
      chain.send(anybody, registry, 'anchor', [value, '0x07', signature, wrong]),
      'CommitteeMismatch',
    );
});

test('signatures that are malformed, infinite, off the curve or over another statement', async () => {
  const value = attestation({ blockNumber: 10n });
  const good = sign(value, [0, 1, 2]);
  const flipped = concat([pad('0x01', { size: 64 }), `0x${good.slice(2 + 128)}`]);
  const other = sign(attestation({ blockNumber: 11n }), [0, 1, 2]);
  const elsewhere = sign(value, [0, 1, 2], 1);
  // On the curve, outside the subgroup: x = 4 is a point of E(Fp) whose order does not divide r.
  const x4 = bls12_381.G1.Point.Fp.create(4n);
  const { Fp } = bls12_381.G1.Point;
  const y4 = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x4), x4), 4n));
  const outside = concat([
    pad(bytesToHex(Fp.toBytes(x4)), { size: 64 }),
    pad(bytesToHex(Fp.toBytes(y4)), { size: 64 }),
  ]);
  for (const wrong of [
    flipped,
    other,
    elsewhere,
    outside,
    `0x${'00'.repeat(128)}` as Hex,
    '0x' as Hex,
    `${good}00` as Hex,
  ])
    await refused(chain.send(anybody, registry, 'anchor', [value, '0x07', wrong, keys]), 'SignatureInvalid');
});

test('a committee is refused without possession, with a repeated or infinite key, with a senseless threshold', async () => {
  const register = (k: Hex[], p: Hex[], t: bigint, from = owner) =>
    chain.send(from, registry, 'registerCommittee', [k, p, t]);
  await refused(register(keys, possession, 3n, anybody), 'OwnableUnauthorizedAccount');
  await refused(register(keys, possession, 0n), 'ThresholdInvalid');
  await refused(register(keys, possession, 5n), 'ThresholdInvalid');
  await refused(register(keys, possession.slice(1), 3n), 'ThresholdInvalid');
  assert.deepEqual(
    await refused(register(keys, [possession[1]!, ...possession.slice(1)], 3n), 'PossessionNotProven'),
    [0n],
  );
  // A signature under the attestation suite does not prove possession.
  const crossed = signOver(keys[0]!, [members[0]!.secret]);
  await refused(register(keys, [crossed, ...possession.slice(1)], 3n), 'PossessionNotProven');
  await refused(register([keys[0]!, keys[0]!], [possession[0]!, possession[0]!], 2n), 'KeyRepeated');
  const infinity = `0x${'00'.repeat(256)}` as Hex;
  await refused(register([infinity], [`0x${'00'.repeat(128)}`], 1n), 'PossessionNotProven');
  await refused(register([keys[0]!.slice(0, -2) as Hex], [possession[0]!], 1n), 'KeyInvalid');
  // The rogue key that cancels the first one, with any signature its owner can make.
  const negated = bls12_381.shortSignatures.getPublicKey(members[0]!.secret).negate();
  const rogue = g2ToEip2537(bytesToHex(negated.toBytes(false)));
  const guess = signOver(rogue, [members[1]!.secret], POSSESSION_DST);
  await refused(register([keys[0]!, rogue], [possession[0]!, guess], 2n), 'PossessionNotProven');
});

test('a new committee opens an epoch; the old one keeps its record but anchors no more', async () => {
  const fresh = ['fifth', 'sixth', 'seventh'].map(member);
  const freshKeys = fresh.map(({ key }) => key);
  const sent = await chain.send(owner, registry, 'registerCommittee', [
    freshKeys,
    fresh.map((one) => one.possession),
    2n,
  ]);
  const { epoch, hash } = event(sent, anchorRegistryAbi, 'CommitteeRegistered');
  assert.deepEqual([epoch, hash], [2n, committeeHash(2, freshKeys)]);
  assert.deepEqual(await chain.read(registry, 'committees', [1n]), [committeeHash(3, keys), 3n, 4n]);
  await refused(anchor(attestation({ blockNumber: 20n }), [0, 1, 2]), 'EpochNotCurrent');
  await refused(anchor(attestation({ blockNumber: 20n, epoch: 2n }), [0, 1, 2]), 'CommitteeMismatch');
});
