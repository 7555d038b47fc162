import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, CDPSession, Page, Protocol } from 'puppeteer-core';
import type { Address } from 'viem';
import * as bodies from '../hostile/body-lies.ts';
import * as headers from '../hostile/header-lies.ts';
import { type Lie, LyingPeer, type WireLie } from '../hostile/lying-peer.ts';
import * as states from '../hostile/state-lies.ts';
import * as wires from '../hostile/wire-lies.ts';
import { fill, launchBrowser, press } from '../support/browser.ts';
import { type DemoUnderTest, startDemo } from '../support/stack.ts';
import { balanceOf } from './chain.ts';
import { says, textOf } from './shop.ts';
import { accountOf, createWallet, unlockWallet, within } from './wallet.ts';

const PASSWORD = 'correct horse battery staple';
const FRIEND: Address = '0x00000000000000000000000000000000000d2d2d';

/** What the page says of an answer that it does not believe, and of nobody answering. */
const REFUSED = 'could not be proven, so it is not shown';
const UNREACHABLE = 'The chain is not reachable';

let demo: DemoUnderTest;
let browser: Browser;
let page: Page;
let peer: LyingPeer;
let account: Address;
/** Every number the wallet shows while nobody lies. */
let honest: string[];
/** Whether the evidence's code arrives. */
let evidenceArrives = true;

before(async () => {
  browser = await launchBrowser();
  demo = await startDemo();
  const { mainchain, execution } = demo.profile;
  peer = await LyingPeer.open({ mainchain: mainchain.rpcUrls[0]!, execution: execution.rpcUrls[0]! });
  page = await (await browser.createBrowserContext()).newPage();
  // The demo's policy names the honest node only.
  await page.setBypassCSP(true);
  const session = await page.createCDPSession();
  session.on('Fetch.requestPaused', (paused) => void answer(session, paused));
  await session.send('Fetch.enable', { patterns: [{ urlPattern: PROFILE }, { urlPattern: EVIDENCE_CODE }] });
  await page.evaluateOnNewDocument(watchNumbers);
  await page.goto(`${demo.origin}/`);
  await createWallet(page, within('hsk-purchase'), PASSWORD);
  account = await accountOf(page);
  const body = JSON.stringify({ address: account });
  const paid = await fetch(demo.profile.services.faucet!, { method: 'POST', body });
  assert.ok(paid.ok, await paid.text());
  await showsTruth();
  honest = await page.$$eval('aside hsk-wallet', ([wallet]) =>
    [...wallet!.shadowRoot!.querySelectorAll('[part=balance] .amount, [part=holdings] .amount')].map(
      (amount) => amount.textContent!.replaceAll(/\s+/g, ' ').trim(),
    ),
  );
});

after(async () => {
  await browser?.close();
  await (peer as LyingPeer | undefined)?.close();
  await demo?.stop();
});

const PROFILE = '*/profile.json';
const EVIDENCE_CODE = '*/open-trust-dialog*';

/** The page's profile names the liar as both chains' only endpoint. */
async function answer(
  session: CDPSession,
  { requestId, request }: Protocol.Fetch.RequestPausedEvent,
): Promise<void> {
  if (!request.url.endsWith('/profile.json')) {
    if (evidenceArrives) await session.send('Fetch.continueRequest', { requestId });
    else await session.send('Fetch.failRequest', { requestId, errorReason: 'InternetDisconnected' });
    return;
  }
  const profile = (await (await fetch(request.url)).json()) as Record<'mainchain' | 'execution', object>;
  for (const chain of ['mainchain', 'execution'] as const)
    profile[chain] = { ...profile[chain], rpcUrls: [peer.url(chain)] };
  await session.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: 200,
    responseHeaders: [{ name: 'content-type', value: 'application/json' }],
    body: Buffer.from(JSON.stringify(profile)).toString('base64'),
  });
}

interface Watched {
  numbers: string[];
}

/** In the page: remembers every number that the wallet shows as a balance, however shortly. */
function watchNumbers(): void {
  const seen = new Set<string>();
  setInterval(() => {
    const shown = document
      .querySelector('aside hsk-wallet')
      ?.shadowRoot?.querySelectorAll('[part=balance] .amount, [part=holdings] .amount');
    for (const amount of shown ?? [])
      if (!amount.querySelector('.skeleton')) seen.add(amount.textContent!.replaceAll(/\s+/g, ' ').trim());
    (globalThis as unknown as Watched).numbers = [...seen];
  }, 20);
}

