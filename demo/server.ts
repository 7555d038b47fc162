import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { deskLink } from '../src/node/issuer/desk/desk-link.ts';
import { HskError } from '../src/protocol/errors.ts';
import { type ChainProfile, parseProfile } from '../src/protocol/profile.ts';
import { createMerchant } from './merchant/merchant.ts';

/**
 * The demo site: starts the packaged node, keeps it running, and serves the shop and the agent page from
 * an origin of its own, with the chain profile pinned by the host as a real site would.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Options of `hsk-node start` that the demo hands to its node as they are. */
const FOR_NODE = [
  'execution-url',
  'funder',
  'scheme',
  'senders',
  'reads',
  'gas',
  'issuer-review',
  'screening-days',
] as const;

const { values: options } = parseArgs({
  options: {
    ...(Object.fromEntries(FOR_NODE.map((flag) => [flag, { type: 'string' }])) as Record<
      (typeof FOR_NODE)[number],
      { type: 'string' }
    >),
    data: { type: 'string', default: path.join(root, '.hsk') },
    port: { type: 'string', default: process.env.PORT ?? '4173' },
    'node-port': { type: 'string', default: '8599' },
    json: { type: 'boolean', default: false },
  },
});

interface RunningNode {
  process: ChildProcess;
  profileFile: string;
}

/** Resolves when the node has printed its one JSON line. */
function startNode(): Promise<RunningNode> {
  const handed = FOR_NODE.flatMap((flag) => {
    const value = options[flag];
    return value === undefined ? [] : [`--${flag}`, value];
  });
  const args = ['start', '--data', options.data, '--port', options['node-port'], '--json', ...handed];
  const child = spawn(process.execPath, ['--stack-size=4000', path.join(root, 'dist/node/cli.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(
        new HskError('DEMO_NODE_EXITED', 'The node did not start', {
          details: `exit code ${code}`,
          action: 'Its own message stands above.',
        }),
      ),
    );
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const { profile } = JSON.parse(line) as { profile: string };
      resolve({ process: child, profileFile: profile });
    });
  });
}

function site(profileFile: string, profile: ChainProfile, origin: string): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    // One origin: wallets belong to it, and so do the addresses of the market.
    const { hostname, pathname } = new URL(context.req.url);
    if (hostname === '127.0.0.1' || hostname === '[::1]') return context.redirect(`${origin}${pathname}`);
    await next();
    context.header('cache-control', 'no-cache');
    // What the elements need and no more: wasm for the prover, blob workers, the node's endpoints.
    context.header(
      'content-security-policy',
      [
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "img-src 'self' data:",
        "style-src 'self'",
        `connect-src 'self' ${new URL(profile.services.desk).origin} ${new URL(profile.services.desk).origin.replace('http', 'ws')}`,
        "base-uri 'none'",
        "object-src 'none'",
      ].join('; '),
    );
  });
  app.get('/profile.json', (context) =>
    context.body(readFileSync(profileFile, 'utf8'), 200, { 'content-type': 'application/json' }),
  );
  const keyFile = path.join(options.data, 'merchant.key');
  app.route('/market', createMerchant({ profile, origin: `${origin}/market`, keyFile }));
  const files = (folder: string) =>
    serveStatic({ root: path.relative(process.cwd(), path.join(root, folder)) || '.' });
  app.use('/circuits/*', files('.'));
  app.use('/embed/*', serveStatic({ root: path.relative(process.cwd(), path.join(root, 'dist/cdn')) || '.', rewriteRequestPath: (p) => p.replace(/^\/embed/, '') })); // prettier-ignore
  app.use('/*', files('demo/site'));
  return app;
}

async function main(): Promise<void> {
  mkdirSync(options.data, { recursive: true });
  let node = await startNode();
  let stopping = false;
  const keepRunning = () =>
    node.process.once('exit', () => {
      if (stopping) return;
      print('The node stopped; starting it again.');
      const again = () =>
        startNode().then(
          (next) => {
            node = next;
            keepRunning();
          },
          () => setTimeout(again, 1000),
        );
      void again();
    });
  keepRunning();
  const profile = parseProfile(JSON.parse(readFileSync(node.profileFile, 'utf8')));
  const origin = `http://localhost:${options.port}`;
  const server = serve({ fetch: site(node.profileFile, profile, origin).fetch, port: Number(options.port) });
  server.on('error', (error: NodeJS.ErrnoException) => {
    print(
      error.code === 'EADDRINUSE'
        ? `Port ${options.port} is taken; choose another with --port.`
        : error.message,
    );
    stop(1);
  });
  server.on('listening', () => {
    if (options.json) print(JSON.stringify({ origin, profile: node.profileFile, node: node.process.pid }));
    else
      print(
        `\n  Fund shop   ${origin}/\n  AI agent    ${origin}/agent.html\n  Issuer desk ${deskLink(options.data, profile.services.issuer)}\n\n  Ctrl-C stops everything.\n`,
      );
  });
  const stop = (code: number) => {
    stopping = true;
    server.close();
    node.process.once('exit', () => process.exit(code));
    node.process.kill('SIGTERM');
    setTimeout(() => process.exit(code), 5000).unref();
  };
  process.once('SIGINT', () => stop(0));
  process.once('SIGTERM', () => stop(0));
}

main().catch((error: unknown) => {
  print(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
