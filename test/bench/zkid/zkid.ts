import { createServer, type Server } from 'node:http';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'puppeteer-core';
import { build } from 'vite';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { freePort, root, temporaryFolder } from '../../support/stack.ts';
import { account } from '../../contracts/support.ts';
import { sectionsOf } from '../../circuits/zkey-file.ts';
import { MarketChain } from '../../contracts/market-chain.ts';
import type { bench as Bench, OurTimes } from './page.ts';
import { DEPTH, semaphoreArtefacts } from './semaphore.ts';
import type { SnarkjsTimes } from './snarkjs.worker.ts';

const CIRCUITS = path.join(root, 'circuits/artifacts');
/** What a browser downloads to prove, the worker's own code included. */
export const DOWNLOADED = ['zkid.key.bin', 'zkid.wasm', 'bn128.wasm', 'zkid.vkey.json'];

export interface ZkidFigures {
  constraints: { ours: number; semaphore: number };
  /** Bytes: raw and gzipped. */
  sizes: [file: string, raw: number, gzipped: number][];
  ours: Record<1 | 2, OurTimes>;
  snarkjs: Record<'single' | 'threads', SnarkjsTimes>;
  semaphore: Record<'single' | 'threads', SnarkjsTimes>;
  /** Bytes of the prover's workers, JavaScript and WebAssembly together. */
  memory: number;
  /** Milliseconds of each of the page's tasks above 50 while ours proved. */
  longTasks: number[];
  admissionGas: bigint;
}

/** Ours, snarkjs with our circuit, and Semaphore v4, one after the other in one browser. */
export async function measureZkid(runs = 7): Promise<ZkidFigures> {
  const semaphore = semaphoreArtefacts();
  const built = temporaryFolder();
  let server: Server | undefined;
  let browser: Browser | undefined;
  try {
    await bundle(built);
    const port = await freePort();
    server = await serve(port, { '/circuits/': CIRCUITS, '/semaphore/': semaphore, '/': built });
    browser = await launchBrowser();
    const { page, problems } = await openPage(browser, `http://localhost:${port}/`);
    await page.waitForFunction('globalThis.bench !== undefined');
    await call(page, 'longTasks');
    const ours = { 1: await call(page, 'ours', 1, runs), 2: await call(page, 'ours', 2, runs) };
    const longTasks = await call(page, 'longTasks');
    const memory = await peakMemory(page, () => call(page, 'ours', 2, 1));
    const figures: ZkidFigures = {
      constraints: {
        ours: constraints(path.join(CIRCUITS, 'zkid.zkey')),
        semaphore: constraints(path.join(semaphore, `semaphore-${DEPTH}.zkey`)),
      },
      sizes: sizes(semaphore),
      ours,
      longTasks,
      memory,
      snarkjs: {
        single: await call(page, 'ourCircuit', runs, true),
        threads: await call(page, 'ourCircuit', runs, false),
      },
      semaphore: {
        single: await call(page, 'semaphore', runs, true, DEPTH),
        threads: await call(page, 'semaphore', runs, false, DEPTH),
      },
      admissionGas: await admissionGas(),
    };
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return figures;
  } finally {
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
    rmSync(built, { recursive: true, force: true });
  }
}

type Calls = typeof Bench;

function call<K extends keyof Calls>(
  page: Page,
  name: K,
  ...parameters: Parameters<Calls[K]>
): Promise<Awaited<ReturnType<Calls[K]>>> {
  return page.evaluate(
    (name, parameters) =>
      (globalThis as unknown as { bench: Record<string, (...given: unknown[]) => unknown> }).bench[name]!(
        ...parameters,
      ),
    name,
    parameters as unknown[],
  ) as Promise<Awaited<ReturnType<Calls[K]>>>;
}

/** The page's code and its workers, as a host would build them. */
async function bundle(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    publicDir: false,
    worker: { format: 'es' },
    build: {
      outDir,
      target: 'es2022',
      rolldownOptions: {
        input: fileURLToPath(new URL('page.ts', import.meta.url)),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'page.js' },
      },
    },
  });
}

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
};

async function serve(port: number, folders: Record<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    if (pathname === '/') {
      response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
      return;
    }
    const mount = Object.keys(folders).find((prefix) => pathname.startsWith(prefix))!;
    try {
      const bytes = readFileSync(path.join(folders[mount]!, pathname.slice(mount.length)));
      response.setHeader('content-type', TYPES[pathname.split('.').at(-1)!] ?? 'application/octet-stream');
      response.setHeader('content-length', bytes.length).end(bytes);
    } catch {
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return server;
}

/** The most that the page's workers hold at any of the moments at which they answer. */
async function peakMemory(page: Page, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const over = work().then(() => true);
  const soon = () =>
    new Promise<false>((resolve) => {
      setTimeout(resolve, 50, false);
    });
  while (!(await Promise.race([over, soon()]))) {
    const used = await Promise.all(
      page.workers().map(async (worker) => {
        try {
          const usage = (await worker.client.send('Runtime.getHeapUsage')) as unknown as Record<
            string,
            number
          >;
          return usage['totalSize']! + (usage['backingStorageSize'] ?? 0);
        } catch {
          return 0;
        }
      }),
    );
    peak = Math.max(
      peak,
      used.reduce((sum, size) => sum + size, 0),
    );
  }
  return peak;
}

/** From a zkey: its rows are the constraints, then one for the constant and each public signal. */
function constraints(file: string): number {
  const sections = sectionsOf(readFileSync(file));
  const header = sections.get(2)!;
  const coefficients = sections.get(4)!;
  const publicSignals = new DataView(header.buffer, header.byteOffset).getUint32(76, true);
  const view = new DataView(coefficients.buffer, coefficients.byteOffset, coefficients.byteLength);
  let rows = 0;
  for (let at = 4; at < coefficients.length; at += 44)
    rows = Math.max(rows, 1 + view.getUint32(at + 4, true));
  return rows - publicSignals - 1;
}

function sizes(semaphore: string): ZkidFigures['sizes'] {
  const size = (name: string, file: string): ZkidFigures['sizes'][number] => {
    const bytes = readFileSync(file);
    return [name, bytes.length, gzipSync(bytes, { level: 9 }).length];
  };
  return [
    ...DOWNLOADED.map((file) => size(file, path.join(CIRCUITS, file))),
    size('worker/prover.js', path.join(root, 'dist/worker/prover.js')),
    size('zkid.zkey (not downloaded)', path.join(CIRCUITS, 'zkid.zkey')),
    ...['wasm', 'zkey'].map((kind) =>
      size(`semaphore-${DEPTH}.${kind}`, path.join(semaphore, `semaphore-${DEPTH}.${kind}`)),
    ),
  ];
}

async function admissionGas(): Promise<bigint> {
  const chains = await MarketChain.open();
  const alice = account('alice');
  const person = chains.enrol('alice');
  await chains.postRoot();
  return (await chains.admit(alice, await chains.prove(person, alice.address))).gas;
}
