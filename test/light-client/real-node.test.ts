import assert from 'node:assert/strict';
import { type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Address, Hex } from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { httpTransport } from '../../src/light-client/transport.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { exited, freePort, startProgram, temporaryFolder } from '../support/stack.ts';
import { live, until } from './until.ts';

const NEWCOMER: Address = '0x00000000000000000000000000000000000d2d2d';

let data: string;
let port: number;
let child: ChildProcess;
let profile: ChainProfile;
const store = memoryStore();

/** The packaged node, from its sources. */
async function startNode(): Promise<void> {
  const program = '--stack-size=4000 --import tsx src/node/cli.ts start --json';
  const started = await startProgram([...program.split(' '), '--data', data, '--port', String(port)]);
  child = started.child;
  profile = parseProfile(JSON.parse(readFileSync(String(started.line['profile']), 'utf8')));
}

before(async () => {
  data = temporaryFolder();
  port = await freePort();
  await startNode();
});
after(async () => {
  child.kill('SIGTERM');
  await exited(child);
  rmSync(data, { recursive: true, force: true });
});

const rpc = (method: string, ...params: unknown[]) =>
  httpTransport(profile.execution.rpcUrls).request(method, params);

/** A new network is still being funded for a moment. */
async function askFaucet(): Promise<void> {
  for (let tries = 0; ; tries++) {
    const response = await fetch(profile.services.faucet!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ address: NEWCOMER }),
    });
    if (response.ok) return;
    const answer = await response.text();
    assert.ok(tries < 30 && answer.includes('FAUCET_EMPTY'), answer);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('light client on the packaged node', () => {
  it('proves what the node holds, up to final, with evidence that stands alone', async () => {
    const client = new LightClient({ store });
    await client.start(profile);
    await until(client, live, 20_000);
    await askFaucet();
    const balance = async () => (await client.read({ kind: 'account', address: NEWCOMER })).value.balance;
    while ((await balance()) === 0n) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await balance(), BigInt((await rpc('eth_getBalance', NEWCOMER, 'latest')) as Hex));

    const funded = await client.read({ kind: 'account', address: NEWCOMER });
    await until(client, ({ heads }) => (heads.final?.number ?? 0n) >= funded.block.number, 30_000);
    const final = await client.read({ kind: 'account', address: NEWCOMER });
    assert.equal(final.rung, 'final');
    const evidence = parseEvidence(JSON.parse(await client.evidence(final.evidenceId)));
    const decision = verifyEvidence(evidence, profile, anchorRegistrySlots);
    assert.equal(decision.rung, 'final');
    assert.ok(decision.claim.kind === 'account' && decision.claim.account.balance === final.value.balance);
    client.stop();
  });

  it('survives a killed node and takes up the same heads when it is back', async () => {
    const client = new LightClient({ store });
    await client.start(profile);
    const { heads } = await until(client, live, 20_000);
    child.kill('SIGKILL');
    await exited(child);
    await until(client, ({ phase }) => phase === 'unreachable', 20_000);
    const { hash } = profile.mainchain.checkpoint!;
    await startNode();
    assert.equal(profile.mainchain.checkpoint!.hash, hash);
    const back = await until(client, live, 30_000);
    assert.ok(back.heads.attested!.number >= heads.attested!.number);
    const { value } = await client.read({ kind: 'account', address: NEWCOMER });
    assert.equal(value.balance, BigInt((await rpc('eth_getBalance', NEWCOMER, 'latest')) as Hex));
    client.stop();
  });
});
