import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fetchChunk } from '../../src/identity/issuer-client.ts';
import { AppendLog } from '../../src/node/store/append-log.ts';
import { LARGEST_DOCUMENT } from '../../src/protocol/application-status.ts';
import { HolderKind, leaf } from '../../src/protocol/zkid.ts';
import { parseChunk } from '../../src/protocol/zkid-tree.ts';
import { answerOf, applyAs, deskOf, PDF, PNG } from './issuer-desk-client.ts';
import { type IssuerUnderTest, startIssuer } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-cases-'));
/** Seconds since 1970, as the issuer sees them. */
let clock = Math.floor(Date.now() / 1000);
const settings = { now: () => clock };
let issuer: IssuerUnderTest;
let desk: ReturnType<typeof deskOf>;
before(async () => {
  issuer = await startIssuer(data, settings);
  desk = deskOf(issuer);
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

const restart = async () => {
  await issuer.stop();
  issuer = await startIssuer(data, settings);
  desk = deskOf(issuer);
};
const leaves = async () => parseChunk(await fetchChunk(issuer.url, 0), 0).levels[0]!;
const files = () =>
  readdirSync(issuer.directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(issuer.directory, name))
    .filter((file) => statSync(file).isFile());
const caseOf = async (name: string, state = 'review') => (await desk.find(name, state))[0]!.id;
const business = (secret: bigint, company: string) =>
  applyAs(issuer.url, secret, {
    kind: 'business',
    company,
    familyName: 'Quill',
    document: `BR${secret}`,
  });

test('a business uploads, is reviewed and approved; form and documents are gone, and the leaf is in the tree', async () => {
  const applicant = await business(1n, 'Analytical Engines Ltd.');
  assert.deepEqual(applicant.first, {
    state: 'documents',
    needs: ['registration', 'authority', 'identity'],
    received: [],
  });
  assert.deepEqual(await applicant.upload('registration', PDF, 'application/pdf'), {
    state: 'documents',
    needs: ['authority', 'identity'],
    received: ['registration'],
  });
  await applicant.upload('registration');
  assert.deepEqual((await applicant.uploadAll()).state, 'review');
  const id = await caseOf('analytical');
  const detail = await desk.detail(id);
  assert.deepEqual(
    detail.documents.map(({ kind, type }) => `${kind} ${type}`),
    ['registration image/png', 'authority image/png', 'identity image/png'],
  );
  const picture = await fetch(`${issuer.url}/desk/api/cases/${id}/documents/identity`, {
    headers: { authorization: `Bearer ${desk.token}` },
  });
  assert.deepEqual(Buffer.from(await picture.arrayBuffer()), PNG);
  assert.match(picture.headers.get('content-security-policy') ?? '', /sandbox/);
  await desk.approve(id, 2);
  const status = await applicant.status();
  assert.ok(status.state === 'issued');
  const { attributes, index, commitment } = status.credential;
  assert.deepEqual([attributes.kind, attributes.tier, attributes.screened], [HolderKind.Business, 2, true]);
  assert.equal((await leaves())[index], leaf(BigInt(commitment), attributes));
  assert.ok(!files().some((file) => file.includes(id) && !file.endsWith('.kept')));
  const after = await desk.detail(id);
  assert.equal(after.subject?.document, undefined);
  assert.deepEqual(
    after.history.map(({ action }) => action).filter((action) => action !== 'viewed'),
    ['approved'],
  );
  await assert.rejects(applicant.withdraw(), { code: 'ISSUER_ALREADY_ISSUED' });
  await assert.rejects(desk.approve(id, 1), { code: 'ISSUER_CASE_STATE' });
  await assert.rejects(applicant.upload('identity'), { code: 'ISSUER_NOT_AWAITING_DOCUMENTS' });
});

test('every reason of a refusal reaches the applicant, and nothing else does', async () => {
  const reasons = [
    'document-unreadable',
    'document-mismatch',
    'document-expired',
    'information-incomplete',
    'not-verified',
  ];
  for (const [index, reason] of reasons.entries()) {
    const applicant = await business(BigInt(10 + index), `Refused ${index} Ltd.`);
    await applicant.uploadAll();
    const id = await caseOf(`refused ${index}`);
    await desk.refuse(id, reason, { note: 'In plain words.', memo: 'For the record.' });
    assert.deepEqual(await applicant.status(), {
      state: 'refused',
      reason,
      note: 'In plain words.',
      at: clock,
    });
    assert.equal((await desk.detail(id)).subject, undefined);
  }
  const declined = await business(20n, 'Declined Ltd.');
  await declined.uploadAll();
  const id = await caseOf('declined');
  await assert.rejects(desk.refuse(id, 'declined', { note: 'You are on a list.' }), {
    code: 'ISSUER_NOTE_WITH_DECLINED',
  });
  await assert.rejects(desk.refuse(id, 'because'), { code: 'PARSE_INVALID' });
  await desk.refuse(id, 'declined', { memo: 'Matched.' });
  assert.deepEqual(await declined.status(), { state: 'refused', reason: 'declined', at: clock });
});

test('who was refused is not let in by a rule afterwards', async () => {
  const form = { familyName: 'Persist', document: 'PS1' };
  const first = await applyAs(issuer.url, 30n, { ...form, professional: true });
  await first.uploadAll();
  await desk.refuse(await caseOf('persist'), 'not-verified');
  await first.withdraw();
  assert.equal((await first.status()).state, 'refused', 'how it ended stays');
  assert.equal((await applyAs(issuer.url, 31n, form)).first.state, 'documents');
  assert.equal((await applyAs(issuer.url, 32n, { ...form, document: 'PS2' })).first.state, 'issued');
});

test('another document is asked for, and the case comes back', async () => {
  const applicant = await applyAs(issuer.url, 40n, {
    familyName: 'Asked',
    document: 'AS1',
    professional: true,
  });
  await applicant.uploadAll();
  const id = await caseOf('asked');
  await desk.post(`/cases/${id}/ask`, { kinds: ['identity', 'address'], memo: 'blurred' });
  assert.deepEqual(await applicant.status(), {
    state: 'documents',
    needs: ['identity', 'address'],
    received: ['wealth'],
  });
  await assert.rejects(desk.approve(id, 2), { code: 'ISSUER_CASE_STATE' });
  await assert.rejects(desk.post(`/cases/${id}/ask`, { kinds: [] }), { code: 'PARSE_INVALID' });
  assert.equal((await applicant.uploadAll()).state, 'review');
  await desk.approve(id, 2);
  assert.equal((await applicant.status()).state, 'issued');
});

test('a document is what its first bytes say, and no larger than it may be', async () => {
  const applicant = await applyAs(issuer.url, 50n, {
    familyName: 'Wrong',
    document: 'WR1',
    professional: true,
  });
  const html = Buffer.from('<script>alert(1)</script>');
  await assert.rejects(applicant.upload('identity', html, 'image/png'), { code: 'ISSUER_DOCUMENT_TYPE' });
  await assert.rejects(applicant.upload('identity', PNG, 'image/jpeg'), { code: 'ISSUER_DOCUMENT_TYPE' });
  await assert.rejects(applicant.upload('identity', Buffer.alloc(0)), { code: 'ISSUER_DOCUMENT_TYPE' });
  const large = Buffer.concat([PNG, Buffer.alloc(LARGEST_DOCUMENT)]);
  await assert.rejects(applicant.upload('identity', large), { code: 'ISSUER_DOCUMENT_TOO_LARGE' });
  await assert.rejects(applicant.upload('registration'), { code: 'ISSUER_NOT_AWAITING_DOCUMENTS' });
  await assert.rejects(applicant.upload('selfie' as 'identity'), { code: 'PARSE_INVALID' });
  assert.deepEqual(await applicant.status(), {
    state: 'documents',
    needs: ['identity', 'wealth'],
    received: [],
  });
  await applicant.withdraw();
});

test('withdrawing deletes form and documents, and the ticket opens nothing any more', async () => {
  const before = files().length;
  const applicant = await applyAs(issuer.url, 60n, {
    familyName: 'Leaves',
    document: 'LV1',
    professional: true,
  });
  await applicant.upload('identity');
  assert.equal(files().length, before + 2);
  await applicant.withdraw();
  assert.equal(files().length, before);
  await assert.rejects(applicant.status(), { code: 'ISSUER_NO_SUCH_APPLICATION' });
  for (const authorization of ['', 'Bearer', `Bearer ${'0'.repeat(64)}`, `Bearer ${'0'.repeat(9000)}`])
    assert.equal((await fetch(`${issuer.url}/application`, { headers: { authorization } })).status, 401);
});

test('applying again while it is open takes its place', async () => {
  const first = await business(70n, 'First Try Ltd.');
  await first.upload('identity');
  const second = await business(70n, 'Second Try Ltd.');
  await assert.rejects(first.status(), { code: 'ISSUER_NO_SUCH_APPLICATION' });
  assert.equal((await desk.find('first try')).length, 0);
  await second.withdraw();
});

test('continues after a restart at any step of an application', async () => {
  const applicant = await business(80n, 'Durable Ltd.');
  await applicant.upload('registration');
  await restart();
  const again = async () => {
    const response = await fetch(`${issuer.url}/application`, {
      headers: { authorization: `Bearer ${applicant.ticket}` },
    });
    return (await answerOf(response)) as { state: string };
  };
  assert.deepEqual(await again(), {
    state: 'documents',
    needs: ['authority', 'identity'],
    received: ['registration'],
  });
  const put = (kind: string) =>
    fetch(`${issuer.url}/application/documents/${kind}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${applicant.ticket}`, 'content-type': 'image/png' },
      body: PNG,
    });
  await put('authority');
  await put('identity');
  await restart();
  assert.equal((await again()).state, 'review');
  const id = await caseOf('durable');
  assert.equal((await desk.detail(id)).documents.length, 3);
  await desk.approve(id, 3);
  const { root } = (await (await fetch(`${issuer.url}/root`)).json()) as { root: string };
  await restart();
  assert.equal((await again()).state, 'issued');
  assert.equal(((await (await fetch(`${issuer.url}/root`)).json()) as { root: string }).root, root);
});

