import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { numberToHex } from 'viem';
import { createServer, type ViteDevServer } from 'vite';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { profileDigest } from '../../src/protocol/evidence.ts';
import { serializeProfile } from '../../src/protocol/profile.ts';
import { launchBrowser, launchFirefox, openPage } from '../support/browser.ts';
import { root, temporaryFolder } from '../support/stack.ts';
import { eventually } from '../node/spawn-node.ts';
import { Endpoint } from './endpoint.ts';
import { EMITTER, SmallDeployment } from './small-deployment.ts';

let chains: SmallDeployment;
let rpc: RpcServer;
let vite: ViteDevServer;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  chains = await SmallDeployment.open();
  rpc = await startRpcServer({
    chains: { '/mainchain': chains.mainchain, '/execution': chains.execution },
    port: 0,
  });
  vite = await createServer({
    configFile: false,
    root,
    appType: 'custom',
    logLevel: 'error',
    cacheDir: temporaryFolder(),
    server: { port: 0, host: '127.0.0.1', hmr: false, ws: false, watch: null },
    optimizeDeps: {
      entries: [
        'workers/light-client.worker.ts',
        'workers/evm.worker.ts',
        'test/light-client/page-client.ts',
      ],
    },
    plugins: [{ name: 'empty-page', configureServer: (server) => void server.middlewares.use(emptyPage) }],
  } as Parameters<typeof createServer>[0]);
  await vite.listen();
  const { port } = vite.httpServer!.address() as AddressInfo;
  browser = await launchBrowser();
  ({ page, problems } = await openPage(browser, `http://127.0.0.1:${port}/`));
});
after(async () => {
  await browser?.close();
  await vite?.close();
  await rpc?.close();
  await chains?.close();
});

function emptyPage(
  request: { url?: string },
  response: { setHeader(name: string, value: string): void; end(body: string): void },
  next: () => void,
): void {
  if (request.url !== '/') return next();
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><title>light client</title><link rel="icon" href="data:,">');
}

async function inPage(name: 'follow' | 'callThrice', address: string, tab = page): Promise<unknown> {
  const { firstProfile: profile } = chains;
  profile.mainchain.rpcUrls = [`${rpc.url}/mainchain`];
  profile.execution.rpcUrls = [`${rpc.url}/execution`];
  const args = [serializeProfile(profile), address].map((argument) => JSON.stringify(argument)).join();
  return tab.evaluate(`import('/test/light-client/page-client.ts').then((page) => page.${name}(${args}))`);
}

describe('light client worker in Chromium', () => {
  it('follows the chains over HTTP and proves a balance', async () => {
    const { block } = await chains.transfer(EMITTER, 11n, `0x${'00'.repeat(32)}`);
    await chains.attest(block);
    assert.deepEqual(await inPage('follow', EMITTER), { head: block.hash, balance: '11', rung: 'attested' });
  });

  it('starts warm from IndexedDB and finds the new head', async () => {
    const { block } = await chains.transfer(EMITTER, 1n, `0x${'00'.repeat(32)}`);
    await chains.attest(block);
    const databases = (await page.evaluate(`indexedDB.databases()`)) as { name: string }[];
    assert.ok(databases.some(({ name }) => name === 'hsk-light-client'));
    assert.deepEqual(await inPage('follow', EMITTER), { head: block.hash, balance: '12', rung: 'attested' });
    assert.deepEqual(problems, []);
  });

  it('loads the EVM with the first call, and another one when it was ended', async () => {
    const nine = numberToHex(9, { size: 32 });
    assert.deepEqual(await inPage('callThrice', EMITTER), {
      values: [nine, nine, nine],
      evms: [0, 1, 2],
      refused: 'CALL_REVERTED',
    });
    assert.deepEqual(problems, []);
  });
});

