import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Hex, keccak256 } from 'viem';
import { openExecutionChain } from '../../src/node/chain/chain.ts';
import { nativeAccount } from '../../src/node/keys/native-account.ts';
import { clientOf, funded, signTransfer, testAccount, testKey } from './chain-fixture.ts';

const SINK = '0x00000000000000000000000000000000000005ee';
const alice = nativeAccount(testKey('alice'));
const CHILD = fileURLToPath(new URL('chain-child.ts', import.meta.url));

/** A place for the chain where space ends. */
interface Space {
  directory: string;
  /** Limits of the child's shell, where the file system has none of its own. */
  shell: string;
  fill(): void;
  free(): void;
}

/** A file system of its own where this process may mount one, else a limit on the length of every file. */
function space(t: TestContext): Space {
  const directory = mkdtempSync(join(tmpdir(), 'hsk-disk-'));
  t.after(() => {
    spawnSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'hsk-full-disk', directory]);
  if (mounted.status !== 0) return { directory, shell: 'ulimit -f 400;', fill() {}, free() {} };
  const ballast = join(directory, 'ballast');
  return {
    directory,
    shell: '',
    fill: () => {
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - 300_000));
    },
    free: () => rmSync(ballast),
  };
}

test('a full disk stops the chain with clear words, and with more space everything acknowledged is there', async (t) => {
  const { directory, shell, fill, free } = space(t);
  const data = join(directory, 'chain');
  const child = start(shell, data, t);
  const url = await child.ready;
  const acknowledged: Hex[] = [];
  const send = async (raw: Hex) => {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }),
    });
    const { result, error } = (await answer.json()) as { result?: Hex; error?: { message: string } };
    if (result) acknowledged.push(result);
    return error?.message;
  };
  let nonce = 0;
  for (; nonce < 5; nonce++)
    assert.equal(await send(await signTransfer(alice, 31178, nonce, SINK)), undefined);
  fill();
  const refusals: string[] = [];
  for (let round = 0; refusals.length === 0 && round < 100; round++) {
    // Several at once: each gets its answer.
    const answers = await Promise.all([0, 1, 2].map(async () => send(await bulky(nonce++)))).catch(
      (error: Error) => [`connection lost: ${String(error.cause)}`],
    );
    refusals.push(...answers.flatMap((message) => message ?? []));
  }
  assert.match(refusals[0] ?? 'never full', /^The (?:log|database) cannot be written$|^connection lost/);
  const { code, words } = await child.ended;
  assert.equal(code, 1);
  assert.match(words, /^hsk-node: The (?:log|database) cannot be written$/m);
  assert.match(words, /Seen: .*(?:ENOSPC|EFBIG|No space left|too large)/i);
  assert.match(words, /Free disk space/);
  assert.doesNotMatch(words, / {4}at /, 'words for the operator, no stack');
  assert.ok(acknowledged.length >= 5);

  if (shell === '') {
    const still = start(shell, data, t);
    const refused = await Promise.race([still.ready.then(() => undefined), still.ended]);
    if (refused) assert.match(refused.words, /^hsk-node: .*\nSeen: /m);
    still.stop();
    await still.ended;
  }
  free();
  const chain = await openExecutionChain({
    directory: data,
    alloc: funded(alice, testAccount('bob')),
    gatherMs: 20,
  });
  try {
    const client = clientOf(chain, alice);
    for (const hash of acknowledged)
      assert.equal(
        (await client.getTransaction({ hash })).hash,
        hash,
        'acknowledged before the disk was full',
      );
    const next = await client.getTransactionCount({ address: alice.address, blockTag: 'pending' });
    const raw = await signTransfer(alice, 31178, next, SINK);
    await chain.request('eth_sendRawTransaction', [raw]);
    const receipt = await client.waitForTransactionReceipt({ hash: keccak256(raw) });
    assert.equal(receipt.status, 'success');
  } finally {
    await chain.close();
  }
});

function bulky(nonce: number): Promise<Hex> {
  return alice.signTransaction({
    type: 'eip1559',
    chainId: 31178,
    nonce,
    to: SINK,
    data: `0x${'ab'.repeat(20_000)}`,
    gas: 1_000_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 1n,
  });
}

function start(shell: string, data: string, t: TestContext) {
  const command = `${shell} exec "${process.execPath}" --stack-size=4000 --import tsx "${CHILD}" execution "${data}"`;
  const child: ChildProcess = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let words = '';
  child.stderr!.on('data', (part: Buffer) => (words += part.toString()));
  const ready = once(createInterface({ input: child.stdout! }), 'line').then(([url]) => url as string);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, words }));
  return { ready, ended, stop: () => child.kill('SIGKILL') };
}
