import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Address, createPublicClient, type Hex, http, keccak256, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxAbi } from '../../src/contracts/abi/Lockbox.ts';
import {
  attestationDigest,
  type Committee,
  parseCommittee,
  parseSignedAttestation,
} from '../../src/protocol/attestation.ts';
import { fastAggregateVerify, verifyPossession } from '../../src/protocol/bls.ts';
import { loadOrCreateKeys } from '../../src/node/keys/node-keys.ts';
import { parseProfile } from '../../src/protocol/profile.ts';
import { signersOf } from '../../src/protocol/verify-attestation.ts';
import { healthy } from '../fuzz/rpc.ts';
import { hostileRun } from '../fuzz/rpc-run.ts';
import { eventually, runCli, type SpawnedNode, spawnNode } from './spawn-node.ts';

let folder: string;
let node: SpawnedNode;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-node-'));
  node = await spawnNode(path.join(folder, 'data'));
});

after(async () => {
  await (node as SpawnedNode | undefined)?.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const client = (chain: 'mainchain' | 'execution') =>
  createPublicClient({ transport: http(node.endpoints[chain]), cacheTime: 0 });

async function ask(method: string, params: unknown[]): Promise<unknown> {
  const request = client('execution').request as (call: {
    method: string;
    params: unknown[];
  }) => Promise<unknown>;
  return request({ method, params });
}

async function attestation(block: bigint | 'latest') {
  const answer = await ask('hsk_getAttestation', [block === 'latest' ? block : `0x${block.toString(16)}`]);
  return answer === null ? undefined : parseSignedAttestation(answer, 'attestation');
}

async function post(url: string, body: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const code = (json: Record<string, unknown>) => (json['error'] as { code: string }).code;
const newcomer = () => privateKeyToAddress(generatePrivateKey());

describe('hsk-node start', () => {
  it('prints where everything is once it is ready', async () => {
    for (const name of [
      'mainchain',
      'execution',
      'committee',
      'issuer',
      'faucet',
      'desk',
      'hsp',
      'facilitator',
    ])
      assert.match(node.endpoints[name] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/\w+$/, name);
    // The line comes last: who has read it may ask at once.
    assert.ok((await client('execution').getBlockNumber()) >= 1n);
  });

  it('writes a profile that names what stands on both chains', async () => {
    const { profile } = node;
    assert.equal(await client('mainchain').getChainId(), profile.mainchain.chainId);
    assert.equal(await client('execution').getChainId(), profile.execution.chainId);
    const checkpoint = await client('mainchain').getBlock({
      blockNumber: profile.mainchain.checkpoint!.number,
    });
    assert.equal(checkpoint.hash, profile.mainchain.checkpoint!.hash);
    const code = (chain: 'mainchain' | 'execution', address: Address) => client(chain).getCode({ address });
    for (const address of Object.values(profile.mainchain.contracts))
      assert.ok(await code('mainchain', address));
    for (const address of Object.values(profile.execution.contracts))
      assert.ok(await code('execution', address));
    for (const { token } of profile.products) assert.ok(await code('execution', token));
  });

  it('keeps its keys for itself', () => {
    const keys = path.join(folder, 'data', 'keys');
    assert.equal(statSync(keys).mode & 0o077, 0);
    const files = readdirSync(keys);
    assert.equal(files.filter((file) => file.endsWith('.key')).length, 4 + 4 + 10);
    for (const file of files) assert.equal(statSync(path.join(keys, file)).mode & 0o077, 0, file);
  });

  it('makes dollars on the execution chain only through the bridge', async () => {
    const { profile } = node;
    const supply = () =>
      client('execution').readContract({
        address: profile.execution.contracts.stablecoin,
        abi: hongKongDollarAbi,
        functionName: 'totalSupply',
      });
    await eventually(async () => (await supply()) === 100_000_000_000_000n);
    const held = await client('mainchain').readContract({
      address: profile.mainchain.contracts.stablecoin,
      abi: hongKongDollarAbi,
      functionName: 'balanceOf',
      args: [profile.mainchain.contracts.vault],
    });
    const claimed = await client('execution').readContract({
      address: profile.execution.contracts.lockbox,
      abi: lockboxAbi,
      functionName: 'claims',
      args: [profile.mainchain.contracts.stablecoin],
    });
    assert.equal(held, 100_000_000_000_000n);
    assert.equal(claimed, held);
  });
});

describe('committee and anchors', () => {
  let committee: Committee;

  it('names the committee that the registry holds', async () => {
    committee = parseCommittee(await ask('hsk_getCommittee', ['0x1']), 'committee');
    assert.deepEqual(committee, node.profile.committee);
    assert.equal(await ask('hsk_getCommittee', ['0x2']), null);
    for (const [index, url] of node.profile.services.committee.entries()) {
      const key = (await (await fetch(`${url}/key`)).json()) as { publicKey: Hex; possession: Hex };
      assert.equal(key.publicKey, committee.keys[index]);
      assert.ok(verifyPossession(key.publicKey, key.possession));
    }
  });

  it('attests every block, and any member gives out the data', async () => {
    const head = await client('execution').getBlockNumber();
    const latest = await eventually(() => attestation(head));
    const domain = {
      mainchainId: node.profile.mainchain.chainId,
      anchorRegistry: node.profile.mainchain.contracts.anchorRegistry,
    };
    const signers = signersOf(latest.bitmap, committee.keys.length);
    assert.ok(signers.length >= committee.threshold);
    const keys = signers.map((index) => committee.keys[index]!);
    assert.ok(
      fastAggregateVerify('short', keys, attestationDigest(domain, latest.attestation), latest.signature),
    );
    const before = await attestation(head - 1n);
    assert.equal(latest.attestation.previous, attestationDigest(domain, before!.attestation));
    for (const index of signers) {
      const url = `${node.profile.services.committee[index]}/get/${latest.attestation.dataHash}`;
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      assert.equal(keccak256(bytes), latest.attestation.dataHash);
    }
    const missing = await fetch(`${node.profile.services.committee[0]}/get/${`0x${'00'.repeat(32)}`}`);
    assert.equal(missing.status, 404);
    assert.equal(code((await missing.json()) as Record<string, unknown>), 'COMMITTEE_NO_DATA');
    assert.equal((await fetch(`${node.endpoints['committee']}/9/key`)).status, 404);
    assert.equal((await fetch(`${node.profile.services.committee[0]}/get/0x12`)).status, 400);
  });

  it('anchors attested output roots on the mainchain', async () => {
    type Hint = { blockNumber: Hex; mainchainBlock: Hex; mainchainTransaction: Hex };
    const hint = (await eventually(() => ask('hsk_getAnchor', ['0x1']))) as Hint;
    const blockNumber = BigInt(hint.blockNumber);
    const signed = await attestation(blockNumber);
    const [outputRoot] = await client('mainchain').readContract({
      address: node.profile.mainchain.contracts.anchorRegistry,
      abi: anchorRegistryAbi,
      functionName: 'anchors',
      args: [blockNumber],
    });
    assert.equal(outputRoot, signed!.attestation.outputRoot);
    const receipt = await client('mainchain').getTransactionReceipt({ hash: hint.mainchainTransaction });
    assert.equal(receipt.status, 'success');
    assert.equal(receipt.blockNumber, BigInt(hint.mainchainBlock));
    assert.equal(await ask('hsk_getAnchor', ['0xffffffff']), null);
  });
});

describe('faucet', () => {
  it('pays once a day, however often it is asked', async () => {
    const address = newcomer();
    const url = node.profile.services.faucet!;
    const [first, second] = await Promise.all([post(url, { address }), post(url, { address })]);
    assert.equal(first.status, 200, JSON.stringify(first.json));
    assert.deepEqual(second.json, first.json);
    const dollars = await client('execution').readContract({
      address: node.profile.execution.contracts.stablecoin,
      abi: hongKongDollarAbi,
      functionName: 'balanceOf',
      args: [address],
    });
    assert.equal(dollars, 10_000_000_000n);
    assert.equal(await client('execution').getBalance({ address }), parseEther('10'));
    const third = await post(url, { address });
    assert.deepEqual([third.status, code(third.json)], [429, 'FAUCET_ALREADY_PAID']);
  });

  it('refuses what is no address, in typed words', async () => {
    const url = node.profile.services.faucet!;
    for (const body of [{}, { address: '0x12' }, { address: 7 }, 'not json', '[]']) {
      const { status, json } = await post(url, body);
      assert.deepEqual([status, code(json)], [400, 'PARSE_INVALID']);
    }
    const zero = await post(url, { address: `0x${'00'.repeat(20)}` });
    assert.deepEqual([zero.status, code(zero.json)], [400, 'FAUCET_NOBODY']);
  });

  it('pays many newcomers at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(node.profile.services.faucet!, { address: newcomer() })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200),
    );
  });
});

describe('restart', () => {
  it('continues after kill -9 with nothing acknowledged lost', async () => {
    const address = newcomer();
    await post(node.profile.services.faucet!, { address });
    const before = await client('execution').getBlockNumber();
    const interrupted = newcomer();
    const request = post(node.profile.services.faucet!, { address: interrupted }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await node.stop('SIGKILL');
    await request;

    const profile = node.profile;
    const port = Number(new URL(node.endpoints['faucet']!).port);
    node = await spawnNode(path.join(folder, 'data'), port);
    assert.deepEqual(node.profile, profile);
    assert.ok((await client('execution').getBlockNumber()) >= before);
    assert.equal(await client('execution').getBalance({ address }), parseEther('10'));
    const again = await post(node.profile.services.faucet!, { address });
    assert.equal(again.status, 429);
    // Paid by the resumed payment or by this one, never by both.
    const answer = await post(node.profile.services.faucet!, { address: interrupted });
    assert.ok([200, 429].includes(answer.status), JSON.stringify(answer.json));
    assert.equal(await client('execution').getBalance({ address: interrupted }), parseEther('10'));
    const head = await client('execution').getBlockNumber();
    await eventually(() => attestation(head));
    await eventually(() => ask('hsk_getAnchor', [`0x${head.toString(16)}`]));
  });

  it('does not share a data directory, and says who has it', async () => {
    const { code, errors } = await runCli(['start', '--data', path.join(folder, 'data'), '--port', '0']);
    assert.equal(code, 1);
    assert.match(errors, /Another process is using this data directory/);
    assert.match(errors, new RegExp(`process ${node.child.pid}`));
  });

  it('says that a port is taken', async () => {
    const { port } = new URL(node.endpoints['desk']!);
    const { code, errors } = await runCli(['start', '--data', path.join(folder, 'other'), '--port', port]);
    assert.equal(code, 1);
    assert.match(errors, new RegExp(`Port ${port} is taken`));
  });

  it('refuses a damaged key rather than making another', async () => {
    const data = path.join(folder, 'damaged');
    loadOrCreateKeys(path.join(data, 'keys'));
    writeFileSync(path.join(data, 'keys', 'member-2.key'), '');
    const { code, errors } = await runCli(['start', '--data', data, '--port', '0']);
    assert.equal(code, 1);
    assert.match(errors, /member-2\.key/);
  });

  it('answers 1,500 hostile requests and is as well as before', async () => {
    const { profile, endpoints } = node;
    const data = path.join(folder, 'data');
    const bearer = readFileSync(path.join(data, 'keys', 'hsp-bearer'), 'utf8');
    const port = Number(new URL(endpoints['execution']!).port);
    const secrets = [data, process.cwd(), bearer];
    const counts = await hostileRun({ port, runs: 1500, seed: 1, known: { profile, bearer }, secrets });
    assert.equal(counts.size, 16, [...counts.keys()].join(', '));
    assert.equal(node.child.exitCode, null);
    await healthy(node);
  });

  it('closes cleanly on SIGTERM', async () => {
    assert.equal(await node.stop('SIGTERM'), 0);
    assert.ok(!readdirSync(path.join(folder, 'data')).includes('LOCK'));
    parseProfile(JSON.parse(readFileSync(path.join(folder, 'data', 'profile.json'), 'utf8')));
  });
});

describe('hsk-node', () => {
  it('explains itself', async () => {
    assert.match((await runCli(['help'])).output, /hsk-node COMMAND \[options\]/);
    const unknown = await runCli(['dance']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.errors, /There is no command dance[^]*Usage/);
    const port = await runCli(['start', '--port', 'x']);
    assert.match(port.errors, /not a port/);
    const flag = await runCli(['start', '--nonsense']);
    assert.equal(flag.code, 1);
    assert.match(flag.errors, /nonsense/);
  });
});
