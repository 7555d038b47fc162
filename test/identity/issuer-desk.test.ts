import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { GENESIS, verifyAudit } from '../../src/node/issuer/desk/audit-chain.ts';
import { signDelivery } from '../../src/node/issuer/provider/signature.ts';
import { DEFAULTS } from '../../src/node/issuer/settings.ts';
import type { AuditEntry } from '../../src/protocol/issuer-desk.ts';
import { hostileValue } from '../node/hostile-values.ts';
import { Random } from '../fuzz/random.ts';
import { answerOf, applyAs, deskOf } from './issuer-desk-client.ts';
import { FORM, type IssuerUnderTest, startIssuer } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-desk-'));
const now = () => Math.floor(Date.now() / 1000);
const limits = { ...DEFAULTS.limits, open: 6, applicationBytes: 3000, storedBytes: 40_000, burst: 2000 };
let issuer: IssuerUnderTest;
let desk: ReturnType<typeof deskOf>;
let key: Buffer;
before(async () => {
  issuer = await startIssuer(data, { limits });
  desk = deskOf(issuer);
  key = Buffer.from(readFileSync(path.join(issuer.directory, 'webhook.key'), 'utf8').trim(), 'hex');
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

const restart = async () => {
  await issuer.stop();
  issuer = await startIssuer(data, { limits });
  desk = deskOf(issuer);
};
const professional = (secret: bigint, familyName: string) =>
  applyAs(issuer.url, secret, { familyName, document: `D${secret}`, professional: true });
const deliver = async (event: object, options: { t?: number; signature?: string } = {}) => {
  const body = JSON.stringify(event);
  const signature = options.signature ?? signDelivery(key, body, options.t ?? now());
  return answerOf(
    await fetch(`${issuer.url}/webhook`, { method: 'POST', body, headers: { 'x-hsk-signature': signature } }),
  );
};

test('the desk opens to its operators alone', async () => {
  const routes = [
    ['GET', '/overview'], ['GET', '/cases'], ['GET', '/cases/1'], ['GET', '/cases/1/documents/identity'], ['POST', '/cases/1/approve'], ['POST', '/cases/1/refuse'],
    ['POST', '/cases/1/ask'], ['POST', '/cases/1/revoke'], ['POST', '/rescreen'], ['POST', '/lists'], ['DELETE', '/lists/x'], ['GET', '/audit'], ['GET', '/nothing'],
  ] as const; // prettier-ignore
  const wrong = [
    '',
    'Bearer',
    `Bearer ${'0'.repeat(64)}`,
    `Basic ${desk.token}`,
    `Bearer ${desk.token}0`,
    `Bearer ${desk.token.slice(0, 63)}`,
  ];
  for (const [method, route] of routes)
    for (const authorization of wrong) {
      const response = await fetch(`${issuer.url}/desk/api${route}`, { method, headers: { authorization } });
      assert.equal(response.status, 401, `${method} ${route}`);
      assert.deepEqual(
        ((await response.json()) as { error: { code: string } }).error.code,
        'ISSUER_DESK_REFUSED',
      );
    }
  const elsewhere = { authorization: `Bearer ${desk.token}`, 'sec-fetch-site': 'cross-site' };
  assert.equal((await fetch(`${issuer.url}/desk/api/overview`, { headers: elsewhere })).status, 403);
  assert.equal(statSync(path.join(issuer.directory, 'desk.key')).mode & 0o777, 0o600);
  assert.ok(issuer.reports.every((words) => !words.includes(desk.token)));
});

test('every operator has a name in the record', async () => {
  const file = path.join(issuer.directory, 'desk.key');
  const token = 'ab'.repeat(32);
  appendFileSync(file, `${token} Chan Tai Man\n`);
  await restart();
  await professional(1n, 'Named');
  const { id } = (await desk.find('named'))[0]!;
  const headers = { authorization: `Bearer ${token}` };
  await answerOf(
    await fetch(`${issuer.url}/desk/api/cases/${id}/refuse`, {
      method: 'POST',
      headers,
      body: '{"reason":"not-verified"}',
    }),
  );
  const { history } = await desk.detail(id);
  assert.deepEqual(
    history.map(({ who, action, reason }) => [who, action, reason]),
    [
      ['Chan Tai Man', 'refused', 'not-verified'],
      ['operator', 'viewed', 'case'],
    ],
  );
  const good = readFileSync(file, 'utf8');
  await issuer.stop();
  for (const bad of ['', 'short name\n', `${token}\n`, `${token} rule\n`]) {
    writeFileSync(file, bad);
    await assert.rejects(startIssuer(data, { limits }), { code: 'ISSUER_DAMAGED' });
  }
  writeFileSync(file, good);
  issuer = await startIssuer(data, { limits });
});

test('the audit log shows whatever was changed, left out, put in or put elsewhere', async () => {
  const lines = (await desk.ask('/audit')) as AuditEntry[];
  assert.ok(lines.length >= 3);
  const head = verifyAudit(lines);
  assert.equal(head, lines.at(-1)!.hash);
  verifyAudit(lines, lines[0]!.hash);
  const changes: AuditEntry[][] = [
    lines.map((line, index) => (index === 1 ? { ...line, who: 'nobody' } : line)),
    lines.map((line, index) => (index === 1 ? { ...line, memo: 'added' } : line)),
    lines.toSpliced(1, 1),
    lines.toSpliced(1, 0, lines[1]!),
    lines.toReversed(),
  ];
  for (const changed of changes) assert.throws(() => verifyAudit(changed), { code: 'ISSUER_AUDIT_BROKEN' });
  assert.throws(() => verifyAudit(lines.slice(0, -1), head), { code: 'ISSUER_AUDIT_BROKEN' });
  assert.equal(verifyAudit([]), GENESIS);
  const file = path.join(issuer.directory, 'audit.log');
  await issuer.stop();
  const good = readFileSync(file);
  const frame = 8 + good.readUInt32BE(0);
  // The first frame gone, with a checksum that fits: every other frame is at another's place.
  writeFileSync(file, good.subarray(frame));
  await assert.rejects(startIssuer(data, { limits }), { code: 'ISSUER_DAMAGED' });
  writeFileSync(file, good);
  issuer = await startIssuer(data, { limits });
});

test('a provider decides by signed events, each of them once', async () => {
  const applicant = await professional(10n, 'Vendor');
  const { id } = (await desk.find('vendor'))[0]!;
  const decision = { id: 'evt-1', application: id, type: 'decision', decision: 'approve', tier: 2 };
  const body = JSON.stringify(decision);
  const mac = createHmac('sha256', key).update(`${now()}.${body}`).digest('hex');
  for (const [signature, t] of [
    ['', now()],
    [`v1=${mac}`, now()],
    [`t=${now()},v1=${'0'.repeat(64)}`, now()],
    [`t=${now() + 1},v1=${mac}`, now()],
    [`t=${now()},v0=${mac}`, now()],
    [undefined, now() - 301],
    [undefined, now() + 330],
  ] as const)
    await assert.rejects(
      deliver(decision, { t, ...(signature !== undefined && { signature }) }),
      { code: 'ISSUER_WEBHOOK_SIGNATURE' },
      signature,
    );
  assert.equal((await applicant.status()).state, 'documents');
  assert.deepEqual(await deliver(decision), { repeated: false });
  const status = await applicant.status();
  assert.ok(status.state === 'issued');
  assert.equal(status.credential.attributes.tier, 2);
  assert.deepEqual(await deliver(decision), { repeated: true });
  await restart();
  assert.deepEqual(await deliver(decision), { repeated: true }, 'after a restart too');
  await assert.rejects(deliver({ ...decision, id: 'evt-2' }), { code: 'ISSUER_CASE_STATE' });
  await assert.rejects(deliver({ ...decision, id: 'evt 3' }), { code: 'PARSE_INVALID' });
  await assert.rejects(deliver({ ...decision, id: 'evt-3', application: 'nobody' }), {
    code: 'ISSUER_NO_SUCH_CASE',
  });
  assert.deepEqual(
    await deliver({ id: 'evt-4', application: id, type: 'rescreening-hit', reference: 'R-9' }),
    { repeated: false },
  );
  assert.equal((await desk.detail(id)).summary.cause, 'screening');
  assert.deepEqual(await deliver({ id: 'evt-5', application: id, type: 'revoke' }), { repeated: false });
  assert.deepEqual((await desk.detail(id)).summary.outcome, 'revoked');
  const matched = await applyAs(issuer.url, 11n, {
    givenName: 'Wanda',
    familyName: 'Wanted',
    document: 'D11',
  });
  const found = (await desk.find('wanted'))[0]!.id;
  await assert.rejects(deliver({ ...decision, id: 'evt-6', application: found }), {
    code: 'ISSUER_FINDING_OPEN',
  });
  await deliver({
    id: 'evt-7',
    application: found,
    type: 'decision',
    decision: 'refuse',
    reason: 'document-mismatch',
    note: 'Names differ.',
  });
  assert.deepEqual((await matched.status()).state, 'refused');
});

test('a stranger cannot fill the disk', async () => {
  const waiting = [];
  for (let secret = 20n; secret < 26n; secret++) waiting.push(await professional(secret, 'Crowd'));
  await assert.rejects(professional(26n, 'Crowd'), { code: 'ISSUER_TOO_MANY_APPLICATIONS' });
  const clean = await applyAs(issuer.url, 27n, { familyName: 'Clean', document: 'D27' });
  assert.equal(clean.first.state, 'issued', 'who needs nobody does not wait for them');
  const [first, ...others] = waiting;
  const picture = (bytes: number) =>
    Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(bytes)]);
  await first!.upload('identity', picture(2000));
  await assert.rejects(first!.upload('wealth', picture(2000)), { code: 'ISSUER_DOCUMENT_TOO_LARGE' });
  await first!.upload('identity', picture(500));
  for (const one of others) await one.withdraw();
  await first!.withdraw();
  await issuer.stop();
  issuer = await startIssuer(data, { limits: { ...limits, storedBytes: 0, burst: 3, perSecond: 0 } });
  await assert.rejects(professional(30n, 'Full'), { code: 'ISSUER_STORAGE_FULL' });
  await assert.rejects(professional(31n, 'Full'), { code: 'ISSUER_STORAGE_FULL' });
  await assert.rejects(professional(32n, 'Full'), { code: 'ISSUER_STORAGE_FULL' });
  await assert.rejects(professional(33n, 'Full'), { code: 'ISSUER_BUSY' });
  await restart();
});

