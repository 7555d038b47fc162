import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import {
  bytesToHex,
  concat,
  type Hex,
  keccak256,
  numberToHex,
  pad,
  slice,
  stringToHex,
  zeroHash,
} from 'viem';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { blsAnchorRegistryAbi } from '../../src/contracts/abi/BlsAnchorRegistry.ts';
import { type Attestation, attestationDigest, POSSESSION_DST } from '../../src/protocol/attestation.ts';
import { committeeHash, g2ToEip2537 } from '../../src/protocol/committee.ts';
import { committeeOf, REGISTRY_BYTECODE } from './bridge-chains.ts';
import {
  bitmap,
  blsCommittee,
  ecdsaCommittee,
  member,
  signEcdsa,
  signOver,
  type TestCommittee,
} from './committee.ts';
import { account, type Contract, event, refused, TestChain } from './support.ts';

const MAINCHAIN = 31177;
const EXECUTION = 31178n;
const owner = account('owner');
const anybody = account('anybody');

/** A registry of one scheme with four members, of whom three must sign. */
class Registry {
  chain!: TestChain;
  registry!: Contract<typeof anchorRegistryAbi>;
  readonly committee: TestCommittee;

  constructor(scheme: TestCommittee['scheme']) {
    this.committee = committeeOf(scheme);
  }

  async open(): Promise<void> {
    const { scheme, keys, possession } = this.committee;
    this.chain = await TestChain.open(MAINCHAIN);
    const { address } = await this.chain.deploy(blsAnchorRegistryAbi, REGISTRY_BYTECODE[scheme], [
      owner.address,
      EXECUTION,
      10n,
    ]);
    this.registry = { address, abi: anchorRegistryAbi };
    await this.register(keys, possession, 3n);
  }

  register(keys: Hex[], possession: Hex[], threshold: bigint, from = owner) {
    return this.chain.send(from, this.registry, 'registerCommittee', [keys, possession, threshold]);
  }

  attestation(change: Partial<Attestation> = {}): Attestation {
    return {
      executionChainId: EXECUTION,
      epoch: 1n,
      committeeHash: committeeHash(3, this.committee.keys),
      blockNumber: 1n,
      blockHash: keccak256('0x01'),
      outputRoot: keccak256('0x02'),
      dataHash: keccak256('0x03'),
      dataLength: 700n,
      expiry: this.chain.timestamp + 600n,
      previous: zeroHash,
      ...change,
    };
  }

  digest(value: Attestation, mainchainId = MAINCHAIN): Hex {
    return attestationDigest({ mainchainId, anchorRegistry: this.registry.address }, value);
  }

  sign(value: Attestation, signers: number[], mainchainId = MAINCHAIN): Hex {
    return this.committee.sign(this.digest(value, mainchainId), signers);
  }

  anchor(value: Attestation, signers: number[], bits: Hex = bitmap(signers, 4)) {
    return this.submit(value, bits, this.sign(value, signers));
  }

  submit(value: Attestation, bits: Hex, signature: Hex, keys = this.committee.keys) {
    return this.chain.send(anybody, this.registry, 'anchor', [value, bits, signature, keys]);
  }
}

