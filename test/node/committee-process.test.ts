import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Hex, keccak256 } from 'viem';
import type { HskError } from '../../src/protocol/errors.ts';
import { attestationDigest } from '../../src/protocol/attestation.ts';
import { signersOf, verifyAttestation } from '../../src/protocol/verify-attestation.ts';
import { parseTradeProof, verifyTradeProof } from '../../src/protocol/trade-proof.ts';
import { EMPTY_BODY, signRequest } from '../../src/node/committee/signed-request.ts';
import { testAccount } from './chain-fixture.ts';
import {
  auditor,
  CommitteeNetwork,
  holder,
  owner,
  sequencer,
  type SpawnedMember,
} from './committee-network.ts';
import { eventually } from './spawn-node.ts';

let network: CommitteeNetwork;
let members: SpawnedMember[];

before(async () => {
  network = await CommitteeNetwork.open();
  members = await network.spawnMembers('a', 'b', 'c', 'd');
  await network.register(members);
  await network.aggregate();
});
after(() => network.close());

const stranger = testAccount('stranger');

interface Ask {
  account?: typeof auditor;
  time?: number;
  /** Signed for another member, or as another request. */
  member?: Hex;
  path?: string;
}

/** `GET` of a member, as an account signs it. */
async function ask(member: SpawnedMember, resource: string, options: Ask = {}): Promise<Response> {
  const { account, time = Date.now(), member: to = member.publicKey, path: signed = resource } = options;
  const subject = { method: 'GET' as const, path: signed, bodyHash: EMPTY_BODY, member: to };
  return fetch(`${member.url}${resource}`, {
    ...(account && { headers: { authorization: await signRequest(account, subject, time) } }),
  });
}

async function refused(response: Response, status: number, code: string): Promise<void> {
  const body = (await response.json()) as { error: { code: string; shortMessage: string } };
  assert.deepEqual([response.status, body.error.code], [status, code]);
  assert.ok(body.error.shortMessage.length > 10);
}

