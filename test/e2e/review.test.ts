import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import type { CaseSummary } from '../../src/protocol/issuer-desk.ts';
import { choose, control, fill, launchBrowser, openPage, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { assertAccessible } from './axe.ts';
import { countryOf } from './chain.ts';
import {
  confirmPurchase,
  getTestMoney,
  proveEligibility,
  purchaseStep,
  reviewQuote,
  says,
  textOf,
} from './shop.ts';
import { accountOf, createWallet, unlockWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';
const SHOP = within('hsk-purchase');
/** One transparent pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let demo: DemoUnderTest;
let browser: Browser;
let picture: string;

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo();
  picture = path.join(demo.data, 'document.png');
  writeFileSync(picture, Buffer.from(PNG, 'base64'));
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** What the operator at the issuer's desk does. */
async function desk(route: string, body?: unknown): Promise<unknown> {
  const token = readFileSync(path.join(demo.data, 'issuer/desk.key'), 'utf8').slice(0, 64);
  const response = await fetch(`${demo.profile.services.issuer}/desk/api${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, route);
  return response.json();
}

async function newestCase(): Promise<CaseSummary> {
  return ((await desk('/cases')) as CaseSummary[])[0]!;
}

async function fillPerson(page: Page, prefix: 'Your ' | ''): Promise<void> {
  const label = (text: string) => (prefix ? `${prefix}${text.toLowerCase()}` : text);
  await fill(page, label('Given name'), 'Mei Ling');
  await fill(page, label('Family name'), 'Chan');
  await fill(page, 'Day', '17');
  await fill(page, 'Month', '5');
  await fill(page, 'Year', '1984');
  await (await control(page, 'checkbox', /^I agree that the identity service/)).click();
}

async function sendDocument(page: Page, kind: string, name: string): Promise<void> {
  const input = await page.$(`hsk-purchase >>> [data-kind=${kind}] input:not([capture])`);
  await (input as ElementHandle<HTMLInputElement>).uploadFile(picture);
  await press(page, `Send: ${name}`);
}

describe('a business applies, is reviewed by a person, and buys', () => {
  let page: Page;
  let problems: string[];

  before(async () => {
    ({ page, problems } = await openPage(browser, `${demo.origin}/`));
    await createWallet(page, SHOP, PASSWORD);
    await purchaseStep(page, ['needs-credential']);
  });

  it('fills in the form and sends the documents that are asked for', async () => {
    await (await control(page, 'radio', 'Business')).click();
    await fill(page, 'Name of the business', 'Peak Trading Limited');
    await fillPerson(page, 'Your ');
    await choose(page, 'Country or region of the business', '344');
    await fill(page, 'Business registration number', '12345678');
    await assertAccessible(page);
    await press(page, 'Send for verification');
    await purchaseStep(page, ['documents']);
    await assertAccessible(page);
    await sendDocument(page, 'registration', 'Business registration');
    await says(page, 'hsk-purchase', /2 still to be sent/);
    await sendDocument(page, 'authority', 'Authority to act');
    await says(page, 'hsk-purchase', /1 still to be sent/);
  });

  it('goes on after a reload, and waits for a person', async () => {
    await page.reload();
    await unlockWallet(page, SHOP, PASSWORD);
    await purchaseStep(page, ['documents']);
    await says(page, 'hsk-purchase', /1 still to be sent/);
    await sendDocument(page, 'identity', 'Identity document');
    await purchaseStep(page, ['in-review']);
    assert.match(await textOf(page, 'hsk-purchase'), /You may close this page/);
    await assertAccessible(page);
    const waiting = await newestCase();
    assert.deepEqual([waiting.state, waiting.name], ['review', 'Peak Trading Limited (Mei Ling Chan)']);
  });

  it('is let in when the desk approves, proves, and buys', async () => {
    await desk(`/cases/${(await newestCase()).id}/approve`, { tier: 2, cleared: [] });
    await purchaseStep(page, ['eligible']);
    await (await control(page, 'checkbox', /^Show on the chain that this business is in Hong Kong/)).click();
    await assertAccessible(page);
    await proveEligibility(page);
    await getTestMoney(page);
    await reviewQuote(page, '500');
    await confirmPurchase(page);
    await purchaseStep(page, ['settled']);
    assert.match(await textOf(page, 'hsk-purchase'), /You bought [\d.,]+ units/);
    const { token } = demo.profile.products[0]!;
    assert.equal(await countryOf(demo.profile, token, await accountOf(page)), 344);
  });

  it('has its verification in the wallet', async () => {
    await (await control(page, 'tab', 'Identity')).click();
    await says(
      page,
      'aside hsk-wallet',
      /Verified business.*valid.*Hong Kong.*Professional.*PHMM.*Shown on the chain: Hong Kong/,
    );
    await assertAccessible(page);
    assert.deepEqual(problems, []);
  });
});

describe('who may not buy is told why', () => {
  let page: Page;

  before(async () => {
    ({ page } = await openPage(browser, `${demo.origin}/`));
    await createWallet(page, SHOP, PASSWORD);
    await purchaseStep(page, ['needs-credential']);
  });

  it('a blocked country', async () => {
    await fillPerson(page, '');
    await choose(page, 'Country or region of residence', '840');
    await fill(page, 'Identity document number', 'X7654321');
    await press(page, 'Send for verification');
    await purchaseStep(page, ['ineligible']);
    assert.match(
      await textOf(page, 'hsk-purchase'),
      /cannot be sold to residents of your country or region.*not met/,
    );
    await assertAccessible(page);
    await press(page, 'Verify again');
    await choose(page, 'Country or region of residence', '344');
    await press(page, 'Send for verification');
    await purchaseStep(page, ['eligible']);
  });

  it('a verification that has run out', async () => {
    const later = await page.evaluateOnNewDocument(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 400 * 86_400_000;
    });
    await page.reload();
    await unlockWallet(page, SHOP, PASSWORD);
    await purchaseStep(page, ['expired']);
    assert.match(await textOf(page, 'hsk-purchase'), /Your verification has run out.*It was valid until/);
    await assertAccessible(page);
    await page.removeScriptToEvaluateOnNewDocument(later.identifier);
  });

  it('one that was revoked', async () => {
    const { id, state } = await newestCase();
    assert.equal(state, 'issued');
    await desk(`/cases/${id}/revoke`, { reason: 'wallet-compromised' });
    // An hour later the part of the tree that was fetched has aged.
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const request = indexedDB.open('hsk-identity');
          request.addEventListener('success', () => {
            const transaction = request.result.transaction('subtrees', 'readwrite');
            transaction.objectStore('subtrees').clear();
            transaction.addEventListener('complete', () => {
              request.result.close();
              resolve();
            });
          });
        }),
    );
    await page.reload();
    await unlockWallet(page, SHOP, PASSWORD);
    await purchaseStep(page, ['removed']);
    assert.match(await textOf(page, 'hsk-purchase'), /Your verification no longer counts/);
    await assertAccessible(page);
  });
});
