import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { fetchChunk } from '../../src/identity/issuer-client.ts';
import { jaroWinkler } from '../../src/node/issuer/screening/jaro-winkler.ts';
import { NameIndex } from '../../src/node/issuer/screening/name-index.ts';
import { parseSanctions } from '../../src/node/issuer/screening/parse-sanctions.ts';
import type { ListEntry } from '../../src/protocol/issuer-desk.ts';
import { leaf } from '../../src/protocol/zkid.ts';
import { parseChunk } from '../../src/protocol/zkid-tree.ts';
import { type Applicant, applyAs, deskOf } from './issuer-desk-client.ts';
import { type IssuerUnderTest, startIssuer } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-screening-'));
const DAY = 86_400;
let clock = Math.floor(Date.now() / 1000);
let issuer: IssuerUnderTest;
let desk: ReturnType<typeof deskOf>;
before(async () => {
  issuer = await startIssuer(data, { now: () => clock });
  desk = deskOf(issuer);
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

const entry = (name: string, more: Partial<ListEntry> = {}): ListEntry => ({
  id: name,
  name,
  aliases: [],
  kind: 'person',
  born: [],
  programme: 'TEST',
  remarks: '',
  ...more,
});
const importNames = (source: string, ...names: string[]) =>
  desk.post('/lists', { source, format: 'json', main: JSON.stringify(names.map((name) => ({ name }))) });
/** Whether the applicant's leaf is in the tree whose root the chain took last. */
const isInTree = async ({ first }: Applicant) => {
  assert.ok(first.state === 'issued');
  const { index, commitment, attributes } = first.credential;
  const tree = parseChunk(await fetchChunk(issuer.url, 0), 0);
  const latest = await issuer.context.executionClient.readContract({
    address: issuer.registry,
    abi: identityRegistryAbi,
    functionName: 'latestRoot',
    args: [issuer.context.accounts.issuer.address],
  });
  assert.equal(tree.root, latest);
  return tree.levels[0]![index] === leaf(BigInt(commitment), attributes);
};

test('likeness of words is as Winkler published it', () => {
  const published = [
    ['martha', 'marhta', 961],
    ['dixon', 'dicksonx', 813],
    ['jellyfish', 'smellyfish', 896],
    ['dwayne', 'duane', 840],
    ['a', 'a', 1000],
    ['a', 'b', 0],
    ['', '', 0],
  ] as const;
  for (const [a, b, likeness] of published) assert.equal(Math.round(jaroWinkler(a, b) * 1000), likeness, a);
});

test('finds a name however it is written, and not the names that are merely near', () => {
  const index = new NameIndex([
    entry('PETROV, Ivan Sergeyevich'),
    entry('KIM, Jong Un', { aliases: ['Kim Jongun'] }),
    entry('AL-QADDUMI, Yusuf', { aliases: ['Yousef Kaddoumi'] }),
    entry('Łukasz Żółw'),
    entry('Muhammad Ali'),
    entry('GLOBEX TRADING COMPANY LIMITED', { kind: 'organisation' }),
    entry('HAMAZ', { kind: 'organisation' }),
  ]);
  const found = (name: string, kind: 'person' | 'organisation' = 'person') =>
    index.find(name, kind).map((match) => `${match.grade} ${match.entry.name}`);
  assert.deepEqual(found('Ivan Petrov'), ['possible PETROV, Ivan Sergeyevich']);
  assert.deepEqual(found('Sergeyevich Ivan PETROV'), ['exact PETROV, Ivan Sergeyevich']);
  assert.deepEqual(found('Iván Pétrov'), ['possible PETROV, Ivan Sergeyevich']);
  assert.deepEqual(found('Jong-un Kim'), ['exact KIM, Jong Un']);
  assert.deepEqual(found('Kim Jongun'), ['exact KIM, Jong Un']);
  assert.deepEqual(found('Yusef Kaddumi'), ['possible AL-QADDUMI, Yusuf']);
  assert.deepEqual(found('Lukasz Zolw'), ['exact Łukasz Żółw']);
  assert.deepEqual(found('Mohammad Ali'), ['possible Muhammad Ali']);
  assert.deepEqual(found('Globex Trading Co., Ltd.', 'organisation'), [
    'exact GLOBEX TRADING COMPANY LIMITED',
  ]);
  assert.deepEqual(found('Hamaz Foods', 'organisation'), ['possible HAMAZ']);
  for (const name of ['Ivan Ivanov', 'Petra Ivanovic', 'Kim Novak', 'Ali Baba', 'Ada Lovelace', 'Ivan'])
    assert.deepEqual(found(name), [], name);
  assert.deepEqual(found('Initech Trading', 'organisation'), []);
});

test('reads the lists of the US Treasury and our own, and refuses what is neither', () => {
  const sdn = [
    '2674,"ABBAS, Abu","individual","SDT]",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 10 Dec 1948; alt. DOB 1950; a.k.a. \'Abu \'\'."',
    '306,"BANCO ""NACIONAL"" DE CUBA",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ',
    '\u001A',
  ].join('\r\n');
  const alt = '2674,1,"aka","ABUL ABBAS",-0- \r\n306,220,"aka","NATIONAL BANK OF CUBA",-0- \r\n\u001A';
  const [person, bank] = parseSanctions({ format: 'ofac', main: sdn, aliases: alt });
  assert.deepEqual([person!.kind, person!.born, person!.aliases[0]], ['person', [1948, 1950], 'ABUL ABBAS']);
  assert.deepEqual(
    [bank!.kind, bank!.name, bank!.aliases],
    ['organisation', 'BANCO "NACIONAL" DE CUBA', ['NATIONAL BANK OF CUBA']],
  );
  const [mine] = parseSanctions({
    format: 'csv',
    main: 'name,aliases,born,kind\n"Doe, John",J. Doe;Johnny,1970;1971,person\n',
  });
  assert.deepEqual(
    [mine!.name, mine!.aliases, mine!.born],
    ['Doe, John', ['J. Doe', 'Johnny'], [1970, 1971]],
  );
  for (const bad of [
    { format: 'ofac', main: '<html>not found</html>' },
    { format: 'ofac', main: '' },
    { format: 'csv', main: 'who\nsomebody\n' },
    { format: 'csv', main: 'name,born\nSomebody,often\n' },
    { format: 'json', main: '[{"name":""}]' },
    { format: 'json', main: '{"a":1}' },
    { format: 'json', main: '[' },
  ] as const)
    assert.throws(() => parseSanctions(bad), { code: 'ISSUER_LIST_INVALID' }, bad.main);
});

test('whom a new list names is back at the desk without a leaf, and who is cleared gets it back', async () => {
  const [named, other] = [
    await applyAs(issuer.url, 1n, { givenName: 'Nadia', familyName: 'Volkova', document: 'SC1' }),
    await applyAs(issuer.url, 2n, { givenName: 'Grace', familyName: 'Hopper', document: 'SC2' }),
  ];
  assert.ok(await isInTree(named));
  const { result } = (await importNames('hk-un', 'VOLKOVA, Nadya', 'Somebody Else')) as { result: unknown };
  assert.deepEqual(result, { screened: 2, matched: 1, lapsed: 0, reissued: 0 });
  assert.deepEqual([await isInTree(named), await isInTree(other)], [false, true]);
  assert.equal((await named.status()).state, 'review');
  await assert.rejects(named.withdraw(), { code: 'ISSUER_ALREADY_ISSUED' });
  const { id } = (await desk.find('volkova', 'review'))[0]!;
  const { findings, summary } = await desk.detail(id);
  assert.equal(summary.cause, 'screening');
  assert.deepEqual(
    findings.map((finding) => finding.kind === 'name' && [finding.grade, finding.matched, finding.subject]),
    [['possible', 'VOLKOVA, Nadya', 'Nadia Volkova']],
  );
  await assert.rejects(desk.approve(id, 1), { code: 'ISSUER_FINDING_OPEN' });
  await desk.approve(id, 1, [findings[0]!.id]);
  const status = await named.status();
  assert.ok(status.state === 'issued');
  assert.ok(await isInTree({ ...named, first: status }));
  assert.deepEqual(status.credential.attributes, (named.first as typeof status).credential.attributes);
  assert.deepEqual(await desk.post('/rescreen'), { screened: 2, matched: 0, lapsed: 0, reissued: 0 });
  const changed = JSON.stringify([{ name: 'VOLKOVA, Nadya', programme: 'NEW' }]);
  await desk.post('/lists', { source: 'hk-un', format: 'json', main: changed });
  assert.equal((await named.status()).state, 'review', 'what the list says of her is new');
  await desk.refuse(id, 'declined');
  assert.deepEqual(await named.status(), { state: 'refused', reason: 'declined', at: clock });
});

test('an applicant who is found waits for the desk: by likeness, unless born in another year', async () => {
  const list = [
    { name: 'ORLOVA, Katarina', born: [1950] },
    { name: 'Dark Harbour Holdings', kind: 'organisation' },
  ];
  await desk.post('/lists', { source: 'test', format: 'json', main: JSON.stringify(list) });
  const state = async (secret: bigint, form: Parameters<typeof applyAs>[2]) =>
    (await applyAs(issuer.url, secret, { document: `SD${secret}`, ...form })).first.state;
  assert.equal(
    await state(10n, { givenName: 'Katarina', familyName: 'Orlova' }),
    'documents',
    'the very name',
  );
  assert.equal(
    await state(11n, { givenName: 'Katerina', familyName: 'Orlova' }),
    'issued',
    'alike, born 1990',
  );
  assert.equal(
    await state(12n, { givenName: 'Katerina', familyName: 'Orlova', birth: 19510101 }),
    'documents',
  );
  assert.equal(
    await state(13n, { givenName: 'Катарина', familyName: 'Орлова' }),
    'documents',
    'no list is in these letters',
  );
  const company = await applyAs(issuer.url, 14n, {
    kind: 'business',
    company: 'Dark Harbor Holdings Ltd',
    document: 'SD14',
  });
  await company.uploadAll();
  const { findings } = await desk.detail((await desk.find('dark harbor', 'review'))[0]!.id);
  assert.equal(findings.length, 1);
});

test('screening lapses with its list, and with it every leaf; a newer list brings them back', async () => {
  const holder = await applyAs(issuer.url, 20n, {
    givenName: 'Annie',
    familyName: 'Easley',
    document: 'SE1',
  });
  assert.ok(await isInTree(holder));
  clock += 31 * DAY;
  const lapsed = (await desk.post('/rescreen')) as { lapsed: number; screened: number };
  assert.equal(lapsed.lapsed, lapsed.screened);
  assert.equal(await isInTree(holder), false);
  assert.equal((await holder.status()).state, 'review');
  const late = await applyAs(issuer.url, 21n, { givenName: 'Mary', familyName: 'Jackson', document: 'SE2' });
  assert.equal((await late.uploadAll()).state, 'review', 'nothing is decided by rule against an old list');
  const { id } = (await desk.find('jackson', 'review'))[0]!;
  await assert.rejects(desk.approve(id, 1), { code: 'ISSUER_LIST_OLD' });
  await importNames('test', 'Somebody Else');
  assert.equal((await holder.status()).state, 'review', 'another list is still old');
  await importNames('hk-un', 'Somebody Else');
  const status = await holder.status();
  assert.ok(status.state === 'issued');
  assert.ok(await isInTree({ ...holder, first: status }));
  await desk.approve(id, 1);
});

test('lists are kept over a restart, version by version', async () => {
  await desk.ask('/lists/test', { method: 'DELETE' });
  await assert.rejects(desk.ask('/lists/test', { method: 'DELETE' }), { code: 'ISSUER_NO_SUCH_LIST' });
  await assert.rejects(importNames('../evil', 'X Y'), { code: 'PARSE_INVALID' });
  await assert.rejects(importNames('demonstration', 'X Y'), { code: 'ISSUER_LIST_INVALID' });
  const lists = async () => ((await desk.ask('/overview')) as { lists: unknown[] }).lists;
  const before = await lists();
  assert.equal(before.length, 1);
  await issuer.stop();
  issuer = await startIssuer(data, { now: () => clock });
  assert.deepEqual(await lists(), before);
  assert.equal(
    ((await (await fetch(`${issuer.url}/`)).json()) as { demonstration: boolean }).demonstration,
    false,
  );
});

test('screens each day by itself, once', async () => {
  const holder = await applyAs(issuer.url, 30n, {
    givenName: 'Daily',
    familyName: 'Rounds',
    document: 'SF1',
  });
  assert.ok(await isInTree(holder));
  clock += 2 * DAY;
  await importNames('hk-un', 'Somebody New');
  const screened = async () =>
    ((await desk.ask('/audit')) as { action: string; who: string }[]).filter(
      ({ action, who }) => action === 'screened' && who === 'rule',
    ).length;
  const before = await screened();
  clock += 2 * DAY;
  await issuer.stop();
  issuer = await startIssuer(data, { now: () => clock });
  for (let waited = 0; (await screened()) === before && waited < 50; waited++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await screened(), before + 1);
});

test('screens a list as long as the real ones in a moment', () => {
  const first = ['ivan', 'maria', 'yusuf', 'chen', 'ali', 'olga', 'pedro', 'hassan', 'kim', 'anna'];
  const entries = Array.from({ length: 20_000 }, (_, n) =>
    entry(`${first[n % 10]}${n % 97} ${(n * 7919).toString(36)} ${(n * 104_729).toString(36)}`),
  );
  const index = new NameIndex([...entries, entry('Katarina Orlova')]);
  const begun = performance.now();
  for (let n = 0; n < 5; n++) assert.equal(index.find('Katarina Orlova', 'person').length, 1);
  assert.ok(performance.now() - begun < 5000, `${performance.now() - begun} ms`);
});
