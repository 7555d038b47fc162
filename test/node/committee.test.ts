import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { type Address, type Hex, hexToBytes, keccak256, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { bitmapOf } from '../../src/node/committee/aggregate.ts';
import { Aggregator } from '../../src/node/committee/aggregator.ts';
import { memberKey } from '../../src/node/committee/bls.ts';
import { decodeBundle, encodeBundle } from '../../src/node/committee/bundle.ts';
import type { ChainTerms, Proposal } from '../../src/node/committee/check-proposal.ts';
import { proposalText, verifyEquivocation } from '../../src/node/committee/equivocation.ts';
import { Member, type MemberEndpoint } from '../../src/node/committee/member.ts';
import { type CommitteeRegistry, fixedRegistry } from '../../src/node/committee/registry.ts';
import {
  ATTESTATION_DST,
  attestationDigest,
  POSSESSION_DST,
  type SignedAttestation,
} from '../../src/protocol/attestation.ts';
import { verifyAccountProof } from '../../src/protocol/account-proof.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { headerHash } from '../../src/protocol/header.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';

const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';
const account = privateKeyToAccount(generatePrivateKey());
const secrets = Array.from({ length: 4 }, () => bls12_381.utils.randomSecretKey());
const keys = secrets.map(memberKey);
const report = () => undefined;

let folder: string;
let chain: Chain;
let terms: ChainTerms;
const registry: CommitteeRegistry = fixedRegistry({
  epoch: 1n,
  threshold: 3,
  keys: keys.map((key) => key.publicKey),
});

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-committee-'));
  chain = await openExecutionChain({
    directory: path.join(folder, 'chain'),
    heartbeatMs: 3_600_000,
    alloc: {
      [LOCKBOX]: { code: '0x00', storage: { [`0x${'00'.repeat(31)}07` as Hex]: '0x01' as Hex } },
      [account.address]: { balance: 10n ** 24n },
    },
  });
  terms = {
    domain: { mainchainId: 31177, anchorRegistry: '0x1111111111111111111111111111111111111111' },
    executionChainId: 31178,
    attestedAfter: { number: 0n, hash: chain.head().hash },
    lockbox: LOCKBOX,
  };
});

after(async () => {
  await chain.close();
  rmSync(folder, { recursive: true, force: true });
});

let nonce = 0;
async function produceBlock(): Promise<void> {
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: 31178,
    nonce: nonce++,
    to: account.address,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: parseGwei('10'),
  });
  await chain.request('eth_sendRawTransaction', [raw]);
  await chain.produce();
}

function openMember(directory: string, index = 0): Promise<Member> {
  return Member.open({ directory, secret: secrets[index]!, terms, registry, sequencer: account.address });
}

function openMembers(directory: string): Promise<Member[]> {
  return Promise.all(secrets.map((_, index) => openMember(path.join(directory, String(index)), index)));
}

/** A member that signs in another way. */
function signing(member: Member, sign: MemberEndpoint['sign']): MemberEndpoint {
  return {
    publicKey: () => member.publicKey(),
    tip: () => member.tip(),
    adopt: (proposal, certificate) => member.adopt(proposal, certificate),
    sign,
  };
}

function aggregate(directory: string, members: readonly MemberEndpoint[], timeout = 500) {
  return Aggregator.open({
    directory,
    chain,
    terms,
    registry,
    sequencer: account,
    findMember: async (key) => members[keys.findIndex(({ publicKey }) => publicKey === key)],
    timeout,
    report,
  });
}

async function reached(aggregator: Aggregator, number: bigint): Promise<SignedAttestation> {
  for (let tries = 0; tries < 400; tries++) {
    if ((aggregator.latest?.attestation.blockNumber ?? 0n) >= number)
      return (await aggregator.attestation(number))!;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`block ${number} was not attested`);
}

/** With noble only, from the attestation's own bytes. */
function verify({ attestation, bitmap, signature }: SignedAttestation): number[] {
  const { shortSignatures: scheme, G1, G2 } = bls12_381;
  const bits = hexToBytes(bitmap);
  const signers = keys.flatMap((_, index) => ((bits[index >> 3]! >> (index & 7)) & 1 ? [index] : []));
  const message = scheme.hash(hexToBytes(attestationDigest(terms.domain, attestation)), ATTESTATION_DST);
  const sum = signers
    .map((index) => G2.Point.fromBytes(hexToBytes(keys[index]!.publicKey)))
    .reduce((a, b) => a.add(b));
  assert.ok(scheme.verify(G1.Point.fromBytes(hexToBytes(signature)), message, sum));
  return signers;
}

