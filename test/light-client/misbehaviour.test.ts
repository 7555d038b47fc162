import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Address, bytesToHex, hexToBytes, numberToHex } from 'viem';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore, type Store } from '../../src/light-client/store.ts';
import { describeDecision, verifyFile } from '../../src/node/verify/verify-file.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import { parseMisbehaviour } from '../../src/protocol/misbehaviour.ts';
import { serializeProfile } from '../../src/protocol/profile.ts';
import { decodeQbftExtra, encodeQbftExtra, qbftSealHash } from '../../src/protocol/qbft.ts';
import { verifyMisbehaviour } from '../../src/protocol/verify-misbehaviour.ts';
import { withCode } from '../protocol/vectors.ts';
import { type Lie, SmallDeployment, validatorKeys } from './small-deployment.ts';
import { live, refuses, until } from './until.ts';

const PAYEE: Address = '0x00000000000000000000000000000000000000aa';

let chains: SmallDeployment;
let folder: string;
const running: LightClient[] = [];

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-misbehaviour-'));
  chains = await SmallDeployment.open();
  // The first block has no seals, so nothing that contradicts it could be shown.
  await chains.mainchain.produce();
  await chains.mainchain.produce();
});
after(async () => {
  running.forEach((client) => client.stop());
  await chains?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  options: { lie?: Lie; store?: Store; now?: () => number } = {},
  limit?: number,
): Promise<LightClient> {
  const client = chains.client(options);
  running.push(client);
  const profile = chains.firstProfile;
  if (limit !== undefined) Object.assign(profile.mainchain, { checkpointMaxAge: limit });
  await client.start(profile);
  return client;
}

/** What `hsk-node verify FILE` says of the document that a client exports. */
async function verified(client: LightClient): Promise<string> {
  const [file, profile] = [path.join(folder, 'document.json'), path.join(folder, 'profile.json')];
  writeFileSync(file, await client.evidence('misbehaviour'));
  writeFileSync(profile, serializeProfile(chains.firstProfile));
  return describeDecision(await verifyFile(file, profile));
}

/** The same header over another state, sealed by these validators. */
function sealedAgain(block: unknown, signers: number[]): object {
  const header = headerFromRpc(block);
  const extra = decodeQbftExtra(header.extraData);
  const forged = { ...header, stateRoot: `0x${'44'.repeat(32)}` as const };
  const digest = hexToBytes(qbftSealHash(forged));
  const seals = signers.map((index) => {
    const key = hexToBytes(validatorKeys[index]!);
    const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
    return bytesToHex(Uint8Array.from([...bytes.subarray(1), bytes[0]!]));
  });
  return {
    ...(block as object),
    stateRoot: forged.stateRoot,
    extraData: encodeQbftExtra({ ...extra, seals }),
  };
}

describe('those who sign contradict themselves', () => {
  it('two attestations of one height: refused, kept, exported, and the members who signed both are named', async () => {
    const store = memoryStore();
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    const client = await start({ store });
    await until(client, live);
    assert.equal((await client.status()).misbehaviour, undefined);
    await chains.attest(block, { blockHash: `0x${'55'.repeat(32)}` }, [1, 2, 3]);
    const status = await until(client, ({ phase }) => phase === 'refused');
    assert.deepEqual([status.error?.code, status.misbehaviour], ['ATTESTATION_EQUIVOCATION', true]);
    const said = await verified(client);
    assert.match(
      said,
      new RegExp(`attested blocks ${block.header.number} ${block.hash} and ${block.header.number} 0x5555`),
    );
    assert.deepEqual(
      [...said.matchAll(/signed both {2}member (\d)/g)].map(([, member]) => member),
      ['1', '2'],
    );

    await chains.attest(block);
    const document = await client.evidence('misbehaviour');
    client.stop();
    const again = await start({ store });
    await until(again, ({ error }) => error?.code === 'MISBEHAVIOUR_KNOWN');
    assert.equal(await again.evidence('misbehaviour'), document);
    await assert.rejects(again.read({ kind: 'account', address: PAYEE }), refuses('MISBEHAVIOUR_KNOWN'));
    again.stop();

    const parsed = JSON.parse(document);
    const judge = (altered: unknown) => () =>
      verifyMisbehaviour(parseMisbehaviour(altered), chains.firstProfile, anchorRegistrySlots);
    judge(parsed)();
    for (const altered of [
      { ...parsed, higher: parsed.lower },
      { ...parsed, profileDigest: `0x${'11'.repeat(32)}` },
      { ...parsed, higher: { ...parsed.higher, bitmap: '0x0f' } },
      { ...parsed, committee: { ...parsed.committee, threshold: 1 } },
      {
        ...parsed,
        higher: { ...parsed.higher, attestation: { ...parsed.higher.attestation, blockNumber: '9' } },
      },
    ])
      assert.throws(judge(altered), withCode('MISBEHAVIOUR_UNPROVEN'));
  });

  it('two sealed headers of one height: the validators who sealed both are named', async () => {
    let head: unknown;
    let forks = false;
    const client = await start({
      lie: (chain, method, [tag], answer) => {
        if (chain !== 'mainchain' || method !== 'eth_getBlockByNumber' || tag !== 'latest') return answer;
        if (forks) return sealedAgain(head, [0, 1, 3]);
        head = answer;
        return answer;
      },
    });
    await until(client, live);
    forks = true;
    const status = await until(client, ({ phase }) => phase === 'refused');
    assert.deepEqual([status.error?.code, status.misbehaviour], ['CHAIN_FORK', true]);
    const said = await verified(client);
    assert.ok([...said.matchAll(/signed both/g)].length >= 2, said);
    const parsed = JSON.parse(await client.evidence('misbehaviour'));
    const judge = (altered: unknown) => () =>
      verifyMisbehaviour(parseMisbehaviour(altered), chains.firstProfile, anchorRegistrySlots);
    judge(parsed)();
    for (const altered of [
      { ...parsed, second: parsed.first },
      { ...parsed, path: parsed.path.slice(0, -1), first: parsed.second },
    ])
      assert.throws(judge(altered), withCode('MISBEHAVIOUR_UNPROVEN'));
    client.stop();
  });
});

describe('the age of what is trusted', () => {
  it('a checkpoint older than the profile allows is refused, and says what to do', async () => {
    const client = await start({ now: () => Date.now() + 3_600_000 }, 1800);
    const { error, phase } = await until(client, (status) => status.error?.code === 'CHECKPOINT_OLD');
    assert.equal(phase, 'refused');
    assert.match(error!.action!, /newer checkpoint/);
    await assert.rejects(client.read({ kind: 'account', address: PAYEE }), refuses('CHECKPOINT_OLD'));
    client.stop();
  });

  it('what was verified since counts instead of the checkpoint', async () => {
    const store = memoryStore();
    const first = await start({ store });
    await until(first, live);
    first.stop();
    const { timestamp } = chains.mainchain.head().header;
    const genesis = headerFromRpc(
      await chains.mainchain.request('eth_getBlockByNumber', [numberToHex(0), false]),
    );
    const age = Math.floor(Date.now() / 1000) - Number(genesis.timestamp);
    assert.ok(timestamp > genesis.timestamp);
    const client = await start({ store }, Math.max(1, age - 1));
    await until(client, live);
    client.stop();
  });
});