/** The balance that the node itself holds is shown, and nothing is wrong. */
async function showsTruth(): Promise<void> {
  const held = await balanceOf(demo.profile, demo.profile.execution.contracts.stablecoin, account);
  const dollars = new Intl.NumberFormat('en', { minimumFractionDigits: 2 }).format(Number(held) / 1e6);
  await page.waitForFunction(
    (dollars: string) => {
      const root = document.querySelector('aside hsk-wallet')?.shadowRoot;
      return (
        root?.querySelector('[part=balance] .amount')?.textContent?.includes(dollars) &&
        !root.querySelector('[part=error], .skeleton')
      );
    },
    { timeout: 20_000, polling: 50 },
    dollars,
  );
}

const LIES: [name: string, lie: () => Lie | WireLie, words: string, code: string][] = [
  ['the balance in the proof', () => states.balanceInLeaf(account), REFUSED, 'TRIE_NODE_HASH'],
  [
    'a storage value',
    () => states.valueInLeaf(demo.profile.execution.contracts.stablecoin),
    REFUSED,
    'TRIE_NODE_HASH',
  ],
  ['a seal', () => headers.flippedSeal, REFUSED, 'SEAL_NOT_A_VALIDATOR'],
  ['how many sealed', () => headers.twoOfFourSeals, REFUSED, 'SEAL_QUORUM'],
  ['being broken', () => wires.serverError, UNREACHABLE, 'TRANSPORT_STATUS'],
];

describe('a page between whom and the node somebody lies', () => {
  for (const [name, lie, words, code] of LIES)
    it(`about ${name}: shows no false number, says why, and recovers by itself`, async () => {
      peer.tell(lie());
      await page.reload();
      await unlockWallet(page, within('hsk-purchase'), PASSWORD);
      await says(page, 'aside hsk-wallet', new RegExp(`${words}.*Technical detail.*${code}`), 15_000);
      assert.ok(peer.told > 0, 'the lie was never told');
      peer.tell(undefined);
      await showsTruth();
      const { numbers } = await page.evaluate(() => ({
        numbers: (globalThis as unknown as Watched).numbers,
      }));
      for (const number of numbers) assert.ok(honest.includes(number), `shown: ${number}`);
    });

  it('about the status of a receipt: believes nothing, and finds what was sent when it ends', async () => {
    await press(page, 'Send');
    await fill(page, 'Recipient', FRIEND);
    await fill(page, 'Amount', '1');
    await press(page, 'Review');
    peer.tell(bodies.receiptStatus);
    await press(page, /^Send 1\.00\sHKD$/);
    await says(page, 'aside hsk-wallet', new RegExp(`${REFUSED}.*Technical detail.*RECEIPTS_ROOT`), 15_000);
    assert.doesNotMatch(await textOf(page, 'aside hsk-wallet'), /1\.00\sHKD sent|Nothing was sent/);
    assert.ok(peer.told > 0, 'the lie was never told');
    peer.tell(undefined);
    await says(page, 'aside hsk-wallet', /1\.00\sHKD sent/, 15_000);
    await press(page, 'Done');
    await showsTruth();
    assert.equal(
      await balanceOf(demo.profile, demo.profile.execution.contracts.stablecoin, FRIEND),
      1_000_000n,
    );
  });

  it('and code that does not arrive: the press on a rung says so, and opens the evidence after a reload', async () => {
    const pressRung = async () => {
      await page.reload();
      await unlockWallet(page, within('hsk-purchase'), PASSWORD);
      const rung = await page.waitForSelector('aside hsk-wallet >>> [part=balance] button.rung', {
        visible: true,
      });
      await rung!.click();
    };
    evidenceArrives = false;
    await pressRung();
    await says(page, 'aside hsk-wallet', /A part of this could not be loaded/, 10_000);
    evidenceArrives = true;
    await pressRung();
    await says(page, 'hsk-trust[dialog]', /HKD balance/, 10_000);
  });
});