test('a key that is lost is not replaced silently', async () => {
  const file = path.join(issuer.directory, 'data.key');
  await issuer.stop();
  const good = readFileSync(file);
  rmSync(file);
  await assert.rejects(startIssuer(data, { limits }), { code: 'ISSUER_DAMAGED' });
  writeFileSync(file, `${'11'.repeat(32)}\n`);
  await assert.rejects(startIssuer(data, { limits }), { code: 'ISSUER_DAMAGED' });
  writeFileSync(file, good);
  issuer = await startIssuer(data, { limits });
});

test('every application is decided by a person where the institution says so', async () => {
  await issuer.stop();
  issuer = await startIssuer(data, { review: 'all' });
  const plain = await applyAs(issuer.url, 40n, { familyName: 'Plain', document: 'D40' });
  assert.deepEqual(plain.first.state, 'documents');
  await plain.withdraw();
  await restart();
});

test('whatever is sent to it, it answers in its own words and goes on', async () => {
  const random = new Random(7);
  const authorization = `Bearer ${desk.token}`;
  const { id } = (await desk.find('', 'ended'))[0]!;
  const routes = ['/apply', '/application', '/application/documents/identity', '/application/backup', '/webhook', '/desk/api/lists', '/desk/api/rescreen', `/desk/api/cases/${id}/approve`, `/desk/api/cases/${id}/refuse`, `/desk/api/cases/${id}/ask`, `/desk/api/cases/${id}/revoke`, '/desk/api/cases/__proto__/approve', '/backup/0x', '/desk/api/cases?name=%ff&state=x', '/tree/1e1']; // prettier-ignore
  const counts = new Map<number, number>();
  for (let run = 0; run < 400; run++) {
    const route = random.pick(routes);
    const method = random.pick(['POST', 'PUT', 'GET', 'DELETE']);
    const value = {
      ...FORM,
      commitment: '7',
      reason: 'declined',
      kinds: ['identity'],
      tier: 1,
      [random.pick(Object.keys(FORM))]: hostileValue(random),
      [random.pick(['cleared', 'kinds', 'main', 'source', 'note', 'commitment'])]: hostileValue(random),
    };
    const body =
      method === 'GET'
        ? undefined
        : random.pick([JSON.stringify(value), JSON.stringify(hostileValue(random)), '{', '']);
    const response = await fetch(`${issuer.url}${route}`, {
      method,
      ...(body !== undefined && { body }),
      headers: { authorization, 'content-type': 'application/json' },
    });
    counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
    const text = await response.text();
    assert.notEqual(response.status, 500, `${method} ${route} ${body} ${text}`);
    assert.ok(!text.includes(desk.token) && !text.includes('node:internal'), text);
  }
  assert.ok(counts.size >= 4, JSON.stringify([...counts]));
  await applyAs(issuer.url, 50n, { familyName: 'After', document: 'D50' });
});
