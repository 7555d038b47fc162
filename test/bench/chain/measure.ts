import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeAbiParameters, type Hex, keccak256 } from 'viem';
import { Connection } from './connection.ts';
import type { LoadJob, LoadResult } from './load.ts';
import type { Target } from './target.ts';
import { holder } from './transfers.ts';

/** Percentiles in milliseconds. */
export interface Spread {
  p50: number;
  p95: number;
  p99: number;
}

export interface Sustained {
  perSecond: number;
  /** CPU of the chain's process for each transfer, all threads, in milliseconds. */
  cpuMs: number;
  receipt: Spread;
  attested: Spread | undefined;
}

export interface ChainFigures {
  name: string;
  /** As fast as the chain takes them, from a thousand holders on. */
  early: Sustained;
  /** The same with all holders. */
  late: Sustained;
  /** At half of the late rate; absent where that is none. */
  half: Sustained | undefined;
  proofEarly: Spread;
  proofLate: Spread;
  holders: number;
  rssMb: number;
  peakMb: number;
}

const FEW = 1000;

export async function measureChain(
  target: Target,
  { seconds, holders, say }: { seconds: number; holders: number; say: (line: string) => void },
): Promise<ChainFigures> {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const load = new Load(child, target);
  const run = async (length: number, rate: number, open: boolean) => {
    const figures = await load.run(length, rate, open);
    say(
      `${target.name}: ${figures.perSecond.toFixed(0)} a second, ${figures.cpuMs.toFixed(2)} ms of CPU each`,
    );
    return figures;
  };
  try {
    await target.grow(0, FEW);
    const proofEarly = await proofs(target, FEW);
    say(`${target.name}: ${seconds} s of transfers, ${FEW} holders before`);
    const early = await run(seconds, target.ceiling, false);
    say(`${target.name}: growing to ${holders} holders`);
    await target.grow(FEW, holders);
    const proofLate = await proofs(target, holders);
    say(`${target.name}: ${seconds} s of transfers, ${holders} holders before`);
    const late = await run(seconds, target.ceiling, false);
    if (late.perSecond >= 1) say(`${target.name}: half of that rate`);
    const half = late.perSecond >= 1 ? await run(Math.min(seconds, 20), late.perSecond / 2, true) : undefined;
    const memory = readFileSync(`/proc/${target.pid}/status`, 'utf8');
    const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(memory)?.[1]) / 1024;
    return {
      name: target.name,
      early,
      late,
      half,
      proofEarly,
      proofLate,
      holders: holders + load.recipients,
      rssMb: megabytes('VmRSS'),
      peakMb: megabytes('VmHWM'),
    };
  } finally {
    child.kill();
  }
}

class Load {
  readonly #child: ChildProcess;
  readonly #target: Target;
  readonly #nonces: number[];
  /** New holders that the transfers have made. */
  recipients = 0;

  constructor(child: ChildProcess, target: Target) {
    this.#child = child;
    this.#target = target;
    this.#nonces = target.keys.map(() => 0);
  }

  async run(seconds: number, rate: number, open: boolean): Promise<Sustained> {
    const { url, chainId, token, keys, attested, pid } = this.#target;
    const nonces = [...this.#nonces];
    // Numbers that no holder has: those of `grow` begin at zero.
    const recipient = 1_000_000 + this.recipients;
    const job: LoadJob = { url, chainId, token, keys, nonces, recipient, seconds, rate, open, attested };
    const answer = once(this.#child, 'message') as Promise<[LoadResult]>;
    this.#child.send(job);
    const cpuBefore = cpuSeconds(pid);
    const [result] = await answer;
    const cpu = cpuSeconds(pid) - cpuBefore;
    result.sent.forEach((count, index) => (this.#nonces[index]! += count));
    const total = result.receiptMs.length;
    this.recipients += Math.ceil((seconds * rate) / keys.length) * keys.length;
    if (result.refused > 0) throw new Error(`${this.#target.name} refused ${result.refused} transfers`);
    return {
      perSecond: result.included / result.seconds,
      cpuMs: (cpu * 1000) / total,
      receipt: spread(result.receiptMs),
      attested: attested ? spread(result.attestedMs) : undefined,
    };
  }
}

/** `eth_getProof` of the token with the balance of one holder, each time another. */
async function proofs({ url, token }: Target, holders: number): Promise<Spread> {
  const connection = await Connection.open(url);
  const times: number[] = [];
  for (let index = 0; index < 100; index++) {
    const owner = holder(Math.floor((index * holders) / 100));
    const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [owner, 0n]));
    const begun = performance.now();
    const { storageProof } = await connection.call<{ storageProof: { value: Hex }[] }>('eth_getProof', [
      token,
      [slot],
      'latest',
    ]);
    times.push(performance.now() - begun);
    if (BigInt(storageProof[0]!.value) === 0n) throw new Error(`holder ${index} has nothing`);
  }
  connection.close();
  return spread(times.toSorted((a, b) => a - b));
}

function spread(ascending: number[]): Spread {
  const at = (share: number) =>
    ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))]!;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** All threads of a process (proc(5): utime and stime are fields 14 and 15, in ticks of 1/100 s). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
