import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A port that nobody listens at, below those that the system hands out for outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'hsk-'));
}

/** Starts a program of ours and resolves with the first JSON line that it prints. */
export function startProgram(
  args: string[],
): Promise<{ child: ChildProcess; line: Record<string, unknown> }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let noise = '';
  child.stderr!.on('data', (chunk: Buffer) => (noise += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} exited with ${code}\n${noise}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      noise += `${line}\n`;
      if (line.startsWith('{')) resolve({ child, line: JSON.parse(line) as Record<string, unknown> });
    });
  });
}

export function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

export interface NodeUnderTest {
  child: ChildProcess;
  data: string;
  port: number;
  profile: ChainProfile;
  profileFile: string;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** The packaged node as built, on a free port, in a folder of its own (or the one given, to continue). */
export async function startNode(options: { data?: string; port?: number } = {}): Promise<NodeUnderTest> {
  const data = options.data ?? temporaryFolder();
  const port = options.port ?? (await freePort());
  const { child, line } = await startProgram([
    '--stack-size=4000',
    path.join(root, 'dist/node/cli.js'),
    'start',
    '--data',
    data,
    '--port',
    String(port),
    '--json',
  ]);
  const profileFile = String(line['profile']);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await exited(child);
  };
  return {
    child,
    data,
    port,
    profileFile,
    profile: parseProfile(JSON.parse(readFileSync(profileFile, 'utf8'))),
    kill,
    async remove() {
      await kill();
      rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

export interface DemoUnderTest {
  origin: string;
  profile: ChainProfile;
  data: string;
  nodePort: number;
  /** To the node of this moment: SIGSTOP leaves it deaf, after SIGKILL the demo starts another. */
  signalNode(signal: 'SIGKILL' | 'SIGSTOP'): void;
  stop(): Promise<void>;
}

/**
 * What `npm start` runs, as built: the node, the shop and the merchant.
 * @param more further options, such as those for the node
 */
export async function startDemo(more: string[] = []): Promise<DemoUnderTest> {
  const data = temporaryFolder();
  const [port, nodePort] = [await freePort(), await freePort()];
  const { child, line } = await startProgram([
    path.join(root, 'dist/demo/server.js'),
    '--data',
    data,
    '--port',
    String(port),
    '--node-port',
    String(nodePort),
    '--json',
    ...more,
  ]);
  return {
    origin: String(line['origin']),
    profile: parseProfile(JSON.parse(readFileSync(String(line['profile']), 'utf8'))),
    data,
    nodePort,
    signalNode: (signal) =>
      process.kill(Number.parseInt(readFileSync(path.join(data, 'LOCK'), 'utf8'), 10), signal),
    async stop() {
      child.kill('SIGTERM');
      await exited(child);
      rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