test('finishes what a kill interrupted: decided but not in the tree, revoked but still in it', async () => {
  const applicant = await applyAs(issuer.url, 85n, { familyName: 'Halfway', document: 'HW1' });
  assert.ok(applicant.first.state === 'issued');
  const { index, commitment, attributes } = applicant.first.credential;
  const id = await caseOf('halfway', 'issued');
  await issuer.stop();
  // As if killed between the decision and its leaf: neither log holds what came after.
  cut('cases.log');
  cut('credentials.log');
  issuer = await startIssuer(data, settings);
  desk = deskOf(issuer);
  assert.equal((await desk.detail(id)).credential?.index, index);
  assert.equal((await leaves())[index], leaf(BigInt(commitment), attributes));
  await desk.revoke(id, 'issued-in-error');
  await issuer.stop();
  cut('credentials.log');
  issuer = await startIssuer(data, settings);
  desk = deskOf(issuer);
  assert.notEqual((await leaves())[index], leaf(BigInt(commitment), attributes));
});

/** Takes the last frame off a log. */
function cut(name: string): void {
  const file = path.join(issuer.directory, name);
  let last = 0;
  void AppendLog.open(file, 0, (_payload, offset) => (last = offset)).close();
  truncateSync(file, last);
}

test('a revoked credential is out of the tree at once, and its holder is told no more than that', async () => {
  const applicant = await applyAs(issuer.url, 90n, { familyName: 'Revoked', document: 'RV1' });
  assert.ok(applicant.first.state === 'issued');
  const { index, commitment, attributes } = applicant.first.credential;
  const id = await caseOf('revoked', 'issued');
  await assert.rejects(desk.revoke(id, 'for fun'), { code: 'PARSE_INVALID' });
  await desk.revoke(id, 'wallet-compromised');
  assert.notEqual((await leaves())[index], leaf(BigInt(commitment), attributes));
  assert.deepEqual(await applicant.status(), { state: 'refused', reason: 'declined', at: clock });
  assert.equal((await desk.find('revoked')).length, 0);
  await assert.rejects(desk.revoke(id, 'wallet-compromised'), { code: 'ISSUER_CASE_STATE' });
  await restart();
  assert.notEqual((await leaves())[index], leaf(BigInt(commitment), attributes));
});

