import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { type Address, createPublicClient, getAddress, http } from 'viem';
import { mandateRegistryAbi } from '../../src/contracts/abi/MandateRegistry.ts';
import { control, fill, launchBrowser, openPage, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { assertAccessible } from './axe.ts';
import { balanceOf } from './chain.ts';
import { says, verifyIdentity } from './shop.ts';
import { accountOf, createWallet, unlockWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';
const DOLLAR = 1_000_000n;

interface Entry {
  url: string;
  amount: string;
  payTo: Address;
}

let demo: DemoUnderTest;
let browser: Browser;
let page: Page;
let problems: string[];
let owner: Address;
let catalogue: Entry[];

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo();
  ({ page, problems } = await openPage(browser, `${demo.origin}/agent.html`));
  catalogue = (await (await fetch(`${demo.origin}/market/catalogue`)).json()) as Entry[];
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const cashOf = (account: Address) =>
  balanceOf(demo.profile, demo.profile.execution.contracts.stablecoin, account);

/** What the registry has of the newest mandate, and what is left of it. */
async function mandate(): Promise<{ remaining: bigint; limit: bigint; ended: boolean }> {
  const { execution, mandates } = demo.profile;
  const client = createPublicClient({ transport: http(execution.rpcUrls[0]!) });
  const registry = { address: execution.contracts.mandateRegistry!, abi: mandateRegistryAbi } as const;
  const granted = await client.getContractEvents({ ...registry, eventName: 'Granted', fromBlock: 0n });
  const agent = granted.at(-1)!.args.agent!;
  const args = [mandates!.service, agent] as const;
  const { limit, ended } = await client.readContract({ ...registry, functionName: 'recordOf', args });
  return {
    remaining: await client.readContract({ ...registry, functionName: 'remaining', args }),
    limit,
    ended,
  };
}

/** Ids of the payments that the element lists at this status. */
const listed = (status: string) =>
  page.$$eval(`hsk-agent >>> .payments [data-status=${status}]`, (items) => items.length);

/** The limits, typed and reviewed. */
async function fillBudget(total: string, perPayment: string): Promise<void> {
  await fill(page, 'Set aside in all', total);
  await fill(page, 'At most per payment', perPayment);
  await (await control(page, 'radio', '1 day')).evaluate((radio) => (radio as HTMLInputElement).click());
  await (await control(page, 'checkbox', /^localhost/)).click();
  await press(page, 'Review the budget');
}

/** What a script on the page gets when it pays through the element: the error's code. */
function fetchCode(url: string): Promise<string | undefined> {
  return page.evaluate(async (url) => {
    try {
      await document.querySelector('hsk-agent')!.fetch(url);
      return 'fetched';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  }, url);
}

async function settled(count: number): Promise<void> {
  await page.waitForFunction(
    (count: number) =>
      (document.querySelector('hsk-agent')?.shadowRoot?.querySelectorAll('.payments [data-status=paid]')
        .length ?? 0) >= count,
    { timeout: 120_000, polling: 200 },
    count,
  );
}

describe('an agent pays from a budget its owner set', () => {
  it('starts with a wallet and test dollars', async () => {
    await createWallet(page, within('hsk-agent'), PASSWORD);
    owner = await accountOf(page);
    await press(page, 'Get test Hong Kong dollars', 60_000);
    await says(page, 'hsk-agent', /10,000\.00/);
    await assertAccessible(page);
  });

  it('sets money aside within limits that it has read in full', async () => {
    await fillBudget('20', '2');
    await says(page, 'hsk-agent', /can spend .*20.* in all, at most .*2.* a payment/);
    await assertAccessible(page);
    await press(page, /^Set aside/);
    await control(page, 'button', 'Run research', 60_000);
    assert.equal(await cashOf(owner), 9980n * DOLLAR);
  });

  it('pays for every resource; each payment is proven, and the shop has exactly that', async () => {
    await press(page, 'Run research');
    await settled(catalogue.length);
    assert.equal(await listed('paid'), catalogue.length);
    const sum = catalogue.reduce((total, { amount }) => total + BigInt(amount), 0n);
    assert.equal(await cashOf(getAddress(catalogue[0]!.payTo)), sum);
    await assertAccessible(page);
  });

  it('pays for a page script through the element, and hands out the resource', async () => {
    const answer = await page.evaluate(async (url) => {
      const agent = document.querySelector('hsk-agent')!;
      const response = await agent.fetch(url);
      return { status: response.status, body: (await response.json()) as { resource: string } };
    }, catalogue[0]!.url);
    assert.equal(answer.status, 200);
    assert.ok(answer.body.resource);
  });

  it('finds its payments again after a reload', async () => {
    await page.reload();
    await unlockWallet(page, within('hsk-agent'), PASSWORD);
    await settled(catalogue.length + 1);
  });

  it('is vouched for by a verified identity that nobody learns', async () => {
    const vouch = 'Vouch for this agent with my verified identity, privately';
    await press(page, vouch);
    await says(page, 'hsk-agent', /no verified identity yet/);
    await assertAccessible(page);
    await page.goto(`${demo.origin}/index.html`);
    await unlockWallet(page, within('hsk-purchase'), PASSWORD);
    await verifyIdentity(page);
    await page.goto(`${demo.origin}/agent.html`);
    await unlockWallet(page, within('hsk-agent'), PASSWORD);
    await press(page, vouch);
    await says(page, 'hsk-agent', /A verified identity stands behind it/, 120_000);
    await assertAccessible(page);
    const { remaining, limit, ended } = await mandate();
    assert.deepEqual([remaining, ended], [limit, false]);
    assert.equal(await fetchCode(catalogue[0]!.url), 'fetched');
    assert.equal((await mandate()).remaining, limit - BigInt(catalogue[0]!.amount));
  });

  it('stops: no further signature, and the rest returns to its owner', async () => {
    const spent = await cashOf(getAddress(catalogue[0]!.payTo));
    await press(page, 'Stop the agent');
    await control(page, 'button', /^Stop and return/);
    await assertAccessible(page);
    await press(page, /^Stop and return/);
    const until = Date.now() + 60_000;
    while ((await cashOf(owner)) !== 10_000n * DOLLAR - spent) {
      assert.ok(Date.now() < until, 'the rest did not return');
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
    await page.waitForFunction(
      () => !document.querySelector('hsk-agent')?.shadowRoot?.querySelector('[aria-label="Stop the agent"]'),
    );
    await page.waitForFunction(() =>
      /agent is stopped/.test(document.querySelector('hsk-agent')?.shadowRoot?.textContent ?? ''),
    );
    assert.deepEqual(await mandate(), { remaining: 0n, limit: 20n * DOLLAR, ended: true });
    const code = await fetchCode(catalogue[0]!.url);
    assert.ok(code === 'BUDGET_STOPPED' || code === 'BUDGET_NONE', code);
    await assertAccessible(page);
  });

  it('pays nothing beyond the limit of a payment', async () => {
    const dearest = catalogue.toSorted((a, b) => Number(BigInt(b.amount) - BigInt(a.amount)))[0]!;
    await press(page, 'Set a new budget');
    await fillBudget('5', '0.01');
    await press(page, /^Set aside/);
    await control(page, 'button', 'Run research', 60_000);
    const before = await cashOf(getAddress(dearest.payTo));
    assert.equal(await fetchCode(dearest.url), 'TERMS_AMOUNT');
    assert.equal(await cashOf(getAddress(dearest.payTo)), before);
  });

  it('left nothing in the console but the questions for payment', () => {
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('402')),
      [],
    );
  });
});