describe('light client worker in Firefox', () => {
  it('follows the chains over HTTP and proves a balance, where there is a Firefox', async (test) => {
    const firefox = await launchFirefox();
    if (!firefox) return test.diagnostic('Firefox is not on this machine: not run');
    try {
      const tab = await firefox.newPage();
      await tab.goto(page.url());
      const { block } = await chains.transfer(EMITTER, 1n, `0x${'00'.repeat(32)}`);
      await chains.attest(block);
      const balance = await chains.execution.request('eth_getBalance', [EMITTER, 'latest']);
      assert.deepEqual(await inPage('follow', EMITTER, tab), {
        head: block.hash,
        balance: String(BigInt(balance as string)),
        rung: 'attested',
      });
    } finally {
      await firefox.close();
    }
  });
});

describe('two tabs of one origin', () => {
  let endpoints: [Endpoint, Endpoint];
  let tabs: [Page, Page];
  before(async () => {
    endpoints = [await Endpoint.open(rpc.url), await Endpoint.open(rpc.url)];
    const context = await browser.createBrowserContext();
    tabs = [await context.newPage(), await context.newPage()];
    for (const [index, tab] of tabs.entries()) {
      await tab.goto(page.url());
      await ask(tab, 'watch', profileOf(endpoints[index]!));
    }
  });
  after(() => endpoints?.forEach((endpoint) => endpoint.close()));

  const ask = (tab: Page, name: string, ...args: string[]) =>
    tab.evaluate(
      `import('/test/light-client/page-client.ts').then((page) => page.${name}(${args.map((each) => JSON.stringify(each)).join()}))`,
    );
  const profileOf = ({ url }: Endpoint) => {
    const { firstProfile: profile } = chains;
    profile.mainchain.rpcUrls = [`${url}/mainchain`];
    profile.execution.rpcUrls = [`${url}/execution`];
    return serializeProfile(profile);
  };
  /** HTTP requests of each tab while `work` runs. */
  const asked = async (work: () => Promise<unknown>) => {
    const before = endpoints.map(({ total }) => total);
    await work();
    return endpoints.map(({ total }, index) => total - before[index]!);
  };
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const newBlock = async () => {
    const { block } = await chains.transfer(EMITTER, 1n, `0x${'00'.repeat(32)}`);
    await chains.attest(block);
    return block.hash;
  };
  const shows = (tab: Page, head: string) =>
    eventually(async () => ((await ask(tab, 'seen')) as { head: string }).head === head, 8);

  it('only one asks for news, and both show it', async () => {
    const [holder, other] = await asked(async () => {
      const head = await newBlock();
      await Promise.all(tabs.map((tab) => shows(tab, head)));
      await sleep(1500);
    });
    assert.ok(holder! > 3, `${holder}`);
    assert.equal(other, 0);
    assert.deepEqual(
      await Promise.all(tabs.map(async (tab) => ((await ask(tab, 'seen')) as { phase: string }).phase)),
      ['live', 'live'],
    );
  });

  it('the other proves its own reads', async () => {
    const [, other] = await asked(async () => {
      const balance = await ask(tabs[1], 'balance', EMITTER);
      assert.equal(
        BigInt(balance as string),
        BigInt((await chains.execution.request('eth_getBalance', [EMITTER, 'latest'])) as string),
      );
    });
    assert.equal(other, 1);
  });

  it('what the other sends is told to the one who follows, who shall be quick', async () => {
    const wishes = `hsk-light-client/${profileDigest(chains.firstProfile)}`;
    await tabs[0].evaluate(
      `globalThis.wishes = [];
       globalThis.channel = new BroadcastChannel(${JSON.stringify(wishes)});
       channel.onmessage = ({ data }) => globalThis.wishes.push(data.wish);`,
    );
    const [, other] = await asked(async () => {
      await ask(tabs[1], 'send', await chains.signed(EMITTER, 1n, `0x${'00'.repeat(32)}`));
      await eventually(
        async () => ((await tabs[0].evaluate('globalThis.wishes')) as string[]).includes('quick'),
        8,
      );
    });
    assert.equal(other, 1, 'the broadcast');
    const block = chains.execution.head();
    await chains.attest(block);
    await Promise.all(tabs.map((tab) => shows(tab, block.hash)));
  });

  it('when the one who follows closes, the other goes on', async () => {
    await tabs[0].close();
    const [gone, heir] = await asked(async () => shows(tabs[1], await newBlock()));
    assert.equal(gone, 0);
    assert.ok(heir! > 1, `${heir}`);
  });
});