/** The proposal with the sequencer's name to it, whatever it says by now. */
async function signed(proposal: Proposal): Promise<Proposal> {
  const message = proposalText(attestationDigest(terms.domain, proposal.attestation));
  return { ...proposal, signature: await account.signMessage({ message }) };
}

/** As a hung process: the request is given up long after the others answered. */
function slowly(): Promise<Hex> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new HskError('MEMBER_UNREACHABLE', 'no answer')), 350);
  });
}

const isCode = (code: string) => (error: unknown) => error instanceof HskError && error.code === code;

describe('committee', () => {
  it('proves possession of every key over its EIP-2537 form', () => {
    const { shortSignatures: scheme, G1, G2 } = bls12_381;
    for (const key of keys) {
      const message = scheme.hash(hexToBytes(key.eip2537Key), POSSESSION_DST);
      const signature = G1.Point.fromBytes(hexToBytes(key.possession));
      assert.ok(scheme.verify(signature, message, G2.Point.fromBytes(hexToBytes(key.publicKey))));
      assert.equal(hexToBytes(key.eip2537Possession).length, 128);
    }
  });

  it('sets the bits of the signers, least significant first', () => {
    assert.equal(bitmapOf([0, 2, 3], 4), '0x0d');
    assert.equal(bitmapOf([8, 1], 9), '0x0201');
  });

  it('attests every block in one chain, and every member holds the data', async () => {
    const directory = path.join(folder, 'all');
    const members = await openMembers(directory);
    await produceBlock();
    await produceBlock();
    const aggregator = await aggregate(directory, members);
    const [first, second] = [await reached(aggregator, 1n), await reached(aggregator, 2n)];
    assert.deepEqual(verify(first), [0, 1, 2, 3]);
    assert.ok(verify(second).length >= 3);
    assert.equal(first.attestation.previous, `0x${'00'.repeat(32)}`);
    assert.equal(second.attestation.previous, attestationDigest(terms.domain, first.attestation));
    const block = chain.block(2n)!;
    assert.equal(second.attestation.blockHash, block.hash);
    for (const member of members) {
      const bundle = await member.bundle(second.attestation.dataHash);
      assert.equal(keccak256(bundle!), second.attestation.dataHash);
      assert.equal(BigInt(bundle!.length), second.attestation.dataLength);
      assert.deepEqual(decodeBundle(bundle!).transactions, block.transactions);
    }
    await aggregator.close();
    await Promise.all(members.map((member) => member.close()));
  });

  it('goes on with one member silent and one failing is too few, then catches the missing up', async () => {
    const directory = path.join(folder, 'partial');
    const members = await openMembers(directory);
    let silent = true;
    let failing = false;
    const endpoints = members.map((member, index) =>
      signing(member, (proposal) => {
        if (index === 1 && silent) return slowly();
        if (index === 2 && failing) return Promise.reject(new Error('connection refused'));
        return member.sign(proposal);
      }),
    );
    const aggregator = await aggregate(directory, endpoints, 300);
    const head = chain.head().header.number;
    assert.deepEqual(verify(await reached(aggregator, head)), [0, 2, 3]);
    failing = true;
    await produceBlock();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(aggregator.latest?.attestation.blockNumber, head);
    silent = false;
    const next = await reached(aggregator, head + 1n);
    assert.deepEqual(verify(next), [0, 1, 3]);
    assert.equal((await members[1]!.tip()).blockNumber, head + 1n);
    await aggregator.close();
    await Promise.all(members.map((member) => member.close()));
  });

  it('leaves a wrong signature out', async () => {
    const directory = path.join(folder, 'wrong');
    const members = await openMembers(directory);
    const endpoints = members.map((member, index) =>
      signing(member, async (proposal) => {
        const signature = await member.sign(proposal);
        return index === 3 ? keys[3]!.possession : signature;
      }),
    );
    const aggregator = await aggregate(directory, endpoints);
    assert.deepEqual(verify(await reached(aggregator, 1n)), [0, 1, 2]);
    await aggregator.close();
    await Promise.all(members.map((member) => member.close()));
  });

  it('refuses what does not follow from the block, and never signs twice for one number', async () => {
    const directory = path.join(folder, 'hostile');
    const members = await openMembers(directory);
    const seen: Proposal[] = [];
    const aggregator = await aggregate(
      directory,
      members.map((member) =>
        signing(member, (proposal) => {
          seen.push(proposal);
          return member.sign(proposal);
        }),
      ),
    );
    await reached(aggregator, 2n);
    await aggregator.close();
    const [one, two] = [1n, 2n].map((n) => seen.find((p) => p.attestation.blockNumber === n)!);
    await Promise.all(members.map((member) => member.close()));

    const fresh = await openMember(path.join(folder, 'fresh'));
    const alter = (change: Partial<Proposal['attestation']>) =>
      signed({ ...one!, attestation: { ...one!.attestation, ...change } });
    const other: Hex = `0x${'11'.repeat(32)}`;
    for (const change of [
      { outputRoot: other },
      { blockHash: other },
      { previous: other },
      { committeeHash: other },
      { dataHash: other },
      { dataLength: 1n },
      { epoch: 2n },
      { executionChainId: 1n },
      { expiry: one!.attestation.expiry + 1n },
    ])
      await assert.rejects(
        fresh.sign(await alter(change)),
        isCode('epoch' in change ? 'COMMITTEE_EPOCH' : 'COMMITTEE_REFUSED'),
        JSON.stringify(Object.keys(change)),
      );
    await assert.rejects(
      fresh.sign({ ...one!, attestation: { ...one!.attestation, dataLength: 1n } }),
      isCode('COMMITTEE_NOT_SEQUENCER'),
    );
    const bundle = decodeBundle(one!.bundle);
    await assert.rejects(
      fresh.sign({ ...one!, bundle: encodeBundle({ ...bundle, transactions: [], receipts: [] }) }),
      isCode('COMMITTEE_REFUSED'),
    );
    await assert.rejects(fresh.sign(two!), isCode('COMMITTEE_BEHIND'));
    const signature = await fresh.sign(one!);
    await fresh.sign(two!);
    assert.equal(await fresh.sign(one!), signature);
    await fresh.close();

    const again = await openMember(path.join(folder, 'fresh'));
    assert.equal(await again.sign(one!), signature);
    // Another block of the same number under the same parent: every check holds, but the number is taken.
    const header = { ...bundle.header, extraData: '0x01' as Hex };
    const fork = encodeBundle({ ...bundle, header });
    const forked = await alter({
      blockHash: headerHash(header),
      dataHash: keccak256(fork),
      dataLength: BigInt(fork.length),
      outputRoot: outputRoot({
        stateRoot: header.stateRoot,
        messagePasserStorageRoot: verifyAccountProof({
          stateRoot: header.stateRoot,
          address: LOCKBOX,
          proof: one!.lockboxProof,
        }).storageRoot,
        latestBlockhash: headerHash(header),
      }),
    });
    assert.deepEqual(await again.evidence(), []);
    for (const _ of [1, 2])
      await assert.rejects(again.sign({ ...forked, bundle: fork }), isCode('COMMITTEE_EQUIVOCATION'));
    const [evidence, ...more] = await again.evidence();
    assert.equal(more.length, 0);
    const proven = verifyEquivocation(evidence!, terms.domain);
    assert.deepEqual(proven, {
      sequencer: account.address.toLowerCase(),
      blockNumber: 1n,
      fields: ['blockHash', 'outputRoot', 'dataHash'],
    });
    const unproven = isCode('EQUIVOCATION_UNPROVEN');
    const { first, second } = evidence!;
    assert.throws(() => verifyEquivocation({ first, second: first }, terms.domain), unproven);
    const foreign = { ...second, signature: first.signature };
    assert.throws(() => verifyEquivocation({ first, second: foreign }, terms.domain), unproven);
    const elsewhere = { ...terms.domain, mainchainId: 1 };
    assert.throws(() => verifyEquivocation(evidence!, elsewhere), unproven);
    await again.close();
  });

  it('continues after a restart with the same chain of attestations', async () => {
    const directory = path.join(folder, 'all');
    const members = await openMembers(directory);
    const aggregator = await aggregate(directory, members);
    const head = chain.head().header.number;
    await reached(aggregator, head);
    let previous: Hex = `0x${'00'.repeat(32)}`;
    for (let number = 1n; number <= head; number++) {
      const { attestation } = (await aggregator.attestation(number))!;
      assert.equal(attestation.previous, previous);
      previous = attestationDigest(terms.domain, attestation);
    }
    await aggregator.close();
    await Promise.all(members.map((member) => member.close()));
  });
});
