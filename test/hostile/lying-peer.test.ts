import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Address, fromRlp, type Hex, hexToBytes, numberToHex } from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import type { LightClientStatus, Query } from '../../src/light-client/light-client-api.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { httpTransport } from '../../src/light-client/transport.ts';
import { anchorSlot, mappingSlot } from '../../src/protocol/anchor.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { headerFromRlpList } from '../../src/protocol/header.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { localEvm } from '../light-client/local-evm.ts';
import { live, refuses, until } from '../light-client/until.ts';
import { eventually, type SpawnedNode, spawnNode } from '../node/spawn-node.ts';
import { vector } from '../protocol/vectors.ts';
import * as attestations from './attestation-lies.ts';
import * as bodies from './body-lies.ts';
import * as headers from './header-lies.ts';
import { ask, type Json, type Lie, LyingPeer, type WireLie } from './lying-peer.ts';
import * as states from './state-lies.ts';
import * as wires from './wire-lies.ts';

const SUBJECT: Address = '0x00000000000000000000000000000000000d2d2d';

/** Those that need nothing to be told. */
const LIES = { ...attestations, ...bodies, ...wires };

let folder: string;
let node: SpawnedNode;
let peer: LyingPeer;
let token: Address;
let registry: Address;
/** Of the token: the subject's balance, and another word. */
let slots: [Hex, Hex];
let sent: { hash: Hex; block: bigint };
/** Registry entries that a client may read; and an older one. */
let anchors: { slots: Hex[]; older: Hex };
const running = new Set<LightClient>();

/** What the honest node says, asked directly. */
const honest = (method: string, ...params: unknown[]) => ask(node.endpoints['execution']!, method, ...params);

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-hostile-'));
  node = await spawnNode(path.join(folder, 'data'));
  const { profile, endpoints } = node;
  token = profile.execution.contracts.stablecoin;
  registry = profile.mainchain.contracts.anchorRegistry;
  // An anchor below the subject's block: the newest is then another one.
  const first = await eventually(() => honest('hsk_getAnchor', '0x1'));
  const paid = await eventually(async () => {
    const body = JSON.stringify({ address: SUBJECT });
    const response = await fetch(profile.services.faucet!, { method: 'POST', body });
    return response.ok && ((await response.json()) as { transactions: Hex[] });
  });
  const hash = paid.transactions[0]!;
  const receipt = await honest('eth_getTransactionReceipt', hash);
  sent = { hash, block: BigInt(receipt.blockNumber) };
  const balance: Hex = numberToHex(BigInt(receipt.logs[0].data), { size: 32 });
  for (let slot = 0n; !slots; slot++) {
    const key = mappingSlot(slot, SUBJECT);
    if ((await honest('eth_getStorageAt', token, key, 'latest')) === balance)
      slots = [key, mappingSlot(slot, `0x${receipt.logs[0].topics[1].slice(26)}`)];
  }
  // Everything below is final, and the head of the execution chain stands still.
  const last = await eventually(() => honest('hsk_getAnchor', numberToHex(sent.block)));
  const goal = BigInt(last.mainchainBlock) + BigInt(profile.mainchain.finalityDepth!);
  await eventually(async () => BigInt(await ask(endpoints['mainchain']!, 'eth_blockNumber')) >= goal);
  const entry = (block: bigint) => anchorSlot(anchorRegistrySlots.anchors, block);
  const from = BigInt(first.blockNumber);
  anchors = {
    slots: Array.from({ length: 64 }, (_, index) => entry(from + 1n + BigInt(index))),
    older: entry(from),
  };
  peer = await LyingPeer.open({ mainchain: endpoints['mainchain']!, execution: endpoints['execution']! });
});

