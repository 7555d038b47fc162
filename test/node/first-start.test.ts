import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createPublicClient, http } from 'viem';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { CLI, eventually, spawnNode } from './spawn-node.ts';

/** Starts the node and kills it after so many milliseconds from the moment that `file` exists. */
async function killAfter(data: string, file: string, milliseconds: number): Promise<void> {
  const args = [...CLI, 'start', '--data', data, '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  while (!existsSync(path.join(data, file)) && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill('SIGKILL');
  await gone;
}

describe('a first start that is killed', () => {
  it('continues with the same keys and contracts, and funds the bridge once', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hsk-first-'));
    const data = path.join(folder, 'data');
    const keys = () => {
      const directory = path.join(data, 'keys');
      return Object.fromEntries(
        readdirSync(directory)
          .filter((name) => name.endsWith('.key'))
          .map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]),
      );
    };
    try {
      await killAfter(data, 'keys/member-1.key', 0);
      const first = keys();
      await killAfter(data, 'execution', 150);
      await killAfter(data, 'execution', 400);
      await killAfter(data, 'mainchain', 700);
      const node = await spawnNode(data);
      try {
        for (const [name, value] of Object.entries(first)) assert.equal(keys()[name], value, name);
        const { profile } = node;
        const client = createPublicClient({ transport: http(profile.execution.rpcUrls[0]), cacheTime: 0 });
        for (const address of [...Object.values(profile.execution.contracts), profile.products[1]!.token])
          assert.ok(await client.getCode({ address }), address);
        const supply = () =>
          client.readContract({
            address: profile.execution.contracts.stablecoin,
            abi: hongKongDollarAbi,
            functionName: 'totalSupply',
          });
        await eventually(async () => (await supply()) === 100_000_000_000_000n);
        await new Promise((resolve) => setTimeout(resolve, 2500));
        assert.equal(await supply(), 100_000_000_000_000n);
      } finally {
        await node.stop('SIGTERM');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
