import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';

const built = process.env['HSK_CLI'];

/** Arguments of Node that run `hsk-node`: as built where the test command says so, else from source. */
export const CLI: readonly string[] = [
  '--stack-size=4000',
  ...(built
    ? [built]
    : ['--import', 'tsx', fileURLToPath(new URL('../../src/node/cli.ts', import.meta.url))]),
];

export interface SpawnedNode {
  child: ChildProcess;
  endpoints: Record<string, string>;
  profile: ChainProfile;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** `hsk-node start` in a process of its own. */
export async function spawnNode(dataDir: string, port = 0): Promise<SpawnedNode> {
  const child = spawn(
    process.execPath,
    [...CLI, 'start', '--data', dataDir, '--port', String(port), '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const line = await new Promise<{ endpoints: Record<string, string>; profile: string }>(
    (resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`exit code ${code}: ${words}`)));
      createInterface({ input: child.stdout }).once('line', (text) =>
        resolve(JSON.parse(text) as { endpoints: Record<string, string>; profile: string }),
      );
    },
  );
  return {
    child,
    endpoints: line.endpoints,
    profile: parseProfile(JSON.parse(readFileSync(line.profile, 'utf8'))),
    stop: (signal) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
        child.once('exit', (code) => resolve(code));
        child.kill(signal);
      }),
  };
}

/** Runs `hsk-node` with these arguments to its end. */
export function runCli(args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [...CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output, errors })));
}

/** Asks again until there is an answer. */
export async function eventually<T>(
  ask: () => Promise<T | undefined | null | false>,
  seconds = 20,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > until) throw new Error(`not within ${seconds} s: ${ask.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
