import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicClient, createWalletClient, http, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { testChain } from '../node/chain-fixture.ts';
import { eventually, type SpawnedNode, spawnNode } from '../node/spawn-node.ts';
import { type Counts, hostileRun } from './rpc-run.ts';
import type { FuzzOptions } from './run.ts';

/** Bytes by which the node's memory may grow, however many requests: what is bounded has a bound. */
const MOST_GROWTH = 400 << 20;

/** So many hostile requests to a node of its own; afterwards it is as well as before. */
export async function fuzz({ runs, seed }: FuzzOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hsk-rpc-'));
  const node = await spawnNode(directory);
  try {
    await healthy(node);
    const { port } = new URL(node.endpoints['execution']!);
    const bearer = await readFile(join(directory, 'keys', 'hsp-bearer'), 'utf8');
    const run = {
      port: Number(port),
      known: { profile: node.profile, bearer },
      secrets: [directory, homedir() + '/', process.cwd(), hostname(), bearer],
    };
    await hostileRun({ ...run, runs: Math.min(runs, 2000), seed: seed + 1 });
    const before = await residentBytes(node);
    const begun = performance.now();
    const counts = await hostileRun({ ...run, runs, seed }).catch((error: unknown) => {
      console.log(`The node ${node.child.exitCode === null ? 'runs' : `ended: ${node.child.exitCode}`}`);
      throw error;
    });
    const seconds = (performance.now() - begun) / 1000;
    print(counts);
    assert.equal(node.child.exitCode, null, 'the node ended');
    await healthy(node);
    const after = await residentBytes(node);
    const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
    console.log(
      `${runs} requests in ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} a second; ` +
        `memory ${mebibytes(before)} before, ${mebibytes(after)} after; ready, and it pays and transfers`,
    );
    assert.ok(after - before < MOST_GROWTH, `the node's memory grew by ${mebibytes(after - before)}`);
  } finally {
    await node.stop('SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

/** Ready, and a newcomer whom the faucet pays sends on what they got. */
export async function healthy({
  endpoints,
  profile,
}: Pick<SpawnedNode, 'endpoints' | 'profile'>): Promise<void> {
  const { origin } = new URL(endpoints['execution']!);
  await eventually(async () => (await fetch(`${origin}/readyz`)).ok, 30);
  const account = privateKeyToAccount(generatePrivateKey());
  const paid = await fetch(profile.services.faucet!, {
    method: 'POST',
    body: JSON.stringify({ address: account.address }),
  });
  assert.equal(paid.status, 200, await paid.text());
  const chain = testChain(profile.execution.chainId);
  const transport = http(endpoints['execution']);
  const hash = await createWalletClient({ account, chain, transport }).sendTransaction({
    to: '0x00000000000000000000000000000000000005ee',
    value: parseEther('1'),
  });
  const receipt = await createPublicClient({
    chain,
    transport,
    pollingInterval: 100,
  }).waitForTransactionReceipt({
    hash,
  });
  assert.equal(receipt.status, 'success');
}

async function residentBytes({ endpoints }: SpawnedNode): Promise<number> {
  const text = await (await fetch(`${new URL(endpoints['execution']!).origin}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  assert.ok(bytes > 0, 'no figure of memory');
  return bytes;
}

function print(counts: Counts): void {
  for (const [kind, outcomes] of counts) {
    const all = [...outcomes.values()].reduce((sum, one) => sum + one, 0);
    console.log(`  ${kind}: ${all}`);
    for (const [outcome, times] of [...outcomes].toSorted(([, a], [, b]) => b - a))
      console.log(`    ${String(times).padStart(7)} ${outcome}`);
  }
}
