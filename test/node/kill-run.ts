import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Hex, keccak256 } from 'viem';
import { type Chain, openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { nativeAccount } from '../../src/node/keys/native-account.ts';
import { funded, signTransfer, testAccount, testKey, VALIDATOR_KEYS } from './chain-fixture.ts';

export interface KillCounts {
  kills: number;
  /** Kills before the chain was open again. */
  early: number;
  /** Transactions whose hash a client was given. */
  acknowledged: number;
  /** Of those: in a block or in the pool after the last restart. */
  found: number;
  inBlocks: number;
  /** Blocks that a client had seen, each still there after every restart. */
  headsSeen: number;
  /** Blocks executed again from the bare log. */
  replayed: number;
  /** Restarts whose head and state root came out the same from the bare log. */
  rootsCompared: number;
}

export interface KillOptions {
  kind: 'execution' | 'mainchain';
  /** New, for this run alone. */
  directory: string;
  kills: number;
  seed: number;
  say?: (line: string) => void;
}

const SINK = '0x00000000000000000000000000000000000005ee';
const alice = nativeAccount(testKey('alice'));
const alloc = funded(alice, testAccount('bob'));
/** Milliseconds: no block comes while a restart is looked at. */
const NEVER = 1e9;

/**
 * Kills a chain's process with signal 9 at random moments under load, one time after the other in the same
 * directory, and looks after each at what is left. Throws at the first thing that is not as it was promised.
 */
export async function killRun({ kind, directory, kills, seed, say }: KillOptions): Promise<KillCounts> {
  const data = join(directory, 'killed');
  const random = generator(seed);
  const seen: Seen = { acknowledged: new Map(), heads: new Map() };
  const counts = {
    kills: 0,
    early: 0,
    acknowledged: 0,
    found: 0,
    inBlocks: 0,
    headsSeen: 0,
    replayed: 0,
    rootsCompared: 0,
  };
  while (counts.kills < kills) {
    // One in six dies while it starts: then a replay is interrupted, or a write-behind.
    const early = counts.kills > 0 && random() < 1 / 6;
    await runUntilKilled(kind, data, early ? undefined : 300 + random() * 1700, random, seen);
    counts.kills++;
    if (early) counts.early++;
    // The rest of a write that was under way when the power went.
    if (random() < 1 / 3) await appendFile(join(data, 'chain.log'), Buffer.from('0000004000', 'hex'));
    Object.assign(counts, await inspect(kind, data, seen));
    counts.replayed += await replayBareLog(kind, data, join(directory, 'bare'));
    counts.rootsCompared++;
    say?.(
      `kill ${counts.kills}${early ? ' (starting)' : ''}: ${counts.acknowledged} acknowledged, all found, head ${counts.headsSeen}`,
    );
  }
  return counts;
}

interface Seen {
  acknowledged: Map<Hex, Hex>;
  heads: Map<number, Hex>;
}

async function runUntilKilled(
  kind: string,
  data: string,
  loadMs: number | undefined,
  random: () => number,
  seen: Seen,
): Promise<void> {
  const script = fileURLToPath(new URL('chain-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, kind, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const gone = once(child, 'exit');
  if (loadMs === undefined) await sleep(300 + random() * 1500);
  else {
    const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const work = Promise.all([watch(url, seen), load(kind, url, seen)]);
    await sleep(loadMs);
    stop();
    await work;
  }
  stop();
  await gone;
  process.off('exit', stop);
}

/** Both end when the process does. */
async function watch(url: string, { heads }: Seen): Promise<void> {
  try {
    for (;;) {
      const head = (await call(url, 'eth_getBlockByNumber', ['latest', false])) as { number: Hex; hash: Hex };
      heads.set(Number(head.number), head.hash);
    }
  } catch {
    // Killed.
  }
}

async function load(kind: string, url: string, { acknowledged }: Seen): Promise<void> {
  const chainId = kind === 'execution' ? 31178 : 31177;
  const send = async (nonce: number) => {
    const raw = await signTransfer(alice, chainId, nonce, SINK);
    const hash = await call(url, 'eth_sendRawTransaction', [raw]).catch((error: HskError) => {
      // A nonce behind a gap of the last round: the same bytes are signed again.
      if (error.shortMessage === 'already known') return keccak256(raw);
      throw error;
    });
    acknowledged.set(hash as Hex, raw);
  };
  try {
    let nonce = Number(await call(url, 'eth_getTransactionCount', [alice.address, 'pending']));
    for (;;) await Promise.all(Array.from({ length: 20 }, () => send(nonce++)));
  } catch {
    // Killed.
  }
}

function open(kind: string, directory: string): Promise<Chain> {
  return kind === 'execution'
    ? openExecutionChain({ directory, alloc, gatherMs: NEVER, heartbeatMs: NEVER })
    : openMainchain({ directory, alloc, validatorKeys: VALIDATOR_KEYS, periodSeconds: NEVER / 1000 });
}

async function inspect(
  kind: string,
  data: string,
  { acknowledged, heads }: Seen,
): Promise<Pick<KillCounts, 'acknowledged' | 'found' | 'inBlocks' | 'headsSeen'>> {
  const chain = await open(kind, data);
  try {
    for (const [number, hash] of heads)
      assert.equal(chain.block(number)?.hash, hash, `block ${number} is the one that was seen`);
    let inBlocks = 0;
    for (const [hash, raw] of acknowledged) {
      const found = (await chain.request('eth_getTransactionByHash', [hash])) as { blockHash: Hex | null };
      assert.ok(found, `${hash} was acknowledged and is gone`);
      if (found.blockHash === null) continue;
      inBlocks++;
      assert.ok(chain.block(found.blockHash)?.transactions.includes(raw), `${hash} is the one that was sent`);
    }
    return { acknowledged: acknowledged.size, found: acknowledged.size, inBlocks, headsSeen: heads.size };
  } finally {
    await chain.close();
  }
}

/** Executes the whole log anew, without any index, and compares the outcome. Returns the number of blocks. */
async function replayBareLog(kind: string, data: string, bare: string): Promise<number> {
  await mkdir(bare, { recursive: true });
  await copyFile(join(data, 'chain.log'), join(bare, 'chain.log'));
  const [kept, anew] = [await open(kind, data), await open(kind, bare)];
  try {
    // The hash covers the roots of state, transactions and receipts.
    assert.equal(anew.head().hash, kept.head().hash, 'the bare log gives the same head');
    assert.equal(anew.head().header.stateRoot, kept.head().header.stateRoot);
    assert.deepEqual(await anew.request('txpool_status'), await kept.request('txpool_status'));
    return Number(anew.head().header.number);
  } finally {
    await kept.close();
    await anew.close();
    await rm(bare, { recursive: true });
  }
}

async function call(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error) throw new HskError('TEST_RPC_FAILED', error.message);
  return result;
}

/** Numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
