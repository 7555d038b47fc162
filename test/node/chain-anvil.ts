import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { foundryBinary } from './foundry.ts';

/** anvil from npm, where this platform has it. */
export const anvilBinary = (): string | undefined => foundryBinary('anvil');

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
