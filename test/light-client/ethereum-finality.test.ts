import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Hex } from 'viem';
import { runCall } from '../../src/evm/run-call.ts';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { checkEvidence } from '../../src/light-client/check-evidence.ts';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import type { HskError } from '../../src/protocol/errors.ts';
import { type Evidence, parseEvidence, serializeEvidence } from '../../src/protocol/evidence.ts';
import { parseProfile, serializeProfile } from '../../src/protocol/profile.ts';
import type { SyncUpdate } from '../../src/protocol/sync-update.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { flipBit, withCode } from '../protocol/vectors.ts';
import { AIR_GAP, EthereumWorld, type Game, type Lie } from './ethereum-world.ts';
import { holder, SmallDeployment } from './small-deployment.ts';
import { until } from './until.ts';

let chains: SmallDeployment;
/** The execution block that is anchored, and its output root. */
let anchored: { number: bigint; root: Hex };

before(async () => {
  chains = await SmallDeployment.open();
  const { block } = await chains.transfer('0x00000000000000000000000000000000000000aa', 1n);
  await chains.attest(block);
  anchored = { number: block.header.number, root: await chains.outputRoot(block) };
});
after(() => chains.close());

/** Mainchain block 10 knows no anchor yet, block 20 does; two games claim them. */
async function world(
  contracts: 'portal' | 'anchorStateRegistry' | 'oracle' = 'portal',
): Promise<EthereumWorld> {
  const made = await EthereumWorld.over(chains, contracts);
  await made.mainchainBlock(10n);
  made.anchor(anchored.number, anchored.root);
  await made.mainchainBlock(20n);
  return made;
}

const clients: LightClient[] = [];
after(() => clients.forEach((client) => client.stop()));

async function start(made: EthereumWorld, lie?: Lie, store = memoryStore()): Promise<LightClient> {
  const client = made.client({ store, ...(lie && { lie }) });
  clients.push(client);
  await client.start(made.profile);
  return client;
}

/** The code that the client stops at. */
async function refused(made: EthereumWorld, lie?: Lie): Promise<string> {
  const client = await start(made, lie);
  const { error, heads } = await until(client, (status) => status.error !== undefined);
  assert.equal(heads.anchored, undefined);
  assert.equal(heads.final, undefined);
  client.stop();
  return error!.code;
}

