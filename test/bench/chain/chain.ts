import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { anvilBinary } from '../../node/chain-anvil.ts';
import { type ChainFigures, measureChain, type Spread, type Sustained } from './measure.ts';
import { anvil, ours, type Target } from './target.ts';

interface PlainFigures {
  perSecond: number;
  cpuMs: number;
  holders: number;
  proofMs: number;
  rssMb: number;
}

const line = (name: string, value: string) => console.log(`  ${name.padEnd(44)} ${value}`);
const number = (value: number, digits = 0) => value.toFixed(digits);
const spread = ({ p50, p95, p99 }: Spread) =>
  `${[p50, p95, p99].map((value) => number(value, value < 10 ? 1 : 0)).join(' / ')} ms`;

/**
 * The same ERC-20 transfers, each to a new holder, one JSON-RPC request each: to hsk-node with its durable
 * log, to anvil, and to plain ethereumjs in process. `only` chooses among `ours`, `ethereumjs`, `anvil`.
 */
export async function benchChain(options: {
  seconds: number;
  holders: number;
  only: readonly string[];
}): Promise<void> {
  const wanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const measure = async (target: Target): Promise<ChainFigures> => {
    try {
      const figures = await measureChain(target, { ...options, say: (text) => console.error(`… ${text}`) });
      show(figures);
      return figures;
    } finally {
      await target.stop();
    }
  };
  const own = wanted('ours') ? await measure(await ours()) : undefined;
  const plain = wanted('ethereumjs') ? await plainEthereumjs(Math.min(options.seconds, 20)) : undefined;
  if (plain) {
    console.log('\nplain ethereumjs, in process, no log');
    line('transfers/s, CPU each', `${number(plain.perSecond)}, ${number(plain.cpuMs, 2)} ms`);
    line(`state proof, ${plain.holders} holders (p50)`, `${number(plain.proofMs, 1)} ms`);
    line('memory', `${number(plain.rssMb)} MB`);
  }
  const binary = wanted('anvil') ? anvilBinary() : undefined;
  const peer = binary ? await measure(await anvil(binary)) : undefined;
  if (!own) return;
  console.log('\nhsk-node against the others');
  line('late / early throughput, own', number(own.late.perSecond / own.early.perSecond, 2));
  if (plain) line('CPU of plain ethereumjs / ours', number(plain.cpuMs / own.early.cpuMs, 2));
  if (!peer) return;
  line('throughput / anvil', number(own.early.perSecond / peer.early.perSecond, 2));
  line('CPU / anvil', number(own.early.cpuMs / peer.early.cpuMs, 2));
  line('state proof, all holders / anvil (p50)', number(own.proofLate.p50 / peer.proofLate.p50, 3));
}

function show(figures: ChainFigures): void {
  console.log(`\n${figures.name}`);
  sustained('1,000 holders', figures.early);
  sustained(`${figures.holders} holders at the end`, figures.late);
  if (figures.half) sustained('half the rate', figures.half);
  line('eth_getProof, 1,000 holders (p50/p95/p99)', spread(figures.proofEarly));
  line('eth_getProof, all holders (p50/p95/p99)', spread(figures.proofLate));
  line('memory, at its peak', `${number(figures.rssMb)} MB, ${number(figures.peakMb)} MB`);
}

function sustained(name: string, { perSecond, cpuMs, receipt, attested }: Sustained): void {
  line(`${name}: transfers/s, CPU each`, `${number(perSecond)}, ${number(cpuMs, 2)} ms`);
  line(`${name}: to the receipt (p50/p95/p99)`, spread(receipt));
  if (attested) line(`${name}: to the attestation`, spread(attested));
}

async function plainEthereumjs(seconds: number): Promise<PlainFigures> {
  const script = fileURLToPath(new URL('plain-ethereumjs.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    script,
    String(seconds),
  ]);
  return JSON.parse(stdout) as PlainFigures;
}