test('a backup is given to whoever knows where it lies, and to nobody else', async () => {
  const applicant = await applyAs(issuer.url, 100n, { familyName: 'Backed', document: 'BK1' });
  const other = await applyAs(issuer.url, 101n, { familyName: 'Other', document: 'BK2' });
  const [locator, next] = [`0x${'ab'.repeat(32)}`, `0x${'cd'.repeat(32)}`];
  const lookUp = async (at: string) => answerOf(await fetch(`${issuer.url}/backup/${at}`));
  await assert.rejects(lookUp(locator), { code: 'ISSUER_NO_SUCH_BACKUP' });
  await applicant.backUp(locator, '0x0102');
  assert.deepEqual(await lookUp(locator), { sealed: '0x0102' });
  await assert.rejects(other.backUp(locator, '0x03'), { code: 'ISSUER_BACKUP_TAKEN' });
  await applicant.backUp(next, '0x04');
  await assert.rejects(lookUp(locator), { code: 'ISSUER_NO_SUCH_BACKUP' });
  await assert.rejects(lookUp('..%2f..%2fdesk.key'), { code: 'ISSUER_NO_SUCH_BACKUP' });
  await assert.rejects(applicant.backUp(next, `0x${'00'.repeat(4097)}`), { code: 'PARSE_INVALID' });
  const waiting = await applyAs(issuer.url, 102n, {
    familyName: 'Waits',
    document: 'BK3',
    professional: true,
  });
  await assert.rejects(waiting.backUp(`0x${'ef'.repeat(32)}`, '0x05'), { code: 'ISSUER_NOT_ISSUED' });
});

