import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { applyForCredential, fetchChunk } from '../../src/identity/issuer-client.ts';
import { ApplicationError } from '../../src/protocol/issuance.ts';
import { commitment, dateNumber, HolderKind, leaf } from '../../src/protocol/zkid.ts';
import { CHUNK, parseChunk } from '../../src/protocol/zkid-tree.ts';
import { FORM, type IssuerUnderTest, startIssuer } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-issuer-'));
let issuer: IssuerUnderTest;
before(async () => {
  issuer = await startIssuer(data);
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

const commitmentOf = (secret: bigint) => commitment(secret).toString();
const send = (secret: bigint, form: Partial<typeof FORM> = {}) =>
  applyForCredential(issuer.url, { ...FORM, ...form, commitment: commitmentOf(secret) });
const apply = async (secret: bigint, form: Partial<typeof FORM> = {}) => {
  const { status } = await send(secret, form);
  assert.ok(status.state === 'issued');
  return status.credential;
};
const tree = async (chunk = 0) => parseChunk(await fetchChunk(issuer.url, chunk), chunk);
const rootOnChain = (root: bigint) =>
  issuer.context.executionClient.readContract({
    address: issuer.registry,
    abi: identityRegistryAbi,
    functionName: 'roots',
    args: [root],
  });

test('issues what was applied for, and answers when the root is on the chain', async () => {
  const credential = await apply(1n, { document: 'A1' });
  const today = dateNumber(Math.floor(Date.now() / 1000));
  assert.deepEqual(credential, {
    issuer: issuer.url,
    commitment: commitmentOf(1n),
    attributes: {
      expiry: today + 10_000,
      birth: 19901210,
      country: 344,
      kind: HolderKind.Person,
      tier: 1,
      screened: true,
      generation: 0,
    },
    index: 0,
  });
  const subtree = await tree();
  assert.equal(subtree.levels[0]![0], leaf(commitment(1n), credential.attributes));
  const [poster, postedAt] = await rootOnChain(subtree.root);
  assert.equal(poster, issuer.context.accounts.issuer.address);
  assert.ok(postedAt > 0n);
  const root = (await (await fetch(`${issuer.url}/root`)).json()) as Record<string, unknown>;
  assert.equal(root['root'], subtree.root.toString());
  assert.equal(root['expiry'], Number(postedAt) + 86_400);
});

test('who is under age or from anywhere gets an honest credential, who is listed waits like everybody else', async () => {
  const child = await apply(2n, { document: 'A2', birth: 20200229, country: 840 });
  assert.equal(child.attributes.birth, 20200229);
  assert.equal(child.attributes.country, 840);
  const waits = async (secret: bigint, form: Partial<typeof FORM>) => {
    const { status } = await send(secret, { ...form, document: `A${secret}` });
    assert.ok(status.state === 'documents');
    return status.needs;
  };
  assert.deepEqual(await waits(3n, { givenName: 'Wándà', familyName: 'WANTED' }), ['identity', 'address']);
  assert.deepEqual(await waits(4n, { nationality: 408 }), ['identity', 'address']);
  assert.deepEqual(await waits(5n, { kind: 'business', company: 'Engines Ltd.' }), [
    'registration',
    'authority',
    'identity',
  ]);
  assert.deepEqual(await waits(6n, { professional: true }), ['identity', 'wealth']);
});

test('names every field that is wrong', async () => {
  const bad = { ...FORM, givenName: ' ', birth: 20010229, country: 900, consent: false, commitment: '0' };
  await assert.rejects(applyForCredential(issuer.url, bad as never), (error: unknown) => {
    assert.ok(error instanceof ApplicationError);
    assert.deepEqual(error.fields, {
      commitment: 'invalid',
      givenName: 'missing',
      birth: 'invalid',
      country: 'unknown-country',
      consent: 'missing',
    });
    return true;
  });
  const tomorrow = dateNumber(Math.floor(Date.now() / 1000) + 2 * 86_400);
  await assert.rejects(apply(7n, { birth: tomorrow }), /birth in-the-future/);
  const answer = await fetch(`${issuer.url}/apply`, { method: 'POST', body: 'no json' });
  assert.equal(answer.status, 400);
  const unspeakable = JSON.stringify({ ...FORM, commitment: { toString: 1 } });
  assert.equal((await fetch(`${issuer.url}/apply`, { method: 'POST', body: unspeakable })).status, 422);
  const long = await fetch(`${issuer.url}/apply`, { method: 'POST', body: 'x'.repeat(20_000) });
  assert.equal(long.status, 413);
});

test('the same application again is the same credential; other details replace it', async () => {
  const first = await apply(10n, { document: 'B1' });
  assert.deepEqual(await apply(10n, { document: 'B1' }), first);
  const corrected = await apply(10n, { document: 'B1', country: 392 });
  assert.notEqual(corrected.index, first.index);
  const leaves = (await tree()).levels[0]!;
  assert.equal(leaves[corrected.index], leaf(commitment(10n), corrected.attributes));
  assert.notEqual(leaves[first.index], leaf(commitment(10n), first.attributes));
  // Back to the first details: a tree that was already there would be refused by the registry.
  const back = await apply(10n, { document: 'B1' });
  assert.deepEqual(back.attributes, first.attributes);
});

test('a person with another wallet loses the old leaf and rises a generation, seven times', async () => {
  const first = await apply(20n, { document: 'C 1' });
  const second = await apply(21n, { document: 'c1' });
  assert.equal(second.attributes.generation, 1);
  assert.notEqual((await tree()).levels[0]![first.index], leaf(commitment(20n), first.attributes));
  for (let secret = 22n; secret < 28n; secret++) await apply(secret, { document: 'C1' });
  await assert.rejects(apply(28n, { document: 'C1' }), /ISSUER_REISSUED_TOO_OFTEN|too often/);
});

test('applications at once share a root', async () => {
  const height = issuer.chain.head().header.number;
  const issued = await Promise.all(
    Array.from({ length: 12 }, (_, index) => apply(100n + BigInt(index), { document: `D${index}` })),
  );
  assert.equal(new Set(issued.map((credential) => credential.index)).size, 12);
  const subtree = await tree();
  for (const { index, commitment: owner, attributes } of issued)
    assert.equal(subtree.levels[0]![index], leaf(BigInt(owner), attributes));
  assert.ok(issuer.chain.head().header.number - height < 12n);
});

test('serves whole parts of the tree only', async () => {
  const response = await fetch(`${issuer.url}/tree/63`);
  assert.equal((await response.arrayBuffer()).byteLength, CHUNK.bytes);
  assert.equal((await tree(63)).root, (await tree(0)).root);
  for (const chunk of ['64', '-1', 'x', '007'])
    assert.equal((await fetch(`${issuer.url}/tree/${chunk}`)).status, 404, chunk);
});

test('keeps the tree over a restart, and nothing of the form', async () => {
  const { root } = await tree();
  const kept = readFileSync(path.join(issuer.directory, 'credentials.log'), 'utf8');
  for (const word of ['Ada', 'Lovelace', '19901210', 'K1234567', '"country"'])
    assert.ok(!kept.includes(word), word);
  for (const file of ['credentials.log', 'person.key'])
    assert.equal(statSync(path.join(issuer.directory, file)).mode & 0o777, 0o600);
  assert.deepEqual(issuer.reports, []);
  await issuer.stop();
  issuer = await startIssuer(data);
  assert.equal((await tree()).root, root);
  const again = await apply(27n, { document: 'C1' });
  assert.equal(again.attributes.generation, 7, 'persons are recognised after a restart');
});

test('says what it is', async () => {
  const info = (await (await fetch(`${issuer.url}/`)).json()) as Record<string, unknown>;
  assert.equal(info['demonstration'], true);
  assert.equal(info['rootLifetime'], 86_400);
});