describe('members in processes of their own', () => {
  let transaction: Hex;
  let commitment: Hex;

  it('attest every block, and each holds the data', async () => {
    await network.transfer();
    transaction = await network.transfer();
    const { attestation, bitmap } = await network.attested(2n);
    commitment = attestation.dataHash;
    for (const index of signersOf(bitmap, 4)) {
      const bundle = await members[index]!.as(auditor).bundle(commitment);
      assert.equal(keccak256(bundle!), commitment);
    }
    const files = ['member.key', 'chain.json', 'disclosures.jsonl', 'blocks'];
    for (const file of files) assert.ok(existsSync(path.join(members[0]!.directory, file)), file);
  });

  it('speak OP Stack’s Alt-DA and AnyTrust’s REST', async () => {
    const [member] = members;
    const hash = commitment.slice(2);
    const optimism = await ask(member!, `/get/0x00${hash}`, { account: auditor });
    const bytes = new Uint8Array(await optimism.arrayBuffer());
    assert.equal(keccak256(bytes), commitment);
    const anytrust = await ask(member!, `/get-by-hash/${hash}`, { account: auditor });
    const { data } = (await anytrust.json()) as { data: string };
    assert.deepEqual(new Uint8Array(Buffer.from(data, 'base64')), bytes);
    await refused(await ask(member!, `/get/0x01${hash}`, { account: auditor }), 400, 'PARSE_INVALID');
    await refused(
      await ask(member!, `/get/0x00${'00'.repeat(32)}`, { account: auditor }),
      404,
      'COMMITTEE_NO_DATA',
    );
  });

  it('give whole blocks to auditors only, and say why not', async () => {
    const [member] = members;
    const resource = `/get/0x00${commitment.slice(2)}`;
    await refused(await ask(member!, resource), 401, 'REQUEST_UNSIGNED');
    await refused(await ask(member!, resource, { account: stranger }), 403, 'COMMITTEE_NOT_AUDITOR');
    await refused(await ask(member!, '/genesis', { account: stranger }), 403, 'COMMITTEE_NOT_AUDITOR');
    await refused(await ask(member!, '/evidence', { account: holder }), 403, 'COMMITTEE_NOT_AUDITOR');
    await refused(await ask(member!, '/disclosures', { account: holder }), 403, 'COMMITTEE_NOT_AUDITOR');
    const account = auditor;
    await refused(await ask(member!, resource, { account, path: '/genesis' }), 401, 'REQUEST_SIGNATURE');
    const elsewhere = members[1]!.publicKey;
    await refused(await ask(member!, resource, { account, member: elsewhere }), 401, 'REQUEST_SIGNATURE');
    await refused(
      await ask(member!, resource, { account, time: Date.now() - 70_000 }),
      401,
      'REQUEST_EXPIRED',
    );
    await refused(
      await ask(member!, resource, { account, time: Date.now() + 70_000 }),
      401,
      'REQUEST_EXPIRED',
    );
    const subject = {
      method: 'GET' as const,
      path: resource,
      bodyHash: EMPTY_BODY,
      member: member!.publicKey,
    };
    const authorization = await signRequest(auditor, subject, Date.now());
    const again = () => fetch(`${member!.url}${resource}`, { headers: { authorization } });
    assert.equal((await again()).status, 200);
    await refused(await again(), 401, 'REQUEST_REPLAYED');
    await refused(await fetch(`${member!.url}/nothing`), 404, 'NODE_NO_SUCH_ROUTE');
    const { ready, parts } = (await (await fetch(`${member!.url}/status`)).json()) as {
      ready: boolean;
      parts: Record<string, { words: string }>;
    };
    assert.ok(ready);
    assert.match(parts['member']!.words, /^holds blocks up to \d+$/);
  });

  it('take blocks from the sequencer only', async () => {
    const [member] = members;
    const post = async (
      account: typeof auditor,
      body: Uint8Array<ArrayBuffer>,
      type = 'application/octet-stream',
    ) => {
      const subject = {
        method: 'POST' as const,
        path: '/put',
        bodyHash: keccak256(body),
        member: member!.publicKey,
      };
      const authorization = await signRequest(account, subject, Date.now());
      return fetch(`${member!.url}/put`, {
        method: 'POST',
        body,
        headers: { authorization, 'content-type': type },
      });
    };
    const bytes = new TextEncoder().encode('{"attestation":1}');
    await refused(
      await fetch(`${member!.url}/put`, { method: 'POST', body: bytes }),
      401,
      'REQUEST_UNSIGNED',
    );
    await refused(await post(auditor, bytes), 403, 'COMMITTEE_NOT_SEQUENCER');
    await refused(await post(sequencer, bytes), 400, 'PUT_INVALID');
    await refused(await post(sequencer, bytes, 'application/json'), 400, 'PARSE_INVALID');
    await refused(await post(sequencer, new Uint8Array([0xc0])), 400, 'PUT_INVALID');
  });

  it('prove a party its own trade, and nobody another’s', async () => {
    const [member] = members;
    const resource = `/proof/${transaction}`;
    for (const account of [holder, owner, auditor]) {
      const response = await ask(member!, resource, { account });
      assert.equal(response.status, 200);
      const proof = parseTradeProof(await response.json(), 'proof');
      const trade = verifyTradeProof(proof, network.terms.domain);
      assert.equal(trade.transaction.hash, transaction);
      assert.equal(trade.receipt.status, true);
      const signed = await network.attested(2n);
      assert.equal(attestationDigest(network.terms.domain, signed.attestation), proof.digest);
      const altered = { ...proof, index: 1 };
      assert.throws(() => verifyTradeProof(altered, network.terms.domain));
    }
    await refused(await ask(member!, resource), 401, 'REQUEST_UNSIGNED');
    await refused(await ask(member!, resource, { account: stranger }), 403, 'COMMITTEE_NOT_PARTY');
    const unknown = `/proof/0x${'11'.repeat(32)}`;
    await refused(await ask(member!, unknown, { account: stranger }), 403, 'COMMITTEE_NOT_PARTY');
  });

  it('record every disclosure, and no refusal as one', async () => {
    const [member] = members;
    const lines = readFileSync(path.join(member!.directory, 'disclosures.jsonl'), 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { account: string; as: string; what: string });
    const count = (what: string, as: string) => entries.filter((e) => e.what === what && e.as === as).length;
    assert.equal(count('proof', 'party'), 2);
    assert.equal(count('proof', 'auditor'), 1);
    assert.ok(count('bundle', 'auditor') >= 3);
    assert.ok(!entries.some(({ account }) => account === stranger.address.toLowerCase()));
    const listed = (await (await ask(member!, '/disclosures', { account: auditor })).json()) as unknown[];
    assert.equal(listed.length, lines.length);
  });

  it('go on with one of four killed; it catches up when it returns', async () => {
    await members[1]!.kill();
    for (let i = 0; i < 6; i++) await network.transfer();
    const signed = await network.attested(network.head);
    assert.deepEqual(signersOf(signed.bitmap, 4), [0, 2, 3]);
    assert.equal(network.reports.filter((line) => /member 1 is silent/.test(line)).length, 1);
    members[1] = await network.spawnMember('b');
    await network.transfer();
    const tip = await eventually(async () => {
      const at = await members[1]!.as(auditor).tip();
      return at.blockNumber === network.head && at;
    });
    assert.equal(tip.blockHash, network.execution.head().hash);
    await eventually(
      async () => network.reports.at(-1)?.endsWith('all members sign') || (await network.transfer(), false),
    );
  });

  it('with two killed it says so once, goes on as sequenced, and catches up', async () => {
    await network.attested(network.head);
    const stoppedAt = network.head;
    const before = network.reports.length;
    await Promise.all([members[2]!.kill(), members[3]!.kill()]);
    for (let i = 0; i < 3; i++) await network.transfer();
    const status = await eventually(async () => {
      const now = network.committee!.aggregator.status();
      return now.stopped && now;
    });
    assert.equal(status.attested, stoppedAt);
    assert.equal(status.answering, 2);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const said = network.reports.slice(before).filter((line) => line.includes('stopped'));
    assert.equal(said.length, 1, said.join('\n'));
    assert.match(said[0]!, new RegExp(`stopped at block ${stoppedAt}: 2 of 4 members answer, 3 must sign`));
    const answer = (await network.execution.request('hsk_getAttestationStatus')) as Record<string, unknown>;
    assert.equal(answer['attested'], stoppedAt.toString());
    assert.equal((answer['stopped'] as { code: string }).code, 'COMMITTEE_BELOW_THRESHOLD');
    assert.equal(network.head, stoppedAt + 3n);
    members[3] = await network.spawnMember('d');
    const { bitmap } = await network.attested(network.head);
    assert.deepEqual(signersOf(bitmap, 4), [0, 1, 3]);
    assert.equal(network.committee!.aggregator.status().stopped, undefined);
    assert.ok(network.reports.some((line) => line.includes('attestations go on')));
    members[2] = await network.spawnMember('c');
    await network.transfer();
    await eventually(async () => (await members[2]!.as(auditor).tip()).blockNumber === network.head);
  });

  it('open a new epoch, in which a newcomer takes over the past and old attestations stay valid', async () => {
    const old = await network.attested(network.head);
    const newcomer = await network.hostMember('e');
    const rotation = await network.register([members[0]!, members[1]!, newcomer]);
    assert.equal(rotation.epoch, 2n);
    await eventually(async () => {
      await network.transfer();
      return (await network.attested(network.head)).attestation.epoch === 2n;
    });
    const signed = await network.attested(network.head);
    assert.deepEqual(signersOf(signed.bitmap, 3), [0, 1, 2]);
    for (const one of [old, signed]) {
      const committee = (await network.registry.committee(one.attestation.epoch))!;
      verifyAttestation({
        signed: one,
        domain: network.terms.domain,
        committee,
        executionChainId: network.terms.executionChainId,
        now: 0n,
      });
    }
    // What it took over it holds, and never signed.
    const past = (await newcomer.as(auditor).vote(old.attestation.blockNumber))!;
    assert.equal(past.signature, undefined);
    assert.equal(past.certificate?.signature, old.signature);
    assert.ok(await newcomer.as(auditor).bundle(old.attestation.dataHash));
    for (let number = 2n; number <= network.head; number++) {
      const [before, one] = [await network.attested(number - 1n), await network.attested(number)];
      assert.equal(one.attestation.previous, attestationDigest(network.terms.domain, before.attestation));
      assert.ok(one.attestation.epoch >= before.attestation.epoch);
    }
    assert.ok(network.reports.some((line) => /epoch 2 begins with block \d+: 3 of 3 sign/.test(line)));
    await assert.rejects(
      network.register([members[0]!, members[0]!], 1),
      (error: HskError) => error.code === 'ROTATE_KEY',
    );
  });
});