for (const scheme of ['bls', 'ecdsa'] as const)
  describe(`a registry whose committee signs by ${scheme}`, () => {
    const at = new Registry(scheme);
    before(() => at.open());

    test('three of four anchor; the registry keeps root, time and index', async () => {
      const value = at.attestation();
      const sent = await at.anchor(value, [0, 2, 3]);
      const digest = at.digest(value);
      assert.equal(await at.chain.read(at.registry, 'attestationDigest', [value]), digest);
      assert.deepEqual(event(sent, anchorRegistryAbi, 'Anchored'), {
        blockNumber: 1n,
        outputRoot: value.outputRoot,
        digest,
        index: 0n,
      });
      assert.deepEqual(await at.chain.read(at.registry, 'anchors', [1n]), [
        value.outputRoot,
        at.chain.timestamp,
        0n,
      ]);
      assert.equal(await at.chain.read(at.registry, 'latestBlockNumber', []), 1n);
    });

    test('the next anchor may leave blocks out, and any three or all four sign', async () => {
      await at.anchor(at.attestation({ blockNumber: 5n }), [1, 2, 3]);
      await at.anchor(at.attestation({ blockNumber: 9n }), [0, 1, 2, 3]);
      assert.equal(await at.chain.read(at.registry, 'getL2OutputIndexAfter', [2n]), 1n);
      assert.equal(await at.chain.read(at.registry, 'getL2OutputIndexAfter', [5n]), 1n);
      assert.equal(await at.chain.read(at.registry, 'getL2OutputIndexAfter', [6n]), 2n);
      assert.equal((await at.chain.read(at.registry, 'getL2OutputAfter', [6n])).l2BlockNumber, 9n);
      const [message] = await refused(at.chain.read(at.registry, 'getL2OutputIndexAfter', [10n]), 'Error');
      assert.equal(message, 'L2OutputOracle: cannot get output for a block that has not been proposed');
    });

    test('too few signers, or bits that do not match the signature', async () => {
      const value = at.attestation({ blockNumber: 10n });
      assert.deepEqual(await refused(at.anchor(value, [0, 1]), 'TooFewSigners'), [2n, 3n]);
      await refused(at.anchor(value, []), 'TooFewSigners');
      await refused(at.anchor(value, [0, 1, 2], bitmap([0, 1, 3], 4)), 'SignatureInvalid');
      await refused(at.anchor(value, [0, 1], bitmap([0, 1, 2], 4)), 'SignatureInvalid');
      // One member's signature twice, in place of two.
      await refused(at.anchor(value, [0, 1, 1], bitmap([0, 1, 2], 4)), 'SignatureInvalid');
    });

    test('bits at or above n, and bitmaps of another length', async () => {
      const value = at.attestation({ blockNumber: 10n });
      await refused(at.anchor(value, [0, 1, 2], '0x17'), 'BitmapInvalid');
      await refused(at.anchor(value, [0, 1, 2], '0x87'), 'BitmapInvalid');
      await refused(at.anchor(value, [0, 1, 2], '0x0700'), 'BitmapInvalid');
      await refused(at.anchor(value, [0, 1, 2], '0x'), 'BitmapInvalid');
    });

    test('block numbers must increase', async () => {
      await refused(at.anchor(at.attestation({ blockNumber: 9n }), [0, 1, 2]), 'BlockNotIncreasing');
      await refused(at.anchor(at.attestation({ blockNumber: 4n }), [0, 1, 2]), 'BlockNotIncreasing');
    });

    test('expired, of another chain, of another committee, without a root', async () => {
      const next = { blockNumber: 10n };
      await refused(
        at.anchor(at.attestation({ ...next, expiry: at.chain.timestamp + 2n }), [0, 1, 2]),
        'AttestationExpired',
      );
      await refused(
        at.anchor(at.attestation({ ...next, executionChainId: 1n }), [0, 1, 2]),
        'ExecutionChainMismatch',
      );
      await refused(
        at.anchor(at.attestation({ ...next, committeeHash: zeroHash }), [0, 1, 2]),
        'CommitteeMismatch',
      );
      await refused(at.anchor(at.attestation({ ...next, epoch: 2n }), [0, 1, 2]), 'EpochNotCurrent');
      await refused(
        at.anchor(at.attestation({ ...next, outputRoot: zeroHash }), [0, 1, 2]),
        'OutputRootMissing',
      );
    });

    test('keys other than the registered ones', async () => {
      const value = at.attestation({ blockNumber: 10n });
      const signature = at.sign(value, [0, 1, 2]);
      const { keys } = at.committee;
      const swapped = [keys[1]!, keys[0]!, keys[2]!, keys[3]!];
      for (const wrong of [swapped, keys.slice(0, 3), [...keys, keys[0]!], []])
        await refused(at.submit(value, '0x07', signature, wrong), 'CommitteeMismatch');
    });

    test('signatures over another statement, for another chain, too short, too long', async () => {
      const value = at.attestation({ blockNumber: 10n });
      const good = at.sign(value, [0, 1, 2]);
      const other = at.sign(at.attestation({ blockNumber: 11n }), [0, 1, 2]);
      const elsewhere = at.sign(value, [0, 1, 2], 1);
      for (const wrong of [
        other,
        elsewhere,
        '0x' as Hex,
        `${good}00` as Hex,
        slice(good, 1),
        slice(good, 0, -1),
      ])
        await refused(at.submit(value, '0x07', wrong), 'SignatureInvalid');
    });

    test('a committee is refused from others than the owner, without possession, with a senseless threshold', async () => {
      const { keys, possession } = at.committee;
      await refused(at.register(keys, possession, 3n, anybody), 'OwnableUnauthorizedAccount');
      await refused(at.register(keys, possession, 0n), 'ThresholdInvalid');
      await refused(at.register(keys, possession, 5n), 'ThresholdInvalid');
      await refused(at.register([], [], 0n), 'ThresholdInvalid');
      await refused(at.register(keys, possession.slice(1), 3n), 'ThresholdInvalid');
      assert.deepEqual(
        await refused(at.register(keys, [possession[1]!, ...possession.slice(1)], 3n), 'PossessionNotProven'),
        [0n],
      );
      await refused(at.register([keys[0]!, keys[0]!], [possession[0]!, possession[0]!], 2n), 'KeyRepeated');
      await refused(at.register([slice(keys[0]!, 0, -1)], [possession[0]!], 1n), 'KeyInvalid');
    });

    test('a new committee opens an epoch; the old one keeps its record but anchors no more', async () => {
      const make = scheme === 'bls' ? blsCommittee : ecdsaCommittee;
      const fresh = make(['fifth', 'sixth', 'seventh']);
      const sent = await at.register(fresh.keys, fresh.possession, 2n);
      const { epoch, hash } = event(sent, anchorRegistryAbi, 'CommitteeRegistered');
      assert.deepEqual([epoch, hash], [2n, committeeHash(2, fresh.keys)]);
      assert.deepEqual(await at.chain.read(at.registry, 'committees', [1n]), [
        committeeHash(3, at.committee.keys),
        3n,
        4n,
      ]);
      await refused(at.anchor(at.attestation({ blockNumber: 20n }), [0, 1, 2]), 'EpochNotCurrent');
      await refused(
        at.anchor(at.attestation({ blockNumber: 20n, epoch: 2n }), [0, 1, 2]),
        'CommitteeMismatch',
      );
    });
  });