test('nothing of anybody can be read on the disk, and only the owner may read the files', async () => {
  const waiting = await applyAs(issuer.url, 110n, {
    givenName: 'Zaphod',
    familyName: 'Beeblebrox',
    document: 'ZB42424242',
    professional: true,
  });
  await waiting.upload('identity');
  await applyAs(issuer.url, 111n, { givenName: 'Tricia', familyName: 'Macmillan', document: 'TM77777777' });
  const words = [
    'Zaphod',
    'Beeblebrox',
    'ZB42424242',
    'Tricia',
    'Macmillan',
    'TM77777777',
    '19901210',
    waiting.ticket,
  ];
  for (const file of files()) {
    const bytes = readFileSync(file);
    for (const word of words) assert.ok(!bytes.includes(word), `${word} in ${file}`);
    assert.ok(!bytes.includes(PNG), `the picture in ${file}`);
    assert.equal(statSync(file).mode & 0o077, 0, file);
  }
});

test('ends what has expired, and what its applicant gave up', async () => {
  const applicant = await applyAs(issuer.url, 120n, { familyName: 'Expires', document: 'EX1' });
  assert.ok(applicant.first.state === 'issued');
  const waiting = await applyAs(issuer.url, 121n, {
    familyName: 'Givesup',
    document: 'EX2',
    professional: true,
  });
  await waiting.upload('identity');
  const { index } = applicant.first.credential;
  const before = (await leaves())[index];
  clock += 367 * 86_400;
  await restart();
  const swept = async () => (await leaves())[index] !== before;
  for (let waited = 0; !(await swept()) && waited < 100; waited++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(await swept());
  await assert.rejects(
    answerOf(
      await fetch(`${issuer.url}/application`, { headers: { authorization: `Bearer ${waiting.ticket}` } }),
    ),
    { code: 'ISSUER_NO_SUCH_APPLICATION' },
  );
  assert.ok(!files().some((file) => /\.(?:kept|form|document)$/.test(file)));
});
