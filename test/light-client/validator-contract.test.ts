import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { Hex } from 'viem';
import { runCall } from '../../src/evm/run-call.ts';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { checkEvidence } from '../../src/light-client/check-evidence.ts';
import { LinkedHeaders } from '../../src/light-client/linked-headers.ts';
import { openSealedRoot } from '../../src/light-client/sealed-root.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { type MainchainView, stepMainchain } from '../../src/light-client/follow-mainchain.ts';
import { parseEip1186 } from '../../src/protocol/account-proof.ts';
import { anchorSlot } from '../../src/protocol/anchor.ts';
import { type HskError, toHskError } from '../../src/protocol/errors.ts';
import {
  type Evidence,
  parseEvidence,
  profileDigest,
  serializeEvidence,
} from '../../src/protocol/evidence.ts';
import { executionHash } from '../../src/protocol/execution-hash.ts';
import { encodeHeader } from '../../src/protocol/header.ts';
import type { Misbehaviour } from '../../src/protocol/misbehaviour.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';
import {
  type ChainProfile,
  parseProfile,
  sealedMainchain,
  serializeProfile,
} from '../../src/protocol/profile.ts';
import { decodeQbftExtra, encodeQbftExtra, qbftBlockHash } from '../../src/protocol/qbft.ts';
import { validatorSlots } from '../../src/protocol/validator-contract.ts';
import { decodeHeader, verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { verifyMisbehaviour } from '../../src/protocol/verify-misbehaviour.ts';
import { withCode } from '../protocol/vectors.ts';
import { addresses, arrayWords, CONTRACT, ContractMainchain, headerJson } from './contract-mainchain.ts';

const file = (name: string) => readFileSync(new URL(`../elements/recorded/${name}`, import.meta.url), 'utf8');
const recorded = parseEvidence(JSON.parse(file('evidence.json')));
const recordedProfile = parseProfile(JSON.parse(file('profile.json')));
const FIRST = [5, 0, 3, 1];
/** One member in two is another: a skip from `FIRST` still carries. */
const SECOND = [0, 3, 8, 9];
/** Nobody of `FIRST`. */
const THIRD = [8, 9, 10, 11, 12];

/** Blocks 0 to 39: the set changes with blocks 10 and 18. */
const sets = Array.from({ length: 40 }, (_, number) => (number < 10 ? FIRST : number < 18 ? SECOND : THIRD));
const named = (set: readonly number[]) => set.map((index) => addresses[index]!);

function checkpoint(chain: ContractMainchain): MainchainView {
  return { number: 0n, hash: chain.hash(0), validators: named(FIRST), path: [] };
}

function step(chain: ContractMainchain, view = checkpoint(chain)): Promise<MainchainView> {
  return stepMainchain(view, chain, new LinkedHeaders(chain, qbftBlockHash), 2, CONTRACT);
}

/** The registry of the recorded evidence, so that it holds on this chain as well. */
function registryWith({ mainchain, headers }: Evidence) {
  const { header, hash } = decodeHeader(headers.at(-1)!, executionHash);
  const { blockNumber, messagePasserStorageRoot } = mainchain!.anchor!;
  const root = outputRoot({ stateRoot: header.stateRoot, messagePasserStorageRoot, latestBlockhash: hash });
  const { anchorRegistry } = recordedProfile.mainchain.contracts;
  return { [anchorRegistry]: { [anchorSlot(anchorRegistrySlots.anchors, blockNumber)]: BigInt(root) } };
}

/** The same chain, whatever its newest block. */
async function chainOf(last: number, options: Parameters<typeof ContractMainchain.of>[1] = {}) {
  const chain = await ContractMainchain.of(sets, { others: registryWith(recorded), ...options });
  chain.latest = last;
  return chain;
}

function profileOf(chain: ContractMainchain): ChainProfile {
  return {
    ...recordedProfile,
    mainchain: {
      ...sealedMainchain(recordedProfile),
      checkpoint: { number: 0n, hash: chain.hash(0), validators: named(FIRST) },
      validatorContract: CONTRACT,
    },
  };
}

describe('following validators that a contract keeps', () => {
  it('skips while a third of the trusted set signs, and takes the set of the contract', async () => {
    const chain = await chainOf(9);
    const same = await step(chain);
    assert.deepEqual([same.number, same.validators, same.path.length], [9n, named(FIRST), 0]);
    const next = await step(await chainOf(15), same);
    assert.deepEqual([next.number, next.validators], [15n, named(SECOND)]);
    assert.deepEqual(
      next.path.map(({ header }) => header.number),
      [15n],
    );
  });

  it('takes the set of the state before the block: the first header of a new set', async () => {
    const view = await step(await chainOf(10));
    assert.deepEqual(view.validators, named(SECOND));
  });

  it('walks by halves where nobody of the trusted set is left', async () => {
    const chain = await chainOf(39);
    const view = await step(chain);
    assert.deepEqual([view.number, view.validators], [39n, named(THIRD)]);
    assert.deepEqual(
      view.path.map(({ header }) => header.number),
      [14n, 19n],
    );
    // Of 39, 19, 9 and 14: what was proven once is not asked again on the way back.
    assert.equal(chain.asked.filter((method) => method === 'eth_getProof').length, 4);
    assert.equal(await step(chain, view), view);
  });

  it('stands on the checkpoint itself, the first block too', async () => {
    const genesis = await step(await chainOf(0));
    assert.equal(genesis.head?.header.number, 0n);
    const chain = await chainOf(5);
    const at = { ...checkpoint(chain), number: 5n, hash: chain.hash(5) };
    assert.ok((await step(chain, at)).head?.proof);
  });
});

describe('a peer that lies about them is refused', () => {
  type Answer = { storageProof: { key: Hex; proof: Hex[] }[]; accountProof: Hex[] };
  const lies: Record<
    string,
    [code: string[], bend: (chain: ContractMainchain) => ContractMainchain['bend']]
  > = {
    'another item of the array': [
      ['TRIE_NODE_HASH', 'TRIE_OTHER_KEY'],
      () => (method, _params, answer) => {
        const { storageProof, ...rest } = answer as Answer;
        if (method !== 'eth_getProof') return answer;
        const entries = storageProof.map((entry, index) =>
          index === 1 ? { ...entry, proof: storageProof[2]!.proof } : entry,
        );
        return { ...rest, storageProof: entries };
      },
    ],
    'a shorter array': [
      ['VALIDATORS_LENGTH'],
      () => (method, _params, answer) => (method === 'eth_getStorageAt' ? '0x3' : answer),
    ],
    'a longer array': [
      ['VALIDATORS_LENGTH'],
      () => (method, _params, answer) => (method === 'eth_getStorageAt' ? '0x5' : answer),
    ],
    'an array beyond every bound': [
      ['VALIDATORS_LENGTH'],
      () => (method, _params, answer) => (method === 'eth_getStorageAt' ? `0x${'f'.repeat(64)}` : answer),
    ],
    'proofs under another block': [
      ['TRIE_NODE_HASH'],
      (chain) => (method, params, answer) =>
        method === 'eth_getProof' ? chain.proof(3, CONTRACT.address, params[1] as Hex[]) : answer,
    ],
    'a parent that is not the parent': [
      ['VALIDATORS_PARENT'],
      (chain) => (method, params, answer) =>
        method === 'eth_getBlockByNumber' && params[0] === '0xe'
          ? headerJson({ ...chain.sealed(14), stateRoot: chain.headers[0]!.stateRoot })
          : answer,
    ],
    'a header that lists validators': [
      ['QBFT_EXTRA_INVALID'],
      (chain) => (method, params, answer) => {
        if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return answer;
        const header = chain.headers[15]!;
        const extra = { ...decodeQbftExtra(header.extraData), validators: named(SECOND).toSorted() };
        return headerJson(chain.sealed(15, SECOND, { ...header, extraData: encodeQbftExtra(extra) }));
      },
    ],
  };
  for (const [name, [codes, bend]] of Object.entries(lies))
    it(name, async () => {
      const chain = await chainOf(15);
      chain.bend = bend(chain);
      await assert.rejects(step(chain), withCode(...codes));
    });

  it('too few of the new set', async () => {
    const two = await chainOf(15, { sealers: { 15: [0, 3] } });
    await assert.rejects(step(two), withCode('SEAL_QUORUM'));
    const stranger = await chainOf(15, { sealers: { 15: [0, 3, 8, 20] } });
    await assert.rejects(step(stranger), withCode('SEAL_NOT_A_VALIDATOR'));
  });

  it('too few of the old set, up to the block where they hand over', async () => {
    // Exactly a third is not more: of four, one; nothing lies between for a walk.
    const abrupt = await ContractMainchain.of([FIRST, [5, 8, 9, 10]]);
    await assert.rejects(step(abrupt), withCode('SEAL_SKIP'));
    const none = await ContractMainchain.of([FIRST, FIRST, THIRD, THIRD, THIRD]);
    await assert.rejects(step(none), withCode('SEAL_SKIP'));
  });

  it('an array that repeats an address, holds none, or is empty', async () => {
    const items = named(FIRST).map(BigInt);
    for (const [words, code] of [
      [arrayWords([...items.slice(0, 3), items[0]!]), 'VALIDATORS_INVALID'],
      [arrayWords([...items.slice(0, 3), items[3]! | (1n << 160n)]), 'VALIDATORS_INVALID'],
      [arrayWords([...items.slice(0, 3), 0n]), 'VALIDATORS_INVALID'],
      [arrayWords([]), 'VALIDATORS_LENGTH'],
    ] as const) {
      const chain = await chainOf(5, { words: { 4: words } });
      await assert.rejects(step(chain), withCode(code));
    }
  });

  it('a header without a list, where the profile knows of no contract', async () => {
    const chain = await chainOf(9);
    const plain = stepMainchain(checkpoint(chain), chain, new LinkedHeaders(chain, qbftBlockHash), 2);
    await assert.rejects(plain, withCode('QBFT_EXTRA_INVALID'));
  });
});

describe('evidence over validators that a contract keeps', () => {
  let profile: ChainProfile;
  let document: Evidence;
  let chain: ContractMainchain;
  const store = memoryStore();
  const open = () =>
    openSealedRoot({ profile, digest: profileDigest(profile), mainchain: chain, store, now: () => 40n });

  before(async () => {
    chain = await chainOf(39);
    profile = profileOf(chain);
    await open().follow();
    // What follows is told from what the visit before left.
    chain.asked = [];
    const root = open();
    await root.recall();
    await root.follow();
    assert.ok(!chain.asked.includes('eth_getProof') && root.heads.head?.header.number === 39n);
    const ancestors = [38n, 37n].map((number) => ({
      header: chain.sealed(Number(number)),
      hash: chain.hash(Number(number)),
    }));
    const at = ancestors.at(-1)!;
    const { anchorRegistry } = profile.mainchain.contracts;
    const { anchor } = recorded.mainchain!;
    const slot = anchorSlot(anchorRegistrySlots.anchors, anchor!.blockNumber);
    const { accountProof, storageProofs } = parseEip1186(await chain.proof(37, anchorRegistry, [slot]), [
      slot,
    ]);
    document = {
      ...recorded,
      profileDigest: profileDigest(profile),
      mainchain: {
        ...(await root.evidence(at)),
        registryProof: accountProof,
        anchor: { ...anchor!, proof: storageProofs[0]! },
      },
    };
  });

  type Sealed = Extract<NonNullable<Evidence['mainchain']>, { path: Hex[] }>;
  const sealed = () => document.mainchain as Sealed;
  const refusal = (change: Partial<Sealed>): HskError => {
    try {
      verifyEvidence({ ...document, mainchain: { ...sealed(), ...change } }, profile, anchorRegistrySlots);
    } catch (error) {
      return toHskError(toHskError(error).cause);
    }
    throw new Error('accepted');
  };

  it('is verified offline up to the highest rung, and shows who sealed', async () => {
    assert.ok(sealed().path.length >= 3 && sealed().validatorProofs!.length === sealed().path.length);
    const read = parseEvidence(JSON.parse(serializeEvidence(document)));
    const decision = verifyEvidence(read, profile, anchorRegistrySlots);
    assert.deepEqual([decision.rung, decision.validators], ['final', named(THIRD)]);
    const { summary } = await checkEvidence(profile, serializeEvidence(document), runCall);
    assert.equal(summary.mainchain?.validators.filter((validator) => validator.sealed).length, THIRD.length);
  });

  it('is refused with other, fewer, exchanged or bent proofs', () => {
    const proofs = sealed().validatorProofs!;
    const bent = (change: object) =>
      proofs.map((proof, index) => (index === 1 ? { ...proof, ...change } : proof));
    const { storageProofs } = proofs[1]!;
    for (const [validatorProofs, ...codes] of [
      [undefined, 'VALIDATORS_UNPROVEN'],
      [proofs.slice(0, -1), 'VALIDATORS_UNPROVEN'],
      [[...proofs, proofs[0]!], 'VALIDATORS_UNPROVEN'],
      [proofs.toReversed(), 'VALIDATORS_PARENT'],
      [bent({ parent: sealed().path[0] }), 'VALIDATORS_PARENT'],
      [bent({ parent: '0x80' }), 'HEADER_INVALID'],
      [bent({ accountProof: sealed().registryProof }), 'TRIE_NODE_HASH', 'TRIE_OTHER_KEY'],
      [bent({ storageProofs: storageProofs.slice(0, -1) }), 'VALIDATORS_LENGTH'],
      [bent({ storageProofs: [...storageProofs, storageProofs[1]] }), 'TRIE_NODE_HASH', 'TRIE_OTHER_KEY'],
      [bent({ storageProofs: [] }), 'TRIE_PROOF_SHORT', 'VALIDATORS_LENGTH'],
      [bent({ storageProofs: storageProofs.with(1, storageProofs[2]!) }), 'TRIE_NODE_HASH', 'TRIE_OTHER_KEY'],
    ] as [Sealed['validatorProofs'], ...string[]][]) {
      const { code } = refusal({ validatorProofs });
      assert.ok(codes.includes(code), `${code}, expected ${codes.join(' or ')}`);
    }
  });

  it('is refused when a step of the path is left out', () => {
    const { path, validatorProofs } = sealed();
    const { code } = refusal({ path: path.slice(-1), validatorProofs: validatorProofs!.slice(-1) });
    assert.equal(code, 'SEAL_SKIP');
  });

  it('belongs to the contract of the profile: another one is another digest, none is the old digest', () => {
    const other = {
      ...profile.mainchain,
      validatorContract: { ...CONTRACT, slot: 4n },
    } as ChainProfile['mainchain'];
    assert.notEqual(profileDigest({ ...profile, mainchain: other }), profileDigest(profile));
    assert.equal(profileDigest(recordedProfile), recorded.profileDigest);
    const { validatorContract } = sealedMainchain(parseProfile(JSON.parse(serializeProfile(profile))));
    assert.deepEqual(validatorContract, CONTRACT);
    assert.equal(validatorSlots(CONTRACT, 2).length, 3);
  });

  it('documents of misbehaviour say that they cannot show such headers', () => {
    const header = encodeHeader(chain.sealed(9));
    const claim: Misbehaviour = {
      version: 1,
      profileDigest: profileDigest(profile),
      misbehaviour: 'headers',
      path: [],
      first: header,
      second: header,
    };
    assert.throws(
      () => verifyMisbehaviour(claim, profile, anchorRegistrySlots),
      (error) => {
        assert.match(String(error), /kept by a contract/);
        return withCode('MISBEHAVIOUR_UNPROVEN')(error);
      },
    );
  });
});