/** Until the client has looked through what was finalised last, and through the registry under it. */
async function searched(made: EthereumWorld): Promise<void> {
  made.asked.length = 0;
  const has = (line: string) => made.asked.includes(line);
  while (!has('ethereum eth_getProof') || !has('mainchain eth_getProof')) await pause(20);
  await pause(100);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function evidenceOf(client: LightClient): Promise<{ evidence: Evidence; text: string }> {
  const { evidenceId } = await client.read({ kind: 'account', address: holder.address });
  const text = await client.evidence(evidenceId);
  return { text, evidence: parseEvidence(JSON.parse(text)) };
}

describe('a mainchain proven from Ethereum', () => {
  for (const contracts of ['portal', 'anchorStateRegistry'] as const)
    it(`reaches anchored by a claim nobody refuted and final by a resolved game past the air gap (${contracts})`, async () => {
      const made = await world(contracts);
      made.play(made.mainchain.get(10n)!, { resolvedAgo: BigInt(AIR_GAP) + 1n });
      const game = made.play(made.mainchain.get(20n)!);
      await made.finalize();
      const client = await start(made);
      const status = await until(client, ({ heads }) => heads.anchored !== undefined);
      assert.equal(status.heads.anchored!.number, anchored.number);
      assert.equal(status.heads.final, undefined);
      assert.equal(status.mainchain!.number, 20n);
      const proposed = await evidenceOf(client);
      assert.equal(verifyEvidence(proposed.evidence, made.profile, anchorRegistrySlots).rung, 'anchored');

      // Resolved, but the guardian may still blacklist it.
      game.status = 2;
      game.resolvedAt = made.now - 30n * 12n;
      await made.finalize(8);
      await searched(made);
      assert.equal((await client.status()).heads.final, undefined);

      await made.finalize(60);
      const final = await until(client, ({ heads }) => heads.final !== undefined);
      assert.equal(final.heads.final!.number, anchored.number);
      const { rung } = await client.read({ kind: 'account', address: holder.address });
      assert.equal(rung, 'final');
      const settled = await evidenceOf(client);
      const decision = verifyEvidence(settled.evidence, made.profile, anchorRegistrySlots);
      assert.equal(decision.rung, 'final');
      assert.equal(settled.evidence.version, 2);
      client.stop();
    });

  it('reaches them by the legacy oracle', async () => {
    const made = await world('oracle');
    made.propose(made.mainchain.get(10n)!, 2000n);
    made.propose(made.mainchain.get(20n)!, 10n);
    await made.finalize();
    const client = await start(made);
    const status = await until(client, ({ heads }) => heads.anchored !== undefined);
    assert.equal(status.heads.final, undefined);
    await made.finalize(60);
    await until(client, ({ heads }) => heads.final !== undefined);
    const { evidence } = await evidenceOf(client);
    assert.equal(verifyEvidence(evidence, made.profile, anchorRegistrySlots).rung, 'final');
    client.stop();
  });
});

/** Bends one kind of answer. */
const bend =
  (where: string, change: (answer: never) => unknown): Lie =>
  (source, what, _params, answer) =>
    `${source} ${what}` === where ? change(answer as never) : answer;

const finalityBent = (change: (update: SyncUpdate) => void): Lie =>
  bend('beacon finality_update', (update: SyncUpdate) => {
    change(update);
    return update;
  });

describe('each link of the way from Ethereum, attacked', () => {
  /** Both blocks claimed by games that the defender won long ago. */
  async function settled(): Promise<EthereumWorld> {
    const made = await world();
    for (const number of [10n, 20n])
      made.play(made.mainchain.get(number)!, { resolvedAgo: BigInt(AIR_GAP) + 1n });
    await made.finalize();
    return made;
  }

  const beaconLies: [what: string, lie: Lie, code: string][] = [
    [
      'a finality branch of another index’s length',
      finalityBent((update) => update.finalityBranch!.pop()),
      'SSZ_BRANCH_LENGTH',
    ],
    [
      'a finality branch with a node more',
      finalityBent((update) => update.finalityBranch!.push(update.finalityBranch![0]!)),
      'SSZ_BRANCH_LENGTH',
    ],
    [
      'a finalised header that the state does not know',
      finalityBent((update) => {
        update.finalizedHeader!.beacon.proposerIndex += 1n;
      }),
      'SSZ_BRANCH',
    ],
    [
      'an Ethereum state that the beacon block does not commit to',
      finalityBent((update) => {
        const { execution } = update.finalizedHeader!;
        execution!.stateRoot = flipBit(execution!.stateRoot, 9);
      }),
      'SSZ_BRANCH',
    ],
    [
      'an execution branch of another length',
      finalityBent((update) => update.finalizedHeader!.executionBranch!.pop()),
      'SSZ_BRANCH_LENGTH',
    ],
    [
      'a signature with one bit flipped',
      finalityBent((update) => {
        // The sign of the point: still a point, and nobody's signature.
        const { syncAggregate } = update;
        syncAggregate.syncCommitteeSignature = flipBit(syncAggregate.syncCommitteeSignature, 1);
      }),
      'SYNC_SIGNATURE',
    ],
    [
      'one signer more than signed',
      finalityBent((update) => {
        update.syncAggregate.syncCommitteeBits = '0xfffffeff';
      }),
      'SYNC_SIGNATURE',
    ],
    [
      'nobody who signed',
      finalityBent((update) => {
        update.syncAggregate.syncCommitteeBits = '0x00000000';
      }),
      'SYNC_PARTICIPATION',
    ],
    [
      'bits for another committee size',
      finalityBent((update) => {
        update.syncAggregate.syncCommitteeBits = '0xffffffffff';
      }),
      'SYNC_BITS',
    ],
    [
      'a signature from the future',
      finalityBent((update) => {
        update.signatureSlot += 5;
      }),
      'SYNC_SLOTS',
    ],
    [
      'a signature before what it signs',
      finalityBent((update) => {
        update.signatureSlot = update.attestedHeader.beacon.slot;
      }),
      'SYNC_SLOTS',
    ],
    [
      'updates that stop before the present period',
      bend('beacon updates', (updates: SyncUpdate[]) => updates.slice(0, 1)),
      'SYNC_BEHIND',
    ],
    [
      'a next committee that the state does not name',
      bend('beacon updates', ([first, ...rest]: SyncUpdate[]) => {
        first!.nextSyncCommittee!.pubkeys.reverse();
        return [first!, ...rest];
      }),
      'SSZ_BRANCH',
    ],
    [
      'an update proven at the indices of another fork',
      bend('beacon updates', (updates: SyncUpdate[]) => {
        for (const update of updates) update.nextSyncCommitteeBranch?.pop();
        return updates;
      }),
      'SSZ_BRANCH_LENGTH',
    ],
    [
      'a bootstrap of another block',
      bend('beacon bootstrap', (bootstrap: { header: { beacon: { slot: number } } }) => {
        bootstrap.header.beacon.slot += 1;
        return bootstrap;
      }),
      'SYNC_BOOTSTRAP_ROOT',
    ],
    [
      'a bootstrap with another committee',
      bend('beacon bootstrap', (bootstrap: { currentSyncCommittee: { pubkeys: Hex[] } }) => {
        bootstrap.currentSyncCommittee.pubkeys.reverse();
        return bootstrap;
      }),
      'SSZ_BRANCH',
    ],
  ];
  for (const [what, lie, code] of beaconLies)
    it(`${what} is refused`, async () => assert.equal(await refused(await settled(), lie), code));

  it('a signature under another fork’s version is refused', async () => {
    const made = await settled();
    // The last slot of Electra; the update is of Fulu.
    await made.finalize(0, { signedAsAt: 4 * 64 + 8 });
    assert.equal(await refused(made), 'SYNC_SIGNATURE');
  });

  it('two thirds carry exactly; one signer less does not, and nothing is ever forced', async () => {
    const made = await settled();
    // 22 of 32 is the least number that is two thirds.
    await made.finalize(4, { signers: 21 });
    const client = await start(made);
    const { error } = await until(client, (status) => status.error !== undefined);
    // The newest that carried is the update of the present period, of a state without claims.
    assert.equal(error!.code, 'OUTPUT_NONE');
    await made.finalize(1, { signers: 22 });
    await until(client, ({ heads }) => heads.final !== undefined);
    client.stop();
  });

  it('a checkpoint older than the profile allows is refused, saved state of that age too', async () => {
    const made = await settled();
    const store = memoryStore();
    const client = await start(made, undefined, store);
    await until(client, ({ heads }) => heads.final !== undefined);
    client.stop();
    made.now += 1_209_600n;
    const again = await start(made, undefined, store);
    const { error, phase } = await until(again, (status) => status.error !== undefined);
    assert.equal(error!.code, 'CHECKPOINT_OLD');
    assert.match(error!.action!, /recently finalised/);
    assert.equal(phase, 'refused');
    again.stop();
  });

  it('goes on from what it saved, without the bootstrap', async () => {
    const made = await settled();
    const store = memoryStore();
    const client = await start(made, undefined, store);
    await until(client, ({ heads }) => heads.final !== undefined);
    client.stop();
    made.asked.length = 0;
    await made.finalize(2);
    const again = await start(made, undefined, store);
    await until(again, ({ heads }) => heads.final !== undefined);
    assert.deepEqual(
      made.asked.filter((line) => line === 'beacon bootstrap'),
      [],
    );
    const { evidence } = await evidenceOf(again);
    assert.equal(verifyEvidence(evidence, made.profile, anchorRegistrySlots).rung, 'final');
    again.stop();
  });

  const gameAttacks: [what: string, attack: (game: Game, made: EthereumWorld) => void, code: string][] = [
    ['a game that the challenger won', (game) => (game.status = 1), 'GAME_LOST'],
    ['a blacklisted game', (game, { guard }) => guard.blacklisted.push(game.proxy), 'GAME_BLACKLISTED'],
    ['a game of a type that is not respected', (game) => (game.gameType = 0), 'GAME_NOT_RESPECTED'],
    [
      'a game older than the last retirement',
      (game, { guard }) => (guard.retiredUpTo = game.createdAt + 1n),
      'GAME_RETIRED',
    ],
    ['a game whose storage means something else', (game) => (game.status = 7), 'GAME_INVALID'],
    [
      'a claim about another chain’s block',
      (game) => (game.rootClaim = `0x${'77'.repeat(32)}`),
      'OUTPUT_ROOT_MISMATCH',
    ],
  ];
  for (const [what, attack, code] of gameAttacks)
    it(`${what} carries nothing; an older claim that holds still does`, async () => {
      const alone = await world();
      attack(alone.play(alone.mainchain.get(20n)!, { resolvedAgo: 2000n }), alone);
      await alone.finalize();
      assert.equal(await refused(alone), code);

      const beside = await world();
      beside.play(beside.mainchain.get(10n)!, { resolvedAgo: 2000n, createdAt: beside.now - 10n });
      attack(beside.play(beside.mainchain.get(20n)!, { resolvedAgo: 2000n }), beside);
      await beside.finalize();
      const client = await start(beside);
      const { mainchain, heads } = await until(client, (status) => status.mainchain !== undefined);
      assert.equal(mainchain!.number, 10n);
      assert.equal(heads.anchored, undefined);
      client.stop();
    });

  it('a resolved game within the air gap is anchored, not final', async () => {
    const made = await world();
    made.play(made.mainchain.get(20n)!, { resolvedAgo: BigInt(AIR_GAP) });
    await made.finalize();
    const client = await start(made);
    await until(client, ({ heads }) => heads.anchored !== undefined);
    await pause(200);
    assert.equal((await client.status()).heads.final, undefined);
    const { evidence } = await evidenceOf(client);
    assert.equal(verifyEvidence(evidence, made.profile, anchorRegistrySlots).rung, 'anchored');
    client.stop();
  });

  it('a head whose claim is refuted later gives way', async () => {
    const made = await world();
    made.play(made.mainchain.get(10n)!, { resolvedAgo: 2000n });
    const game = made.play(made.mainchain.get(20n)!);
    await made.finalize();
    const client = await start(made);
    await until(client, ({ heads }) => heads.anchored !== undefined);
    Object.assign(game, { status: 1, resolvedAt: made.now });
    await made.finalize(2);
    const { mainchain } = await until(client, ({ heads }) => heads.anchored === undefined);
    assert.equal(mainchain!.number, 10n);
    client.stop();
  });

  const chainLies: [what: string, lie: Lie, code: string][] = [
    [
      'a mainchain header that is not in the output root',
      bend('mainchain eth_getBlockByNumber', (header: object) => ({ ...header, gasUsed: '0x1' })),
      'OUTPUT_ROOT_MISMATCH',
    ],
    [
      'a message passer proven under another state',
      bend('mainchain eth_getProof', (proof: { accountProof: Hex[] }) => ({
        ...proof,
        accountProof: proof.accountProof.map((node) => flipBit(node, 40)),
      })),
      'TRIE_NODE_HASH',
    ],
    [
      'a claim that the factory never saw',
      bend('ethereum eth_call', (answer: Hex) =>
        answer.length === 66 && !answer.startsWith('0x00') ? flipBit(answer, 3) : answer,
      ),
      'TRIE_OTHER_KEY',
    ],
    [
      'Ethereum state proven under another root',
      bend('ethereum eth_getProof', (proof: { accountProof: Hex[] }) => ({
        ...proof,
        accountProof: proof.accountProof.map((node) => flipBit(node, 40)),
      })),
      'TRIE_NODE_HASH',
    ],
  ];
  for (const [what, lie, code] of chainLies)
    it(`${what} is refused`, async () => {
      const seen = await refused(await settled(), lie);
      assert.ok(seen === code || (code === 'TRIE_OTHER_KEY' && /^(TRIE_|GAME_UNKNOWN)/.test(seen)), seen);
    });

  it('proposals that were deleted do not count, though their words are still there', async () => {
    const made = await world('oracle');
    made.propose(made.mainchain.get(10n)!, 3000n);
    made.propose(made.mainchain.get(20n)!, 2000n);
    made.proposalCount = 1;
    await made.finalize();
    const client = await start(
      made,
      bend('ethereum eth_getStorageAt', (word: Hex) => (BigInt(word) === 1n ? `0x${'0'.repeat(63)}2` : word)),
    );
    const { mainchain } = await until(client, (status) => status.mainchain !== undefined);
    assert.equal(mainchain!.number, 10n);
    client.stop();
  });
});

describe('evidence that begins at Ethereum', () => {
  let made: EthereumWorld;
  let document: Evidence;
  before(async () => {
    made = await world();
    made.play(made.mainchain.get(20n)!, { resolvedAgo: 2000n });
    await made.finalize();
    const client = await start(made);
    await until(client, ({ heads }) => heads.final !== undefined);
    document = (await evidenceOf(client)).evidence;
    client.stop();
  });

  const way = (evidence: Evidence) => evidence.mainchain!.ethereum!;
  const tampered: [what: string, bend: (evidence: Evidence) => void][] = [
    ['a period left out', (evidence) => way(evidence).updates.splice(0, 1)],
    ['the finalising update left out', (evidence) => way(evidence).updates.pop()],
    [
      'a signature',
      (evidence) => {
        const { syncAggregate } = way(evidence).updates.at(-1)!;
        syncAggregate.syncCommitteeBits = '0x7fffffff';
      },
    ],
    ['the bootstrap', (evidence) => (way(evidence).bootstrap.header.beacon.slot += 1)],
    [
      'the claim',
      (evidence) => {
        const { output } = way(evidence);
        if (output.kind === 'game') output.rootClaim = flipBit(output.rootClaim, 5);
      },
    ],
    [
      'the game',
      (evidence) => {
        const { output } = way(evidence);
        if (output.kind === 'game') output.game = output.factory;
      },
    ],
    [
      'the guard',
      (evidence) => {
        const { output } = way(evidence);
        if (output.kind === 'game') output.guard = output.game;
      },
    ],
    [
      'the mainchain header',
      (evidence) => {
        way(evidence).header = flipBit(way(evidence).header, 30);
      },
    ],
    ['the message passer', (evidence) => way(evidence).messagePasserProof.pop()],
    ['the registry', (evidence) => evidence.mainchain!.registryProof.pop()],
  ];

  it('is verified offline, with what it took said in words', () => {
    const { rung, steps, ethereum } = verifyEvidence(document, made.profile, anchorRegistrySlots);
    assert.equal(rung, 'final');
    assert.match(steps.find(({ what }) => what === 'mainchain')!.detail, /finalised at slot \d+ by 32 of 32/);
    assert.equal(ethereum!.output.stage, 'final');
  });

  it('is laid out for a reader by what was verified', async () => {
    const text = serializeEvidence(document);
    const { summary } = await checkEvidence(made.profile, text, runCall);
    assert.deepEqual(summary.ethereum, { block: 100n, stage: 'final', signers: 32, committeeSize: 32 });
    assert.equal(summary.mainchain!.number, 20n);
    assert.deepEqual(summary.mainchain!.validators, []);
    assert.equal(summary.anchor!.block, anchored.number);
  });

  for (const [what, change] of tampered)
    it(`is refused when ${what} was changed`, () => {
      const bent = structuredClone(document);
      change(bent);
      assert.throws(
        () => verifyEvidence(bent, made.profile, anchorRegistrySlots),
        withCode('EVIDENCE_REFUSED'),
      );
    });

  it('is refused by a profile with another checkpoint, contract or air gap', () => {
    const changes: ((root: NonNullable<typeof made.profile.mainchain.root>) => void)[] = [
      (root) => (root.checkpoint.root = flipBit(root.checkpoint.root, 1)),
      (root) => (root.beacon.genesisValidatorsRoot = flipBit(root.beacon.genesisValidatorsRoot, 1)),
      (root) => (root.beacon.forks[0]!.version = '0x04000002'),
      (root) => root.outputs.kind === 'games' && (root.outputs.airGap = 1),
      (root) => root.outputs.kind === 'games' && (root.outputs.guard.kind = 'anchorStateRegistry'),
    ];
    for (const change of changes) {
      const profile = structuredClone(made.profile);
      change(profile.mainchain.root);
      assert.throws(
        () => verifyEvidence(document, profile, anchorRegistrySlots),
        (error: HskError) => {
          assert.equal((error.cause as HskError).code, 'EVIDENCE_PROFILE');
          return true;
        },
      );
    }
  });

  it('does not pass for version 1', () => {
    const json = JSON.parse(
      JSON.stringify(document, (_key, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
    ) as { version: number };
    json.version = 1;
    assert.throws(() => parseEvidence(json), withCode('PARSE_INVALID'));
  });

  it('the profile survives its own JSON', () => {
    const { profile } = made;
    assert.deepEqual(parseProfile(JSON.parse(serializeProfile(profile))), profile);
  });

  it('each light client refuses the other’s profile and says which one to use', async () => {
    const client = chains.client();
    await assert.rejects(client.start(made.profile), withCode('MAINCHAIN_ROOT_OTHER'));
    const other = made.client();
    await assert.rejects(other.start(chains.firstProfile), withCode('MAINCHAIN_ROOT_OTHER'));
  });
});
