import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import type { Address } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { control, fill, launchBrowser, openPage, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { assertAccessible } from './axe.ts';
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
import { accountOf, BESIDE, createWallet, unlockWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';

let demo: DemoUnderTest;
let browser: Browser;
let page: Page;
let problems: string[];
let account: Address;

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo();
  ({ page, problems } = await openPage(browser, `${demo.origin}/`));
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

describe('a newcomer buys units of a fund', () => {
  it('creates a wallet and confirms its recovery phrase', async () => {
    await assertAccessible(page);
    await createWallet(page, within('hsk-purchase'), PASSWORD);
    account = await accountOf(page);
    assert.match(account, /^0x[0-9a-fA-F]{40}$/);
  });

  it('is verified, proves it in the browser and is admitted', async () => {
    await verifyIdentity(page);
    await assertAccessible(page);
    await proveEligibility(page);
  });

  it('buys in one settlement and sees the holding with its rung', async () => {
    await getTestMoney(page);
    await reviewQuote(page, '2500');
    await assertAccessible(page);
    await confirmPurchase(page);
    await purchaseStep(page, ['settled']);
    assert.match(await textOf(page, 'hsk-purchase'), /You bought [\d.,]+ units/);
    await holdingReaches(page, ['attested', 'anchored', 'final'], 30_000);
    await assertAccessible(page);
  });

  it('shows exactly what the node holds', async () => {
    const { products, execution } = demo.profile;
    const units = await balanceOf(demo.profile, products[0]!.token, account);
    assert.ok(units > 0n);
    const decimals = products[0]!.decimals;
    const expected = new Intl.NumberFormat('en', { maximumFractionDigits: decimals }).format(
      Number(units) / 10 ** decimals,
    );
    assert.equal(await shownUnits(page), expected);
    const cash = await balanceOf(demo.profile, execution.contracts.stablecoin, account);
    const dollars = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2, roundingMode: 'trunc' } as never).format(Number(cash) / 1e6); // prettier-ignore
    await says(page, 'hsk-wallet', new RegExp(dollars.replaceAll('.', '\\.')));
  });

  it('sends money to somebody, and no units to who was not admitted', async () => {
    const friend = privateKeyToAddress(generatePrivateKey());
    await press(page, 'Send');
    await fill(page, 'Recipient', friend);
    await fill(page, 'Amount', '100');
    await press(page, 'Review');
    await says(page, 'aside hsk-wallet', /You have not sent to this address before/);
    await assertAccessible(page);
    await press(page, /^Send .*100/);
    await says(page, 'aside hsk-wallet', /100\.00.* sent/);
    await press(page, 'Done');
    assert.equal(
      await balanceOf(demo.profile, demo.profile.execution.contracts.stablecoin, friend),
      100_000_000n,
    );
    await press(page, 'Send');
    await (await control(page, 'combobox', 'What')).select('1');
    await fill(page, 'Recipient', friend);
    await fill(page, 'Amount', '1');
    await press(page, 'Review');
    await says(page, 'aside hsk-wallet', /not admitted/);
    assert.equal(await balanceOf(demo.profile, demo.profile.products[0]!.token, friend), 0n);
    await page.keyboard.press('Escape');
  });

  it('reaches the final rung, and opens evidence that holds offline', async () => {
    await holdingReaches(page, ['final']);
    await verifyHere(page);
    await assertAccessible(page);
    assert.match(await verifyOffline(page, path.join(demo.data, 'profile.json')), /Proven: final/);
    await page.keyboard.press('Escape');
  });

  it('finds the holding again after a reload, in Chinese, on a phone', async () => {
    await press(page, '中文');
    await page.setViewport({ width: 360, height: 780, isMobile: true, hasTouch: true });
    await page.reload();
    // The receipt stays until the buyer goes on.
    await purchaseStep(page, ['settled']);
    await unlockWallet(page, BESIDE, PASSWORD, 'zh-Hant');
    await says(page, 'hsk-purchase', /您的持倉.*\d\s*PHMM/);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0);
    await assertAccessible(page);
  });

  it('left nothing in the console', () => {
    assert.deepEqual(problems, []);
  });
});
