import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** anvil from npm, where this platform has it. */
export function anvilBinary(): string | undefined {
  const require = createRequire(import.meta.url);
  const name = `@foundry-rs/anvil-${process.platform === 'win32' ? 'win32' : process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  try {
    const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'anvil');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Starts anvil on a free port under Prague rules. */
export async function startAnvil(
  binary: string,
  options: string[],
): Promise<{ url: string; pid: number; stop(): void }> {
  const child = spawn(binary, ['--port', '0', '--hardfork', 'prague', '--accounts', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('anvil ended before it listened')));
    lines.on('line', (line) => {
      const found = /Listening on .*:(\d+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, stop: () => child.kill('SIGKILL') };
}
