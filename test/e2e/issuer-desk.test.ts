import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { applyAs, deskOf, PDF } from '../identity/issuer-desk-client.ts';
import { runCli } from '../node/spawn-node.ts';
import { control, fill, launchBrowser, openPage, press } from '../support/browser.ts';
import { type NodeUnderTest, startNode } from '../support/stack.ts';
import { assertAccessible } from './axe.ts';
import { says, textOf } from './shop.ts';

const TAG = 'hsk-issuer-desk';

let node: NodeUnderTest;
let browser: Browser;
let page: Page;
let problems: string[];
let url: string;
let desk: ReturnType<typeof deskOf>;

before(async () => {
  browser = await launchBrowser();
  node = await startNode();
  url = node.profile.services.issuer;
  desk = deskOf({ url, directory: path.join(node.data, 'issuer') });
  ({ page, problems } = await openPage(browser, `${url}/desk#key=${desk.token}`));
});

after(async () => {
  await browser?.close();
  await node?.remove();
});

const business = async (secret: bigint, company: string) => {
  const applicant = await applyAs(url, secret, { kind: 'business', company, document: `E${secret}` });
  await applicant.upload('registration', PDF, 'application/pdf');
  await applicant.uploadAll();
  return applicant;
};
const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

describe('the issuer’s desk', () => {
  it('opens by its link, which leaves the address bar, and has nothing to decide', async () => {
    await says(page, TAG, /Nothing to decide/);
    assert.equal(new URL(page.url()).hash, '');
    await assertAccessible(page);
  });

  it('approves a business, after its documents were seen and once more confirmed', async () => {
    const applicant = await business(1n, 'Analytical Engines Ltd.');
    await page.reload();
    await press(page, /^Analytical Engines/);
    await says(page, TAG, /Nothing found in the lists in use/);
    await press(page, 'Show: Identity document');
    await page.waitForFunction(
      (tag: string) => document.querySelector(tag)?.shadowRoot?.querySelector('img')?.naturalWidth === 1,
      {},
      TAG,
    );
    await assertAccessible(page);
    await press(page, 'Approve');
    await press(page, 'Approve…');
    await says(page, TAG, /Choose/);
    await (await control(page, 'radio', /^2 · Professional/)).click();
    await fill(page, 'For the record (optional)', 'Register checked.');
    await press(page, 'Approve…');
    await says(page, TAG, /Issue this credential\?/);
    await assertAccessible(page);
    await press(page, 'Cancel');
    assert.equal((await applicant.status()).state, 'review');
    await press(page, 'Approve…');
    await press(page, 'Issue the credential');
    await says(page, TAG, /Done\.[^]*What is kept[^]*Leaf[^]*Register checked/);
    const status = await applicant.status();
    assert.ok(status.state === 'issued');
    assert.equal(status.credential.attributes.tier, 2);
    await assertAccessible(page);
  });

  it('refuses whom screening finds, and tells neither that nor any words', async () => {
    const applicant = await applyAs(url, 2n, { givenName: 'Wanda', familyName: 'Wanted', document: 'E2' });
    await applicant.uploadAll();
    await press(page, 'To decide');
    await press(page, /^Wanda Wanted/);
    await says(page, TAG, /Same name[^]*An invented name/);
    await press(page, 'Approve');
    await (await control(page, 'radio', /^1 · /)).click();
    await press(page, 'Approve…');
    await says(page, TAG, /Every finding has to be looked at/);
    await press(page, 'Refuse');
    await press(page, 'Refuse…');
    await says(page, TAG, /Choose a reason/);
    await (await control(page, 'combobox', 'Reason')).select('declined');
    await says(page, TAG, /screening may not be disclosed/);
    await assertAccessible(page);
    await press(page, 'Refuse…');
    await press(page, 'Refuse the application');
    await says(page, TAG, /Done\.[^]*Nothing of this person is kept/);
    const status = await applicant.status();
    assert.ok(status.state === 'refused');
    assert.deepEqual([status.reason, status.note], ['declined', undefined]);
  });

  it('goes on after the node was killed, with everything that waited', async () => {
    const applicant = await business(3n, 'Harbour Mills Ltd.');
    const { data, port } = node;
    await node.kill();
    node = await startNode({ data, port });
    assert.equal((await applicant.status()).state, 'review');
    await press(page, 'To decide');
    await press(page, /^Harbour Mills/);
    await press(page, 'Ask for a document');
    await (await control(page, 'checkbox', 'Proof of address')).click();
    await press(page, 'Ask for a document…');
    await says(page, TAG, /Still to come: Proof of address/);
    assert.deepEqual((await applicant.status()).state, 'documents');
  });

  it('takes in a list, and whom it names is back at the desk', async () => {
    const holder = await applyAs(url, 4n, { givenName: 'Nadia', familyName: 'Volkova', document: 'E4' });
    assert.equal(holder.first.state, 'issued');
    await press(page, 'Screening');
    await says(page, TAG, /invented names only/);
    await fill(page, 'Name of the list', 'hk-un');
    await (await control(page, 'combobox', 'Form')).select('csv');
    const file = (await page.$('>>> input[name=main]'))!;
    const list = path.join(node.data, 'list.csv');
    writeFileSync(list, 'id,name,born,programme\nUN-7,"VOLKOVA, Nadya",1990,EXAMPLE\n');
    await (file as unknown as { uploadFile(file: string): Promise<void> }).uploadFile(list);
    await assertAccessible(page);
    await press(page, 'Import and screen');
    await says(page, TAG, /hk-un is in use with 1 entries\.[^]*2 screened: 1 found/);
    assert.equal((await holder.status()).state, 'review');
    await press(page, 'To decide');
    await press(page, /^Nadia Volkova/);
    await says(page, TAG, /Alike, 9\d%[^]*VOLKOVA, Nadya[^]*UN|EXAMPLE/);
    await (await control(page, 'checkbox', /^Looked at: this is somebody else/)).click();
    await press(page, 'Approve');
    await (await control(page, 'radio', /^1 · /)).click();
    await press(page, 'Approve…');
    await press(page, 'Issue the credential');
    await says(page, TAG, /Done\./);
    assert.equal((await holder.status()).state, 'issued');
  });

  it('finds who holds a credential by name, and revokes', async () => {
    await press(page, 'Credentials');
    await (await control(page, 'searchbox', 'Search by name')).type('volk');
    await press(page, 'Search');
    await press(page, /^Nadia Volkova/);
    await press(page, 'Revoke');
    await (await control(page, 'combobox', 'Reason')).select('holder-request');
    await press(page, 'Revoke…');
    await press(page, 'Revoke the credential');
    await says(page, TAG, /Done\.[^]*Nothing of this person is kept/);
    await press(page, 'Record');
    await says(page, TAG, /Last hash[^]*Revoked The holder asked for it/);
    await assertAccessible(page);
  });

  it('is kept from the command line too, where a record that was changed is told from one that holds', async () => {
    const order = (...args: string[]) => runCli(['issuer-desk', ...args, '--data', node.data]);
    assert.equal((await order('link')).output.trim(), `${url}/desk#key=${desk.token}`);
    const { output } = await order('cases');
    const id = /^([0-9a-f]{32}).*documents.*Harbour Mills/m.exec(output)?.[1];
    assert.ok(id, output);
    assert.match((await order('refuse', id, '--reason', 'not-verified')).output, /is now: refused/);
    const again = await order('refuse', id, '--reason', 'not-verified');
    assert.equal(again.code, 1);
    assert.match(again.errors, /cannot be done with the case/);
    const file = path.join(node.data, 'record.json');
    assert.match((await order('audit', file)).output, /^\d+ lines/);
    assert.match((await order('verify', file)).output, /^The record holds/);
    writeFileSync(file, readFileSync(file, 'utf8').replace('not-verified', 'declined'));
    const changed = await order('verify', file);
    assert.equal(changed.code, 1);
    assert.match(changed.errors, /was changed after it was written/);
  });

  it('fits a phone, in Chinese and in the dark', async () => {
    await business(5n, 'Peak Trading Company With A Rather Long Name Ltd.');
    await page.setViewport({ width: 360, height: 780 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    await press(page, '中文');
    for (const name of ['憑證', '名單篩查', '紀錄', '待審批']) {
      await press(page, name);
      await says(page, TAG, new RegExp(name));
      assert.ok(await fits(), name);
      await assertAccessible(page);
    }
    await press(page, /^Peak Trading/);
    await says(page, TAG, /身份證明文件/);
    await press(page, '拒絕');
    await control(page, 'combobox', '原因');
    assert.ok(await fits());
    await assertAccessible(page);
  });

  it('is closed to other keys, other origins and frames', async () => {
    await press(page, '登出');
    await says(page, TAG, /操作員密鑰/);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await (await page.$('>>> input[name=key]'))!.type('0'.repeat(64));
    await press(page, '開啟審批台');
    await says(page, TAG, /此密鑰不能開啟審批台/);
    assert.ok(!(await textOf(page, TAG)).includes('Volkova'));
    const origin = { origin: 'https://elsewhere.example' };
    const preflight = {
      ...origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    const allowed = async (route: string, init: RequestInit) =>
      (await fetch(`${url}${route}`, init)).headers.get('access-control-allow-origin');
    assert.equal(await allowed('/desk/api/overview', { method: 'OPTIONS', headers: preflight }), null);
    assert.equal(await allowed('/desk/api/overview', { headers: origin }), null);
    assert.equal(await allowed('/application', { method: 'OPTIONS', headers: preflight }), '*');
    const headers = (await fetch(`${url}/desk`)).headers;
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
  });

  it('said nothing on the console but that the key was refused', () => {
    assert.deepEqual(
      problems.filter((words) => !/status of 401|ERR_CONNECTION_REFUSED/.test(words)),
      [],
    );
  });
});
