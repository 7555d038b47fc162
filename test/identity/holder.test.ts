import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type CredentialStore, memoryCredentials } from '../../src/identity/credential-store.ts';
import { Holder } from '../../src/identity/holder.ts';
import type { HolderKeys } from '../../src/identity/holder-keys.ts';
import type { PendingApplication } from '../../src/identity/standing.ts';
import type { CaseSummary } from '../../src/protocol/issuer-desk.ts';
import { commitment, HolderKind } from '../../src/protocol/zkid.ts';
import { holderKeys } from './holder-keys.ts';
import { FORM, type IssuerUnderTest, PRODUCT, startIssuer } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-holder-'));
const DAY = 86_400_000;
const PNG = new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])]);
const COMPANY = { ...FORM, kind: 'business', company: 'Engines Ltd.', document: 'BR-1' } as const;
const BOTH = { ...PRODUCT, policy: { ...PRODUCT.policy, kindMask: 3 } };
const FOR_BUSINESS = { ...PRODUCT, policy: { ...PRODUCT.policy, kindMask: 2 } };
let issuer: IssuerUnderTest;

before(async () => {
  issuer = await startIssuer(data);
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

interface Options {
  store?: CredentialStore;
  keys?: HolderKeys;
  clock?: { ahead: number };
  fetch?: typeof fetch;
}

function holderOf(secret: bigint, { store = memoryCredentials(), keys, clock, fetch }: Options = {}): Holder {
  return new Holder({
    profile: issuer.profile,
    keys: keys ?? holderKeys(secret),
    prover: () => Promise.reject(new Error('nothing is proven here')),
    store,
    ...(fetch && { fetch }),
    now: () => Date.now() + (clock?.ahead ?? 0),
  });
}

/** What the desk's operator does. */
async function desk(route: string, body?: unknown): Promise<unknown> {
  const token = readFileSync(path.join(issuer.directory, 'desk.key'), 'utf8').slice(0, 64);
  const response = await fetch(`${issuer.url}/desk/api${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${route}: HTTP ${response.status}`);
  return response.json();
}

async function newestCase(): Promise<string> {
  return ((await desk('/cases')) as CaseSummary[])[0]!.id;
}

async function sendAll(holder: Holder): Promise<void> {
  const standing = await holder.standing(FOR_BUSINESS);
  assert.equal(standing.state, 'applied');
  const { status } = standing as Extract<typeof standing, { state: 'applied' }>;
  const needs = status.state === 'documents' ? status.needs : [];
  for (const kind of needs) await holder.upload(FOR_BUSINESS, kind, PNG);
}

/** Everything that lies in a store, as text. */
function spied(): { store: CredentialStore; written: string[] } {
  const store = memoryCredentials();
  const written: string[] = [];
  const put: CredentialStore['put'] = (table, issuerId, owner, sealed) => {
    written.push(Buffer.from(sealed.slice(2), 'hex').toString('latin1'));
    return store.put(table, issuerId, owner, sealed);
  };
  return { store: { ...store, put }, written };
}

test('a business is asked for documents, reviewed by a person, and holds its credential', async () => {
  const { store, written } = spied();
  const holder = holderOf(1n, { store });
  const applied = await holder.apply(COMPANY);
  assert.deepEqual(applied, {
    state: 'documents',
    needs: ['registration', 'authority', 'identity'],
    received: [],
  });
  await assert.rejects(holder.upload(BOTH, 'identity', new Blob(['not an image'])), {
    code: 'DOCUMENT_TYPE',
  });
  await assert.rejects(holder.upload(BOTH, 'identity', new Blob([])), { code: 'DOCUMENT_EMPTY' });
  const large = new Blob([new Uint8Array(5 * 1024 * 1024 + 1)]);
  await assert.rejects(holder.upload(BOTH, 'identity', large), { code: 'DOCUMENT_TOO_LARGE' });
  const seen: number[] = [];
  await holder.upload(BOTH, 'registration', PNG, (fraction) => void seen.push(fraction));
  assert.deepEqual([seen[0], seen.at(-1)], [0, 1]);

  // The page is closed: another one, of the same wallet and store, goes on.
  const later = holderOf(1n, { store });
  const standing = await later.standing(BOTH);
  assert.ok(standing.state === 'applied' && standing.status.state === 'documents');
  assert.deepEqual(standing.status.received, ['registration']);
  await sendAll(later);
  const review = await later.standing(BOTH);
  assert.ok(review.state === 'applied' && review.status.state === 'review');
  assert.deepEqual(await later.standing(PRODUCT), { state: 'none' }, 'a fund for persons is not told of it');

  const waiting = later.decided(BOTH, new AbortController().signal);
  await desk(`/cases/${await newestCase()}/approve`, { tier: 2, cleared: [] });
  await waiting;
  const decided = await later.standing(BOTH);
  assert.ok(decided.state === 'held' && decided.rules.every(({ met }) => met));
  const [held] = await later.credentials();
  assert.equal(held!.credential.attributes.kind, HolderKind.Business);
  assert.notEqual(held!.credential.commitment, commitment(1n).toString(), 'a secret of its own');
  assert.deepEqual(await later.applications(), []);

  for (const record of written)
    for (const word of ['Engines', 'ticket', 'commitment', '19901210'])
      assert.ok(!record.includes(word), `${word} is in the store`);
});

test('a person and a business of one wallet stand side by side, and each is chosen where it serves', async () => {
  const holder = holderOf(2n);
  await holder.apply({ ...FORM, document: 'H2' });
  await holder.apply({ ...COMPANY, document: 'BR-2', country: 392 });
  await sendAll(holder);
  await desk(`/cases/${await newestCase()}/approve`, { tier: 2, cleared: [] });
  await holder.standing(FOR_BUSINESS);
  const [person, business] = await holder.credentials();
  assert.equal(person!.credential.commitment, commitment(2n).toString(), 'the first secret is as it was');
  assert.notEqual(business!.credential.commitment, person!.credential.commitment);
  const chosen = async (policy: Partial<typeof PRODUCT.policy>) =>
    (await holder.credentialFor({ ...BOTH.policy, ...policy }))!.place.purpose;
  assert.equal(await chosen({}), HolderKind.Person);
  assert.equal(await chosen({ kindMask: 2 }), HolderKind.Business);
  assert.equal(await chosen({ minTier: 2 }), HolderKind.Business);
  assert.equal(await chosen({ allowedCountries: [392] }), HolderKind.Business);
});

test('a refusal is told with its reason, and one may apply again', async () => {
  const holder = holderOf(3n);
  await holder.apply({ ...COMPANY, document: 'BR-3' });
  await sendAll(holder);
  await desk(`/cases/${await newestCase()}/refuse`, { reason: 'document-expired', note: 'The second page.' });
  const standing = await holder.standing(BOTH);
  assert.ok(standing.state === 'applied' && standing.status.state === 'refused');
  const { reason, note } = standing.status;
  assert.deepEqual({ reason, note }, { reason: 'document-expired', note: 'The second page.' });
  await holder.apply({ ...COMPANY, document: 'BR-3' });
  const again = await holder.standing(BOTH);
  assert.ok(again.state === 'applied' && again.status.state === 'documents');
});

test('a withdrawn application is deleted on both sides', async () => {
  const asked: string[] = [];
  const spy = holderOf(4n, {
    fetch: (url, init) => {
      asked.push(`${init?.method ?? 'GET'} ${String(url).slice(issuer.url.length)}`);
      return fetch(url, init);
    },
  });
  await spy.apply({ ...COMPANY, document: 'BR-4' });
  await spy.withdraw(BOTH);
  assert.deepEqual(await spy.standing(BOTH), { state: 'none' });
  assert.ok(asked.includes('DELETE /application'));
  await assert.rejects(spy.withdraw(BOTH), { code: 'ISSUER_NO_SUCH_APPLICATION' });
});

test('a wallet restored from its phrase finds its credential again without applying', async () => {
  const first = holderOf(5n);
  await first.apply({ ...FORM, document: 'H5' });
  const [held] = await first.credentials();
  const applied: string[] = [];
  const elsewhere = holderOf(5n, {
    keys: holderKeys(5n, false),
    fetch: (url, init) => {
      if (init?.method === 'POST') applied.push(String(url));
      return fetch(url, init);
    },
  });
  const standing = await elsewhere.standing(PRODUCT);
  assert.ok(standing.state === 'held' && standing.rules.every(({ met }) => met));
  assert.deepEqual((await elsewhere.credentials())[0]!.credential, held!.credential);
  assert.deepEqual(applied, []);
  assert.equal(await elsewhere.restore(true), 0, 'what is there is not brought again');

  // A stranger's wallet finds nothing; one that was made in this browser does not even ask.
  assert.deepEqual(await holderOf(6n, { keys: holderKeys(6n, false) }).standing(PRODUCT), { state: 'none' });
  const silent = () => Promise.reject(new Error('asked'));
  assert.deepEqual(await holderOf(7n, { fetch: silent }).standing(PRODUCT), { state: 'none' });
});

test('a copy that did not reach the issuer is left there later', async () => {
  const store = memoryCredentials();
  const refused: typeof fetch = (url, init) =>
    String(url).endsWith('/backup') ? Promise.reject(new Error('cut off')) : fetch(url, init);
  await holderOf(8n, { store, fetch: refused }).apply({ ...FORM, document: 'H8' });
  const elsewhere = () => holderOf(8n, { keys: holderKeys(8n, false) }).standing(PRODUCT);
  assert.deepEqual(await elsewhere(), { state: 'none' });
  const back = holderOf(8n, { store });
  assert.equal((await back.standing(PRODUCT)).state, 'held');
  for (let tries = 0; tries < 50 && (await elsewhere()).state === 'none'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await elsewhere()).state, 'held');
});

test('an exported file opens with its own wallet only', async () => {
  const holder = holderOf(9n);
  await holder.apply({ ...FORM, document: 'H9' });
  const [held] = await holder.credentials();
  const file = await holder.exportCredential(held!);
  for (const word of ['19901210', held!.credential.commitment]) assert.ok(!file.includes(word), word);
  await holder.removeCredential(held!);
  assert.deepEqual(await holder.credentials(), []);
  let changes = 0;
  holder.addEventListener('change', () => changes++);
  await holder.importCredential(file);
  assert.equal(changes, 1);
  assert.deepEqual((await holder.credentials())[0]!.credential, held!.credential);

  await assert.rejects(holderOf(10n).importCredential(file), { code: 'CREDENTIAL_OTHER_WALLET' });
  await assert.rejects(holder.importCredential('{}'), { code: 'CREDENTIAL_FILE' });
  await assert.rejects(holder.importCredential('not JSON'), { code: 'CREDENTIAL_FILE' });
  const other = JSON.stringify({ ...JSON.parse(file), issuer: 'http://elsewhere.test' });
  await assert.rejects(holder.importCredential(other), { code: 'CREDENTIAL_ISSUER' });
  const moved = JSON.stringify({ ...JSON.parse(file), purpose: 1 });
  await assert.rejects(holder.importCredential(moved), { code: 'CREDENTIAL_OTHER_WALLET' });
});

test('credentials of a second issuer count where the profile names it', async () => {
  const one = holderOf(11n);
  await one.apply({ ...FORM, document: 'H11' });
  const [held] = await one.credentials();
  const file = await one.exportCredential(held!);
  const profile = {
    ...issuer.profile,
    services: { ...issuer.profile.services, issuer: 'http://127.0.0.1:1/other' },
    moreIssuers: [issuer.url],
  };
  const prover = () => Promise.reject(new Error('nothing is proven here'));
  const two = new Holder({ profile, keys: holderKeys(11n), prover, store: memoryCredentials() });
  await two.importCredential(file);
  assert.equal((await two.standing(PRODUCT)).state, 'held');
  assert.ok(await two.verify((await two.credentials())[0]!), 'its tree is asked of its own issuer');
});

test('a credential that ran out, and one that was revoked, are told apart', async () => {
  const clock = { ahead: 0 };
  const holder = holderOf(12n, { clock });
  await holder.apply({ ...FORM, document: 'H12' });
  const { expiry } = (await holder.credentials())[0]!.credential.attributes;
  clock.ahead = 367 * DAY;
  assert.deepEqual(await holder.standing(PRODUCT), { state: 'ended', endedOn: expiry });
  const blocked = await holder.standing({ policy: { ...PRODUCT.policy, allowedCountries: [756] } });
  assert.ok(blocked.state === 'held', 'renewing would not help where more than the date is in the way');
  clock.ahead = 0;

  await desk(`/cases/${await newestCase()}/revoke`, { reason: 'wallet-compromised' });
  assert.equal((await holder.standing(PRODUCT)).state, 'held', 'within the hour of a fetched tree');
  clock.ahead = 2 * 3_600_000;
  assert.equal(await holder.verify((await holder.credentials())[0]!), false);
  assert.deepEqual(await holder.standing(PRODUCT), { state: 'removed' });
  assert.equal((await holder.credentials())[0]!.removed, true);
});

test('what an older version left in the clear is sealed on first sight', async () => {
  const source = holderOf(13n);
  await source.apply({ ...FORM, document: 'H13' });
  const { credential } = (await source.credentials())[0]!;
  const place = ['credential', `${issuer.url} ${issuer.registry}`, credential.commitment] as const;
  const store = memoryCredentials();
  await store.put(...place, credential as never);
  const holder = holderOf(13n, { store });
  assert.deepEqual((await holder.credentials())[0]!.credential, credential);
  assert.match(String(await store.get(...place)), /^0x[0-9a-f]+$/);
  assert.deepEqual((await holder.credentials())[0]!.credential, credential);
  await store.put(...place, { of: 'another shape' } as never);
  assert.deepEqual(await holder.credentials(), []);
});

test('a locked wallet shows nothing, and a changed record counts as not there', async () => {
  const store = memoryCredentials();
  await holderOf(14n, { store }).apply({ ...FORM, document: 'H14' });
  const refuse = () => Promise.reject(Object.assign(new Error('locked'), { code: 'VAULT_LOCKED' }) as never);
  const locked = holderOf(14n, { store, keys: { ...holderKeys(14n), zkidSecret: refuse } });
  await assert.rejects(locked.credentials(), { code: 'VAULT_LOCKED' });
  await assert.rejects(locked.standing(PRODUCT), { code: 'VAULT_LOCKED' });
  const id = `${issuer.url} ${issuer.registry}`;
  const sealed = String(await store.get('credential', id, commitment(14n).toString()));
  const flipped = `${sealed.slice(0, -1)}${sealed.endsWith('0') ? '1' : '0'}`;
  await store.put('credential', id, commitment(14n).toString(), flipped as `0x${string}`);
  assert.deepEqual(await holderOf(14n, { store }).credentials(), []);
});

test('an issuer that attests something else is not believed, whenever it answers', async () => {
  const other = holderOf(15n);
  await other.apply({ ...FORM, document: 'H15' });
  const { credential } = (await other.credentials())[0]!;
  const lying: typeof fetch = async (url, init) => {
    const path = String(url);
    const status = { state: 'issued', credential, root: '1' };
    if (path.endsWith('/apply') && init?.method === 'POST')
      return Response.json({ ticket: 'ab'.repeat(32), status: { state: 'review', since: 1 } });
    return path.endsWith('/application') ? Response.json(status) : fetch(url, init);
  };
  const holder = holderOf(16n, { fetch: lying });
  await holder.apply({ ...FORM, document: 'H16' });
  const [application] = await holder.applications();
  assert.equal((application as PendingApplication).status.state, 'review');
  await assert.rejects(holder.decided(PRODUCT, new AbortController().signal), { code: 'ISSUER_ANSWER' });
  assert.deepEqual(await holder.credentials(), []);
});

test('who waits hears that the issuer is away, and goes on waiting', async () => {
  let away = true;
  const keys = holderKeys(17n);
  const store = memoryCredentials();
  await holderOf(17n, { store }).apply({ ...COMPANY, document: 'BR-17' });
  await sendAll(holderOf(17n, { store }));
  const holder = holderOf(17n, {
    store,
    keys,
    fetch: (url, init) => (away ? Promise.reject(new Error('cut off')) : fetch(url, init)),
  });
  const heard: (string | undefined)[] = [];
  const stop = new AbortController();
  const waiting = holder.decided(BOTH, stop.signal, (error) => {
    heard.push(error?.code);
    away = false;
    if (heard.length === 2) stop.abort();
  });
  await waiting;
  assert.deepEqual(heard, ['ISSUER_UNREACHABLE', undefined]);
});
