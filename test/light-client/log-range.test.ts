import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberToHex } from 'viem';
import { EvmTurns } from '../../src/evm/evm-turns.ts';
import { Follower } from '../../src/light-client/follower.ts';
import { LinkedHeaders } from '../../src/light-client/linked-headers.ts';
import { Reader } from '../../src/light-client/read.ts';
import { openSealedRoot } from '../../src/light-client/sealed-root.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { profileDigest } from '../../src/protocol/evidence.ts';
import { headerHash } from '../../src/protocol/header.ts';
import { localEvm } from './local-evm.ts';
import { EMITTER, SmallDeployment } from './small-deployment.ts';

/** Headers that are kept: fewer than the range asks about, so that its walk pushes some of them out. */
const KEPT = 4;
const BLOCKS = 12;

test('a range longer than what is kept of the headers loses no log', async () => {
  const chains = await SmallDeployment.open();
  try {
    for (let block = 1; block < BLOCKS; block++)
      await chains.transfer(EMITTER, 0n, numberToHex(BigInt(block), { size: 32 }));
    const { block } = await chains.transfer(EMITTER, 0n, numberToHex(BLOCKS, { size: 32 }));
    await chains.attest(block);

    const profile = chains.firstProfile;
    const asked: string[] = [];
    const transportOf = (name: 'mainchain' | 'execution') => ({
      request: async (method: string, params: readonly unknown[]) => {
        asked.push(`${method} ${params[0]}`);
        return chains[name].request(method, [...params]);
      },
    });
    const execution = transportOf('execution');
    const follower = new Follower({
      profile,
      digest: profileDigest(profile),
      mainchain: transportOf('mainchain'),
      execution,
      store: memoryStore(),
      openRoot: openSealedRoot,
      now: () => BigInt(Math.floor(Date.now() / 1000)),
    });
    Object.assign(follower, { executionHeaders: new LinkedHeaders(execution, headerHash, KEPT) });
    await follower.followMainchain();
    await follower.followExecution();

    const reader = new Reader(follower, new EvmTurns(localEvm, 1));
    const { value } = await reader.read({
      kind: 'logs',
      address: EMITTER,
      topics: [],
      fromBlock: 0n,
      toBlock: block.header.number,
    });
    assert.deepEqual(
      value.map(({ topics }) => BigInt(topics[0]!)),
      Array.from({ length: BLOCKS }, (_, index) => BigInt(index + 1)),
    );
    // Otherwise nothing was pushed out, and the test would prove nothing.
    const fetched = asked.filter((question) => question === 'eth_getBlockByNumber 0x5');
    assert.ok(fetched.length > 1, `block 5 was fetched ${fetched.length} times`);
  } finally {
    await chains.close();
  }
});
