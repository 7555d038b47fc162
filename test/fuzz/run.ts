import { parseArgs } from 'node:util';

/** `npm run fuzz NAME [-- --runs N --seed S]`: random inputs until N runs held; the seed repeats them. */
export interface FuzzOptions {
  runs: number;
  seed: number;
}

/** What can be fuzzed. Each prints its counts and throws at the first thing that does not hold. */
const TARGETS: Record<string, () => Promise<{ fuzz(options: FuzzOptions): Promise<void> }>> = {
  circuit: () => import('./circuit.ts'),
  ethereum: () => import('./ethereum.ts'),
  kill: () => import('./kill.ts'),
  'light-client': () => import('./light-client.ts'),
  mandates: () => import('./mandates.ts'),
  rpc: () => import('./rpc.ts'),
  vault: () => import('./vault.ts'),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    kills: { type: 'string' },
    seed: { type: 'string' },
  },
});
const [name = ''] = positionals;
const load = TARGETS[name];
const options = {
  runs: Number(values.kills ?? values.runs),
  seed: Number(values.seed ?? Date.now() % 1_000_000),
};
if (!load || positionals.length > 1 || !Object.values(options).every(Number.isSafeInteger)) {
  console.error(`npm run fuzz ${Object.keys(TARGETS).join('|')} [-- --runs N --seed S]`);
  process.exit(1);
}
console.log(`${name}: ${options.runs} runs from seed ${options.seed}`);
const { fuzz } = await load();
await fuzz(options);
process.exit(0);
