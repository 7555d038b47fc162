import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A program of foundry from npm, where this platform has it. */
export function foundryBinary(program: 'anvil' | 'cast'): string | undefined {
  const require = createRequire(import.meta.url);
  const name = `@foundry-rs/${program}-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  try {
    const folder = join(dirname(require.resolve(`${name}/package.json`)), 'bin');
    return [program, `${program}.exe`].map((file) => join(folder, file)).find(existsSync);
  } catch {
    return undefined;
  }
}

/** `cast` with these arguments against one chain; its output without the last line end. */
export function castAt(binary: string, url: string): (...args: string[]) => Promise<string> {
  return (...args) =>
    new Promise((resolve, reject) => {
      const env = { PATH: process.env['PATH'], HOME: '/nonexistent', ETH_RPC_URL: url, NO_COLOR: '1' };
      execFile(binary, args, { env, timeout: 60_000 }, (error, output, words) => {
        if (error) reject(new Error(`cast ${args.join(' ')}: ${words || error.message}`));
        else resolve(output.trimEnd());
      });
    });
}
