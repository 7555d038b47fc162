// `npm run build`: everything that ships, into dist. One Vite build for each thing; see vite.config.ts.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { build } from 'vite';
import { WORKERS } from './vite.config.ts';

fs.rmSync('dist', { recursive: true, force: true });
for (const mode of ['cdn', 'lib', 'desk', ...WORKERS.map((name) => `worker-${name}`), 'node'])
  await build({ mode });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  stdio: 'inherit',
});
fs.writeFileSync('dist/.built', '');
