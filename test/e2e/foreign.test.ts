import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { type Address, numberToHex, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { rpcCaller } from '../../src/node/remote/json-rpc.ts';
import { anvilBinary, startAnvil } from '../node/chain-anvil.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { type DemoUnderTest, startDemo, temporaryFolder } from '../support/stack.ts';
import { balanceOf } from './chain.ts';
import { holdingReaches, verifyHere, verifyOffline } from './holding.ts';
import {
  confirmPurchase,
  getTestMoney,
  proveEligibility,
  purchaseStep,
  reviewQuote,
  textOf,
  verifyIdentity,
} from './shop.ts';
import { accountOf, createWallet, within } from './wallet.ts';

const CHAIN_ID = 424_242;
const PASSWORD = 'correct horse battery staple';

const binary = anvilBinary();

describe('a purchase on a network of another program', { skip: binary === undefined }, () => {
  let anvil: Awaited<ReturnType<typeof startAnvil>>;
  let demo: DemoUnderTest;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let account: Address;
  let folder: string;

  before(async () => {
    folder = temporaryFolder();
    const funder = path.join(folder, 'funder.key');
    const key = generatePrivateKey();
    writeFileSync(funder, `${key}\n`, { mode: 0o600 });
    anvil = await startAnvil(binary!, ['--chain-id', String(CHAIN_ID), '--block-time', '1', '--mixed-mining']); // prettier-ignore
    await rpcCaller(anvil.url)('anvil_setBalance', [
      privateKeyToAddress(key),
      numberToHex(parseEther('10000')),
    ]);
    browser = await launchBrowser();
    demo = await startDemo(['--execution-url', anvil.url, '--funder', funder]);
    ({ page, problems } = await openPage(browser, `${demo.origin}/`));
  });

  after(async () => {
    await browser?.close();
    await demo?.stop();
    anvil?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('creates a wallet, proves eligibility and is admitted there', async () => {
    assert.equal(demo.profile.execution.chainId, CHAIN_ID);
    await createWallet(page, within('hsk-purchase'), PASSWORD);
    account = await accountOf(page);
    await verifyIdentity(page);
    await proveEligibility(page);
  });

  it('buys in one settlement', async () => {
    await getTestMoney(page);
    await reviewQuote(page, '2500');
    await confirmPurchase(page);
    await purchaseStep(page, ['settled']);
    assert.match(await textOf(page, 'hsk-purchase'), /You bought [\d.,]+ units/);
  });

  it('holds the units on that network itself', async () => {
    const { products, execution } = demo.profile;
    const token = products[0]!.token;
    const there = { ...demo.profile, execution: { ...execution, rpcUrls: [anvil.url] } };
    assert.ok((await balanceOf(there, token, account)) > 0n);
  });

  it('reaches the final rung with evidence that holds offline', async () => {
    await holdingReaches(page, ['final']);
    await verifyHere(page);
    assert.match(await verifyOffline(page, path.join(demo.data, 'profile.json')), /Proven: final/);
    await page.keyboard.press('Escape');
  });

  it('left nothing in the console', () => {
    assert.deepEqual(problems, []);
  });
});
