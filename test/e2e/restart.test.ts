import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { launchBrowser, openPage, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { balanceOf } from './chain.ts';
import {
  confirmPurchase,
  getTestMoney,
  proveEligibility,
  purchaseStep,
  reviewQuote,
  verifyIdentity,
} from './shop.ts';
import { accountOf, BESIDE, createWallet, unlockWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';

let demo: DemoUnderTest;
let browser: Browser;
let page: Page;

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo();
  ({ page } = await openPage(browser, `${demo.origin}/`));
  await createWallet(page, within('hsk-purchase'), PASSWORD);
  await verifyIdentity(page);
  await proveEligibility(page);
  await getTestMoney(page);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Cash and units as the node itself holds them. */
async function holdings(): Promise<{ cash: bigint; units: bigint }> {
  const account = await accountOf(page);
  const { execution, products } = demo.profile;
  return {
    cash: await balanceOf(demo.profile, execution.contracts.stablecoin, account),
    units: await balanceOf(demo.profile, products[0]!.token, account),
  };
}

describe('the node is killed in the middle of a purchase', () => {
  it('settles by itself when the node is back, once', async () => {
    const before = await holdings();
    await reviewQuote(page, '1000');
    await confirmPurchase(page);
    await purchaseStep(page, ['settling', 'settled']);
    demo.signalNode('SIGKILL');
    await purchaseStep(page, ['settled'], 120_000);
    const after = await holdings();
    assert.ok(after.units > before.units);
    assert.ok(before.cash - after.cash <= 1_000_000_000n && before.cash > after.cash);
  });

  it('goes on after a reload while the node is away', async () => {
    await press(page, 'Buy more');
    await purchaseStep(page, ['quoting']);
    const before = await holdings();
    await reviewQuote(page, '1000');
    // Deaf first: what is signed now does not reach the chain.
    demo.signalNode('SIGSTOP');
    await confirmPurchase(page);
    await purchaseStep(page, ['settling']);
    await page.reload();
    await unlockWallet(page, BESIDE, PASSWORD);
    await purchaseStep(page, ['settling']);
    demo.signalNode('SIGKILL');
    await purchaseStep(page, ['settled'], 120_000);
    const after = await holdings();
    assert.ok(after.units > before.units);
    assert.ok(before.cash - after.cash <= 1_000_000_000n && before.cash > after.cash);
  });
});