after(async () => {
  for (const client of running) client.stop();
  await (peer as LyingPeer | undefined)?.close();
  await (node as SpawnedNode | undefined)?.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A client that knows nothing yet; `more` are endpoints it may fall back to. */
async function meet(options: { now?: () => number; more?: 'honest' } = {}): Promise<LightClient> {
  const { more, ...rest } = options;
  const client = new LightClient({
    store: memoryStore(),
    evm: localEvm,
    intervals: { mainchain: 150, execution: 100, eager: 50 },
    transport: (_urls, chain) =>
      httpTransport([peer.url(chain), ...(more ? [node.endpoints[chain]!] : [])], {
        timeout: 1500,
        answerLimit: 4 << 20,
        backoff: 20,
      }),
    ...rest,
  });
  running.add(client);
  await client.start(node.profile);
  return client;
}

function part(client: LightClient): void {
  client.stop();
  running.delete(client);
  peer.tell(undefined);
}

/** What is read while the peer lies, and what the honest node says it is. */
interface Question {
  read(client: LightClient): Promise<unknown>;
  truth(): Promise<unknown>;
}
const reading = (query: () => Query, pick: (value: Json) => unknown, truth: Question['truth']): Question => ({
  read: async (client) => pick((await client.read(query())).value),
  truth,
});

const QUESTIONS = {
  account: reading(
    () => ({ kind: 'account', address: SUBJECT }),
    ({ balance, nonce }) => [balance, nonce],
    async () => [
      BigInt(await honest('eth_getBalance', SUBJECT, 'latest')),
      BigInt(await honest('eth_getTransactionCount', SUBJECT, 'latest')),
    ],
  ),
  storage: reading(
    () => ({ kind: 'storage', address: token, slots: [slots[0]] }),
    ([word]) => word,
    async () => BigInt(await honest('eth_getStorageAt', token, slots[0], 'latest')),
  ),
  receipt: reading(
    () => ({ kind: 'receipt', transactionHash: sent.hash }),
    ({ status, gasUsed, from, logs }) => [status, gasUsed, from, logs.map((log: Json) => log.data)],
    async () => {
      const { status, gasUsed, from, logs } = await honest('eth_getTransactionReceipt', sent.hash);
      return [
        status === '0x1' ? 'success' : 'reverted',
        BigInt(gasUsed),
        from,
        logs.map((log: Json) => log.data),
      ];
    },
  ),
  logs: reading(
    () => ({ kind: 'logs', address: token, topics: [], fromBlock: 0n, toBlock: sent.block }),
    (logs) => logs.map((log: Json) => [log.blockNumber, log.logIndex, log.topics, log.data]),
    async () => {
      const range = { address: token, fromBlock: '0x0', toBlock: numberToHex(sent.block) };
      const logs: Json[] = await honest('eth_getLogs', range);
      assert.ok(logs.length > 1);
      return logs.map((log) => [BigInt(log.blockNumber), Number(log.logIndex), log.topics, log.data]);
    },
  ),
} satisfies Record<string, Question>;

interface Expected {
  /** What is read; the account where nothing else is said. */
  ask?: keyof typeof QUESTIONS;
  /** The code that the status must show; none: it must be live. */
  status?: string;
  /** The code that the read must be refused with; none: the true value comes out all the same. */
  read?: string;
}

/** A fresh client meets the lie, is refused or finds the truth; then the lie ends and the same client recovers. */
function meets(name: string, lie: () => Lie | WireLie, expected: Expected): void {
  const { ask: kind = 'account', status: code, read } = expected;
  it(`${name}: ${[code, read ?? 'the truth'].filter(Boolean).join(', ')}`, async () => {
    const { read: question, truth } = QUESTIONS[kind];
    peer.tell(lie());
    const client = await meet();
    if (code)
      await until(
        client,
        ({ error, heads }) => error?.code === code && (read || heads.attested) !== undefined,
      );
    // A client that has nothing verified yet waits in the read itself.
    else if (!read?.startsWith('TRANSPORT_')) await until(client, live);
    if (read) await assert.rejects(question(client), refuses(read));
    else assert.deepEqual(await question(client), await truth());
    assert.ok(peer.told > 0, 'the lie was never told');

    peer.tell(undefined);
    await until(client, live);
    assert.deepEqual(await question(client), await truth());
    part(client);
  });
}

describe('a peer that lies about accounts and storage', () => {
  meets('balance beside the proof', () => states.balanceBesideProof(SUBJECT), {});
  meets('balance in the leaf', () => states.balanceInLeaf(SUBJECT), { read: 'TRIE_NODE_HASH' });
  meets('flipped bit of a node', () => states.flippedNode(SUBJECT), { read: 'TRIE_NODE_HASH' });
  meets('an earlier state', () => states.earlierState(SUBJECT), { read: 'TRIE_NODE_HASH' });
  meets('a proof cut short', () => states.shortProof(SUBJECT), { read: 'TRIE_PROOF_SHORT' });
  meets('no proof at all', () => states.emptyProof(SUBJECT), { read: 'TRIE_PROOF_SHORT' });
  meets('a surplus node', () => states.surplusNode(SUBJECT), { read: 'TRIE_PROOF_EXTRA' });
  meets('another account’s proof', () => states.anothersProof(SUBJECT, token), { read: 'TRIE_OTHER_KEY' });
  meets('null for a proof', () => states.proofWithheld(SUBJECT), { read: 'PARSE_INVALID' });

  const ask = 'storage';
  meets('word beside the proof', () => states.valueBesideProof(token), { ask });
  meets('storage root beside the proof', () => states.storageHashBesideProof(token), { ask });
  meets('word in the leaf', () => states.valueInLeaf(token), { ask, read: 'TRIE_NODE_HASH' });
  meets('another slot’s proof', () => states.anotherSlotsProof(token, slots[1]), {
    ask,
    read: 'PROOF_KEY_MISSING',
  });
  meets('another slot’s proof under this name', () => states.anotherSlotsProofRenamed(token, slots[1]), {
    ask,
    read: 'TRIE_OTHER_KEY',
  });
  meets('no storage proof', () => states.storageProofWithheld(token), { ask, read: 'PROOF_KEY_MISSING' });
});

/** Refused at the mainchain's head: a fresh client has nothing to answer from. */
const refused = (code: string): Expected => ({ status: code, read: code });

describe('a peer that lies about sealed headers', () => {
  meets('a flipped seal', () => headers.flippedSeal, refused('SEAL_NOT_A_VALIDATOR'));
  meets('a seal that is no signature', () => headers.recoveryByte, refused('SEAL_INVALID'));
  meets('two of four seals', () => headers.twoOfFourSeals, refused('SEAL_QUORUM'));
  meets('no seals', () => headers.noSeals, refused('SEAL_QUORUM'));
  meets('a doubled seal', () => headers.doubledSeal, refused('SEAL_DUPLICATE'));
  meets('more seals than validators', () => headers.surplusSeal, refused('SEAL_DUPLICATE'));
  meets('another round', () => headers.otherRound, refused('SEAL_OTHER_HEADER'));
  for (const field of ['stateRoot', 'timestamp', 'parentHash'] as const)
    meets(`another ${field}`, () => headers.mainchainField(field), refused('SEAL_OTHER_HEADER'));
  meets('a validator replaced', () => headers.validatorReplaced, refused('SEAL_OTHER_HEADER'));
  meets('validators out of order', () => headers.validatorsReversed, refused('QBFT_EXTRA_INVALID'));
  meets('validators of its own, who truly sealed', () => headers.ownValidators, refused('SEAL_SKIP'));
  meets('the other chain’s header', () => headers.anotherChain(execution), refused('QBFT_EXTRA_INVALID'));
  meets('another network’s sealed header', () => headers.anotherChain(besu), refused('SEAL_SKIP'));
  meets('an ancestor altered', () => headers.mainchainAncestor, refused('HEADER_UNLINKED'));
  meets('no head', () => headers.headerWithheld, refused('HEADER_MISSING'));
  meets('the hash beside the header', () => headers.hashBesideHeader('mainchain'), {});

  const { header_rlp } = vector<{ header_rlp: Hex }>('qbft/besu-sealed-header.json');
  const besu = headers.rpcHeader(headerFromRlpList(fromRlp(header_rlp, 'hex') as Hex[]));
  let execution: Json;
  before(async () => {
    execution = await honest('eth_getBlockByNumber', 'latest', false);
  });
});

describe('a peer that lies about the execution chain’s headers', () => {
  meets('another timestamp', () => headers.executionField('timestamp'), refused('OUTPUT_ROOT_MISMATCH'));
  meets('another block', () => headers.anotherBlock, refused('HEADER_OTHER_BLOCK'));
  meets('the hash beside the header', () => headers.hashBesideHeader('execution'), {});
  meets('a newest block that nobody attested', () => headers.inventedHead, {});
  meets('an older block’s bloom', () => headers.executionField('logsBloom', (number) => number < 3n), {
    ask: 'logs',
    read: 'HEADER_UNLINKED',
  });

  it('refuses news whose header is not the attested one', async () => {
    const client = await meet();
    const { heads } = await until(client, live);
    peer.tell(headers.executionField('timestamp', (number) => number > heads.attested!.number));
    await newBlock('0x00000000000000000000000000000000000d2d2e');
    await until(client, ({ error }) => error?.code === 'ATTESTATION_HEADER');
    assert.equal((await client.status()).heads.attested?.hash, heads.attested!.hash);
    assert.deepEqual(await QUESTIONS.account.read(client), await QUESTIONS.account.truth());
    peer.tell(undefined);
    await until(client, (s) => live(s) && s.heads.attested!.number > heads.attested!.number);
    part(client);
  });
});

async function newBlock(address: Address): Promise<void> {
  const response = await fetch(node.profile.services.faucet!, {
    method: 'POST',
    body: JSON.stringify({ address }),
  });
  assert.ok(response.ok, await response.text());
}

/** What was anchored is still proven, so the account is still read. */
const unattested = (status: string): Expected => ({ status });

describe('a peer that lies about attestations', () => {
  const domain = () => ({ mainchainId: node.profile.mainchain.chainId, anchorRegistry: registry });
  const secret = () =>
    hexToBytes(readFileSync(path.join(folder, 'data/keys/member-3.key'), 'utf8').trim() as Hex);

  meets('a bit of a member who did not sign', () => attestations.absentMember(domain(), secret(), '0x0f'), {
    status: 'ATTESTATION_SIGNATURE',
  });
  it('three of four who signed are no lie', async () => {
    peer.tell(attestations.absentMember(domain(), secret(), '0x07'));
    const client = await meet();
    await until(client, live);
    assert.ok(peer.told > 0);
    part(client);
  });
  for (const [name, code] of [
    ['memberUnnamed', 'ATTESTATION_SIGNATURE'],
    ['anotherSignature', 'ATTESTATION_SIGNATURE'],
    ['signatureAtInfinity', 'ATTESTATION_SIGNATURE'],
    ['anotherBlockHash', 'ATTESTATION_SIGNATURE'],
    ['anotherOutputRoot', 'ATTESTATION_SIGNATURE'],
    ['anotherPrevious', 'ATTESTATION_SIGNATURE'],
    ['flippedSignature', 'ATTESTATION_SIGNATURE_ENCODING'],
    ['bitBeyondCommittee', 'ATTESTATION_BITMAP'],
    ['bitmapTooLong', 'ATTESTATION_BITMAP'],
    ['twoOfFourMembers', 'ATTESTATION_THRESHOLD'],
    ['nobodySigned', 'ATTESTATION_THRESHOLD'],
    ['oldEpoch', 'ATTESTATION_EPOCH'],
    ['anotherCommittee', 'ATTESTATION_COMMITTEE'],
    ['anotherChainId', 'ATTESTATION_CHAIN'],
    ['expired', 'ATTESTATION_EXPIRED'],
    ['numberOutOfRange', 'ATTESTATION_RANGE'],
  ] as const)
    meets(name, () => LIES[name], unattested(code));
  meets('no attestation', () => attestations.attestationWithheld, {});
  meets('an older attestation, to a newcomer', () => attestations.olderAttestation(1n), {});
});

describe('a peer that lies about anchors', () => {
  meets('output root in the leaf', () => states.anchorInLeaf(registry, anchors.slots), {
    status: 'TRIE_NODE_HASH',
  });
  meets('output root beside the proof', () => states.anchorBesideProof(registry, anchors.slots), {});
  meets('another block’s anchor', () => states.anotherAnchorsProof(registry, anchors.slots, anchors.older), {
    status: 'TRIE_OTHER_KEY',
  });

  it('a hint to another anchor leaves the evidence true', async () => {
    peer.tell(states.anchorHint);
    const client = await meet();
    await until(client, ({ phase, heads }) => phase === 'live' && heads.final !== undefined);
    const { evidenceId, value } = await client.read({ kind: 'account', address: SUBJECT });
    const evidence = parseEvidence(JSON.parse(await client.evidence(evidenceId)));
    const decision = verifyEvidence(evidence, node.profile, anchorRegistrySlots);
    assert.equal(decision.rung, 'final');
    assert.ok(decision.claim.kind === 'account' && decision.claim.account.balance === value.balance);
    assert.ok(peer.told > 0, 'the lie was never told');
    part(client);
  });
});

describe('a peer that lies about receipts and logs', () => {
  const ask = 'receipt';
  for (const [name, read] of [
    ['receiptStatus', 'RECEIPTS_ROOT'],
    ['receiptGas', 'RECEIPTS_ROOT'],
    ['receiptsSwapped', 'RECEIPTS_ROOT'],
    ['logOmitted', 'RECEIPTS_ROOT'],
    ['logInvented', 'RECEIPTS_ROOT'],
    ['logAltered', 'RECEIPTS_ROOT'],
    ['logEmitter', 'RECEIPTS_ROOT'],
    ['receiptOmitted', 'RECEIPTS_COUNT'],
    ['noReceipts', 'RECEIPTS_COUNT'],
    ['receiptsWithheld', 'PARSE_INVALID'],
    ['transactionInput', 'TRANSACTIONS_ROOT'],
    ['transactionOmitted', 'TRANSACTIONS_ROOT'],
    ['anotherPlace', 'RECEIPT_NOT_IN_BLOCK'],
    ['placeInFuture', 'RECEIPT_PENDING'],
    ['placeWithheld', 'RECEIPT_PENDING'],
  ] as const)
    meets(name, () => LIES[name], { ask, read });
  for (const name of ['besideReceipts', 'besideTransaction', 'besidePlace'] as const)
    meets(name, () => LIES[name], { ask });
  for (const name of ['logOmitted', 'logInvented', 'logAltered', 'logEmitter'] as const)
    meets(`${name} from a range`, () => LIES[name], { ask: 'logs', read: 'RECEIPTS_ROOT' });
  meets('a receipt omitted from a range', () => bodies.receiptOmitted, {
    ask: 'logs',
    read: 'RECEIPTS_COUNT',
  });
});

describe('a peer that breaks the exchange', () => {
  for (const [name, code] of [
    ['truncated', 'TRANSPORT_NOT_JSON'],
    ['endlessAnswer', 'TRANSPORT_ANSWER_SIZE'],
    ['silence', 'TRANSPORT_TIMEOUT'],
    ['serverError', 'TRANSPORT_STATUS'],
    ['nullBody', 'TRANSPORT_ANSWER_INVALID'],
    ['wrongId', 'TRANSPORT_ANSWER_INVALID'],
    ['idAsText', 'TRANSPORT_ANSWER_INVALID'],
    ['nullResult', 'HEADER_MISSING'],
    ['errorForAll', 'RPC_ERROR'],
  ] as const)
    meets(name, () => LIES[name], refused(code));
});

describe('a peer that withholds the news', () => {
  const status = (client: LightClient) => client.status();
  const account = (client: LightClient) => client.read({ kind: 'account', address: SUBJECT });

  it('is shown as stale once its head is old, and no number moves', async () => {
    let skew = 0;
    const client = await meet({ now: () => Date.now() + skew });
    const { mainchain, heads } = await until(client, live);
    peer.tell(headers.withheldFrom(mainchain!.number));
    skew = 70_000;
    const stale = await until(client, ({ error }) => error?.code === 'MAINCHAIN_STALE');
    assert.equal(stale.phase, 'syncing');
    await eventually(async () => peer.told > 0);
    const { mainchain: after } = await status(client);
    assert.ok(after!.number - mainchain!.number <= 1n, 'the head stood still');
    const { block } = await account(client);
    assert.ok(block.number >= heads.attested!.number);
    skew = 0;
    peer.tell(undefined);
    await until(client, (s: LightClientStatus) => live(s) && s.mainchain!.number > after!.number);
    part(client);
  });

  for (const [chain, code] of [
    ['mainchain', 'MAINCHAIN_BEHIND'],
    ['execution', 'EXECUTION_BEHIND'],
  ] as const)
    it(`${code} when it goes back on the ${chain}, and no number goes back`, async () => {
      const client = await meet();
      const before = await until(client, live);
      const value = await account(client);
      peer.tell(chain === 'mainchain' ? headers.withheldFrom(1n) : attestations.olderAttestation(1n));
      await until(client, ({ error }) => error?.code === code);
      const now = await status(client);
      assert.ok(now.mainchain!.number >= before.mainchain!.number);
      assert.ok(now.heads.attested!.number >= before.heads.attested!.number);
      const again = await account(client);
      assert.equal(again.value.balance, value.value.balance);
      assert.ok(again.block.number >= value.block.number);
      peer.tell(undefined);
      await until(client, live);
      part(client);
    });
});

describe('a lying peer before an honest one', () => {
  it('is left for the honest one by the read that it lied to', async () => {
    const client = await meet({ more: 'honest' });
    await until(client, live);
    peer.tell(states.anothersProof(SUBJECT, token));
    assert.deepEqual(await QUESTIONS.account.read(client), await QUESTIONS.account.truth());
    assert.equal(peer.told, 1);
    part(client);
  });

  for (const name of ['silence', 'wrongId'] as const)
    it(`costs nothing but time: ${name}`, async () => {
      peer.tell(LIES[name]);
      const client = await meet({ more: 'honest' });
      await until(client, live, 20_000);
      assert.deepEqual(await QUESTIONS.account.read(client), await QUESTIONS.account.truth());
      part(client);
    });
});

describe('a lying peer behind the EIP-1193 provider', () => {
  const request = async (lie: Lie, method: string, ...params: unknown[]) => {
    peer.tell(lie);
    const client = await meet();
    await until(client, live);
    try {
      return await client.request({ method, params });
    } finally {
      assert.ok(peer.told > 0, 'the lie was never told');
      peer.tell(undefined);
      assert.deepEqual(await client.request({ method, params }), await honest(method, ...params));
      part(client);
    }
  };
  const logsOf = () => ({ address: token, fromBlock: '0x0', toBlock: numberToHex(sent.block) });

  it('eth_getBalance', async () => {
    const args = ['eth_getBalance', SUBJECT, 'latest'] as const;
    await assert.rejects(request(states.anothersProof(SUBJECT, token), ...args), refuses('TRIE_OTHER_KEY'));
    await assert.rejects(request(states.balanceInLeaf(SUBJECT), ...args), refuses('TRIE_NODE_HASH'));
    assert.equal(await request(states.balanceBesideProof(SUBJECT), ...args), await honest(...args));
  });

  it('eth_getStorageAt', async () => {
    const args = ['eth_getStorageAt', token, slots[0], 'latest'] as const;
    const lie = states.anotherSlotsProofRenamed(token, slots[1]);
    await assert.rejects(request(lie, ...args), refuses('TRIE_OTHER_KEY'));
    assert.equal(await request(states.valueBesideProof(token), ...args), await honest(...args));
  });

  it('eth_getTransactionReceipt', async () => {
    const args = ['eth_getTransactionReceipt', sent.hash] as const;
    await assert.rejects(request(bodies.receiptStatus, ...args), refuses('RECEIPTS_ROOT'));
    await assert.rejects(request(bodies.anotherPlace, ...args), refuses('RECEIPT_NOT_IN_BLOCK'));
    for (const lie of [bodies.besidePlace, bodies.besideReceipts, bodies.besideTransaction])
      assert.deepEqual(await request(lie, ...args), await honest(...args));
  });

  it('eth_getLogs', async () => {
    for (const lie of [bodies.logOmitted, bodies.logInvented, bodies.logAltered])
      await assert.rejects(request(lie, 'eth_getLogs', logsOf()), refuses('RECEIPTS_ROOT'));
    const full = await request(bodies.besideReceipts, 'eth_getLogs', logsOf());
    assert.deepEqual(full, await honest('eth_getLogs', logsOf()));
  });

  it('eth_call and eth_estimateGas', async () => {
    const balanceOf: Hex = `0x70a08231${SUBJECT.slice(2).padStart(64, '0')}`;
    const transfer: Hex = `0xa9059cbb${token.slice(2).padStart(64, '0')}${'0'.repeat(63)}1`;
    const calls: [string, ...unknown[]][] = [
      ['eth_call', { to: token, data: balanceOf }, 'latest'],
      ['eth_estimateGas', { from: SUBJECT, to: token, data: transfer }, 'latest'],
    ];
    for (const args of calls) {
      for (const [lie, code] of [
        [states.valueInLeaf(token), 'TRIE_NODE_HASH'],
        [states.storageProofWithheld(token), 'PROOF_KEY_MISSING'],
        [states.earlierState(token), 'TRIE_NODE_HASH'],
        [states.anothersProof(token, SUBJECT), 'TRIE_OTHER_KEY'],
        [states.otherCode, 'CODE_HASH'],
      ] as const)
        await assert.rejects(request(lie, ...args), refuses(code));
      for (const lie of [
        states.valueBesideProof(token),
        states.balanceBesideProof(token),
        states.accessListWithheld,
        states.accessListAside,
      ])
        assert.equal(await request(lie, ...args), await honest(...args));
    }
  });

  it('never asks the peer for an answer that has no proof', async () => {
    const client = await meet();
    await until(client, live);
    for (const method of ['eth_maxPriorityFeePerGas', 'eth_subscribe', 'eth_simulateV1', 'debug_traceCall'])
      await assert.rejects(client.request({ method, params: [] }), refuses('UNPROVEN_METHOD'));
    for (const method of ['eth_call', 'eth_getLogs', 'eth_getBalance', 'eth_getStorageAt'])
      assert.ok(!peer.asked.includes(method), method);
    part(client);
  });
});

describe('the lies themselves', () => {
  it('a lie that changes nothing is an error', async () => {
    const unchanged: Lie = { chain: 'execution', method: 'eth_getProof', alter: (answer) => answer };
    peer.tell(unchanged);
    const client = await meet();
    await until(client, live);
    assert.equal(peer.told, 0);
    peer.tell({ wire: (body) => ({ body }) });
    await assert.rejects(
      httpTransport([peer.url('execution')], { backoff: 5 }).request('eth_chainId', []),
      (error: unknown) => error instanceof HskError && error.code === 'TRANSPORT_UNREACHABLE',
    );
    part(client);
  });
});
