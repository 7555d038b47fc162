import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { control, fill, launchBrowser, openPage, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { balanceOf } from './chain.ts';
import { holdingReaches, shownUnits, verifyHere, verifyOffline } from './holding.ts';
import {
  confirmPurchase,
  getTestMoney,
  proveEligibility,
  purchaseStep,
  reviewQuote,
  says,
  textOf,
  verifyIdentity,
} from './shop.ts';
import { accountOf, BESIDE, createWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';

let demo: DemoUnderTest;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo(['--senders', 'admitted', '--reads', 'private', '--gas', 'free']);
  ({ page, problems } = await openPage(browser, `${demo.origin}/`));
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

describe('a purchase on a private network', () => {
  it('is admitted, proves eligibility and buys', async () => {
    await createWallet(page, within('hsk-purchase'), PASSWORD);
    await verifyIdentity(page);
    await proveEligibility(page);
    await getTestMoney(page);
    await reviewQuote(page, '2500');
    await confirmPurchase(page);
    await purchaseStep(page, ['settled']);
    assert.notEqual(await shownUnits(page), '');
  });

  it('shows a stranger nothing of the holding', async () => {
    const account = await accountOf(page);
    await assert.rejects(balanceOf(demo.profile, demo.profile.products[0]!.token, account));
  });

  it('lists what was sent, and says that what was received is not listed', async () => {
    await press(page, 'Send');
    await fill(page, 'Recipient', privateKeyToAddress(generatePrivateKey()));
    await fill(page, 'Amount', '100');
    await press(page, 'Review');
    await press(page, /^Send .*100/);
    await says(page, BESIDE, /100\.00.* sent/);
    await press(page, 'Done');
    await (await control(page, 'tab', 'Activity')).click();
    await says(page, BESIDE, /Sent.*100\.00.*Listed is what you sent from this browser/);
    assert.doesNotMatch(await textOf(page, BESIDE), /no block whole/);
  });

  it('proves the holding to the final rung, and says why a receipt is not given out', async () => {
    await page.$eval('hsk-purchase', (element) =>
      element
        .shadowRoot!.querySelector<HTMLElement>(
          '[part~=receipt] [data-rung], .receipt [data-rung], .facts [data-rung]',
        )!
        .click(),
    );
    await says(page, 'hsk-trust[dialog]', /This page has proven the transaction itself/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('hsk-trust[dialog]', { hidden: true });
    await holdingReaches(page, ['final']);
    await verifyHere(page);
    assert.match(await verifyOffline(page, path.join(demo.data, 'profile.json')), /Proven: final/);
    await page.keyboard.press('Escape');
  });

  it('left nothing in the console', () => {
    assert.deepEqual(problems, []);
  });
});