describe('BLS alone', () => {
  const at = new Registry('bls');
  const first = member('first');
  const second = member('second');
  before(() => at.open());

  test('signatures that are infinite, off the curve or outside the subgroup', async () => {
    const value = at.attestation();
    const good = at.sign(value, [0, 1, 2]);
    const flipped = concat([pad('0x01', { size: 64 }), slice(good, 64)]);
    // On the curve, outside the subgroup: x = 4 is a point of E(Fp) whose order does not divide r.
    const x4 = bls12_381.G1.Point.Fp.create(4n);
    const { Fp } = bls12_381.G1.Point;
    const y4 = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x4), x4), 4n));
    const outside = concat([
      pad(bytesToHex(Fp.toBytes(x4)), { size: 64 }),
      pad(bytesToHex(Fp.toBytes(y4)), { size: 64 }),
    ]);
    for (const wrong of [flipped, outside, `0x${'00'.repeat(128)}` as Hex])
      await refused(at.submit(value, '0x07', wrong), 'SignatureInvalid');
  });

  test('possession under the wrong suite, of a key at infinity, of a rogue key', async () => {
    const { keys, possession } = at.committee;
    // A signature under the attestation suite does not prove possession.
    const crossed = signOver(keys[0]!, [first.secret]);
    await refused(at.register(keys, [crossed, ...possession.slice(1)], 3n), 'PossessionNotProven');
    const infinity = `0x${'00'.repeat(256)}` as Hex;
    await refused(at.register([infinity], [`0x${'00'.repeat(128)}`], 1n), 'PossessionNotProven');
    // The rogue key that cancels the first one, with any signature its owner can make.
    const negated = bls12_381.shortSignatures.getPublicKey(first.secret).negate();
    const rogue = g2ToEip2537(bytesToHex(negated.toBytes(false)));
    const guess = signOver(rogue, [second.secret], POSSESSION_DST);
    await refused(at.register([keys[0]!, rogue], [possession[0]!, guess], 2n), 'PossessionNotProven');
  });
});

describe('ECDSA alone', () => {
  const at = new Registry('ecdsa');
  before(() => at.open());

  test('signatures must be in the order of the addresses, each once, in the one canonical encoding', async () => {
    const value = at.attestation();
    const good = at.sign(value, [0, 1, 2]);
    const [a, b, c] = [0, 65, 130].map((from) => slice(good, from, from + 65)) as [Hex, Hex, Hex];
    const v = Number(slice(a, 64));
    // The other root of the same signature: s mirrored, v changed.
    const mirrored = concat([
      slice(a, 0, 32),
      numberToHex(secp256k1.Point.Fn.ORDER - BigInt(slice(a, 32, 64)), { size: 32 }),
      v === 27 ? '0x1c' : '0x1b',
    ]);
    const plainV = concat([slice(a, 0, 64), v === 27 ? '0x00' : '0x01']);
    const stranger = signEcdsa(at.digest(value), keccak256(stringToHex('stranger')));
    for (const wrong of [
      [b, a, c],
      [a, a, b],
      [a, b],
      [a, b, c, c],
      [mirrored, b, c],
      [plainV, b, c],
      [a, b, stranger],
      [a, b, `0x${'00'.repeat(65)}` as Hex],
    ])
      await refused(at.submit(value, '0x07', concat(wrong)), 'SignatureInvalid');
    // The right signatures under bits of others.
    await refused(at.submit(value, '0x0b', good), 'SignatureInvalid');
    await at.submit(value, '0x07', good);
  });

  test('addresses are registered in ascending order', async () => {
    const { keys, possession } = at.committee;
    await refused(at.register(keys.toReversed(), possession.toReversed(), 3n), 'KeyInvalid');
    await refused(at.register([pad(keys[0]!, { size: 32 })], [possession[0]!], 1n), 'KeyInvalid');
  });
});
