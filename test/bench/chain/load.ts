/** The load in a process of its own: takes one `LoadJob` after another from its parent and answers with `LoadResult`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address, Hex } from 'viem';
import { toBytes } from '../../../src/node/chain/bytes.ts';
import { Connection } from './connection.ts';
import { signTransfer, type Transfer } from './transfers.ts';

export interface LoadJob {
  url: string;
  chainId: number;
  token: Address;
  keys: Hex[];
  /** Nonce of each key's first transfer. */
  nonces: number[];
  /** Number of the first new holder. */
  recipient: number;
  seconds: number;
  /** Transfers a second; the most that can be expected when `open` is false. */
  rate: number;
  /** Sent at the rate whatever comes back; otherwise as fast as the chain takes them. */
  open: boolean;
  /** Whether attestations are waited for as well. */
  attested: boolean;
}

export interface LoadResult {
  included: number;
  seconds: number;
  refused: number;
  /** Transfers of each key that were sent. */
  sent: number[];
  /** Milliseconds from the request to the block that was seen, ascending. */
  receiptMs: number[];
  /** The same to the attestation that was seen. */
  attestedMs: number[];
}

/** Requests that one sender keeps under way, and transfers that may wait for a block. */
const IN_FLIGHT = 4;
const OUTSTANDING = 64;
const POLL_MS = 10;

interface Sent {
  at: number;
  block?: number;
}

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send!(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run(job: LoadJob): Promise<LoadResult> {
  const { keys, seconds, rate } = job;
  const each = Math.ceil((seconds * rate) / keys.length);
  let recipient = job.recipient;
  const queues = keys.map((key, index) =>
    Array.from({ length: each }, (_, number) =>
      signTransfer(toBytes(key), { ...job, nonce: job.nonces[index]! + number, recipient: recipient++ }),
    ),
  );
  const watch = new Watch(job.attested);
  await watch.start(job.url);
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const sent = keys.map(() => 0);
  const waiting = keys.map(() => 0);
  let refused = 0;
  const send = async (connection: Connection, index: number, transfer: Transfer) => {
    waiting[index]!++;
    watch.sent(transfer.hash, () => waiting[index]!--);
    await connection.call('eth_sendRawTransaction', [transfer.raw]).catch((error: Error) => {
      refused++;
      watch.forget(transfer.hash);
      if (refused < 4) console.error(error.message);
    });
  };
  await Promise.all(
    queues.flatMap((queue, index) =>
      Array.from({ length: IN_FLIGHT }, async () => {
        const connection = await Connection.open(job.url);
        while (performance.now() < until && sent[index]! < queue.length) {
          const due = begun + (sent[index]! * keys.length * 1000) / rate;
          if (job.open ? performance.now() < due : waiting[index]! >= OUTSTANDING) await sleep(2);
          else await send(connection, index, queue[sent[index]!++]!);
        }
        connection.close();
      }),
    ),
  );
  const included = watch.included;
  const measured = (performance.now() - begun) / 1000;
  await watch.finish();
  return { included, seconds: measured, refused, sent, ...watch.latencies() };
}

/** Sees blocks and attestations as any client would, by asking. */
class Watch {
  readonly #attested: boolean;
  readonly #pending = new Map<Hex, Sent & { done: () => void }>();
  readonly #unattested: Sent[] = [];
  readonly #receiptMs: number[] = [];
  readonly #attestedMs: number[] = [];
  #connection!: Connection;
  #next = 0;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(attested: boolean) {
    this.#attested = attested;
  }

  get included(): number {
    return this.#receiptMs.length;
  }

  async start(url: string): Promise<void> {
    this.#connection = await Connection.open(url);
    this.#next = Number(await this.#connection.call<Hex>('eth_blockNumber', [])) + 1;
    this.#running = this.#follow();
  }

  sent(hash: Hex, done: () => void): void {
    this.#pending.set(hash, { at: performance.now(), done });
  }

  forget(hash: Hex): void {
    this.#pending.get(hash)?.done();
    this.#pending.delete(hash);
  }

  /** Until everything is in a block, and attested where that is asked for; at most half a minute. */
  async finish(): Promise<void> {
    for (const until = performance.now() + 30_000; performance.now() < until; await sleep(POLL_MS))
      if (this.#pending.size === 0 && this.#unattested.length === 0) break;
    this.#stopped = true;
    await this.#running;
    this.#connection.close();
  }

  latencies(): Pick<LoadResult, 'receiptMs' | 'attestedMs'> {
    const ascending = (values: number[]) => values.toSorted((a, b) => a - b);
    return { receiptMs: ascending(this.#receiptMs), attestedMs: ascending(this.#attestedMs) };
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      const head = Number(await this.#connection.call<Hex>('eth_blockNumber', []));
      for (; this.#next <= head; this.#next++) await this.#look(this.#next);
      if (this.#attested && this.#unattested.length > 0) await this.#lookAttested();
      await sleep(POLL_MS);
    }
  }

  async #look(number: number): Promise<void> {
    const block = await this.#connection.call<{ transactions: Hex[] }>('eth_getBlockByNumber', [
      `0x${number.toString(16)}`,
      false,
    ]);
    const now = performance.now();
    for (const hash of block.transactions) {
      const sent = this.#pending.get(hash);
      if (!sent) continue;
      this.#pending.delete(hash);
      this.#receiptMs.push(now - sent.at);
      if (this.#attested) this.#unattested.push({ at: sent.at, block: number });
      sent.done();
    }
  }

  async #lookAttested(): Promise<void> {
    const latest = await this.#connection.call<{ attestation: { blockNumber: string } } | null>(
      'hsk_getAttestation',
      ['latest'],
    );
    const attested = Number(latest?.attestation.blockNumber ?? 0);
    const now = performance.now();
    while (this.#unattested.length > 0 && this.#unattested[0]!.block! <= attested)
      this.#attestedMs.push(now - this.#unattested.shift()!.at);
  }
}
