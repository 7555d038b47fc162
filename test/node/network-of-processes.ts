import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';
import { CLI, runCli } from './spawn-node.ts';

interface Running {
  name: string;
  command: string;
  child: ChildProcess;
}

/** A network laid out by `hsk-node init`, each part and each member a process. */
export class NetworkOfProcesses {
  readonly directory: string;
  readonly processes = new Map<string, Running>();
  profile!: ChainProfile;
  words = '';

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async start(parts: readonly string[], options: string[] = []): Promise<NetworkOfProcesses> {
    const network = new NetworkOfProcesses(
      path.join(mkdtempSync(path.join(tmpdir(), 'hsk-net-')), 'network'),
    );
    try {
      await network.#start(parts, options);
      return network;
    } catch (error) {
      await network.remove();
      throw error;
    }
  }

  async #start(parts: readonly string[], options: string[]): Promise<void> {
    const port = String(await freeRange(12));
    const laid = await runCli(['init', '--out', this.directory, '--base-port', port, ...options]);
    if (laid.code !== 0) throw new Error(laid.errors);
    for (const name of parts) this.run(name);
    const deployed = await runCli(['deploy', '--config', this.config('deployer')]);
    if (deployed.code !== 0) throw new Error(deployed.errors);
    this.profile = parseProfile(JSON.parse(readFileSync(path.join(this.directory, 'profile.json'), 'utf8')));
  }

  config(name: string): string {
    return path.join(this.directory, name, 'config.json');
  }

  run(name: string): void {
    const command = name.startsWith('member-') ? 'committee' : name;
    const child = spawn(process.execPath, [...CLI, command, '--config', this.config(name)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (chunk: Buffer) => (this.words += `${name}: ${chunk.toString()}`));
    this.processes.set(name, { name, command, child });
  }

  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const { child } = this.processes.get(name)!;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    return new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
  }

  async remove(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((name) => this.kill(name)));
    rmSync(path.dirname(this.directory), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The first of `count` ports in a row that are free. */
async function freeRange(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
