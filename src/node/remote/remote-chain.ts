import { clearTimeout, setTimeout as later } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { type Hex, numberToHex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { executionHash } from '../../protocol/execution-hash.ts';
import type { Header } from '../../protocol/header.ts';
import { headerFromRpc } from '../../protocol/header-from-rpc.ts';
import { hex, list, object, quantity } from '../../protocol/parse.ts';
import { encodeReceipt, receiptsFromRpc } from '../../protocol/receipt.ts';
import { decodeTransaction, transactionFromRpc, transactionSender } from '../../protocol/transaction.ts';
import type { BlockHead, BlockRecord, FollowedChain } from '../chain/chain.ts';
import { rpcCaller, type RpcCaller } from './json-rpc.ts';

export interface RemoteChainOptions {
  url: string;
  /** Refused when the chain says another. */
  chainId?: number;
  /** Sent as the bearer's token with every call. */
  insider?: string | undefined;
  /** Milliseconds between two looks at the head; default 200. */
  pollMs?: number;
  report: (message: string) => void;
}

const RETRY_MS = 1000;
/** Times that an answer may be something else before the address is called wrong. */
const NOT_JSON_PATIENCE = 60;

const parseTransactions = object<{ transactions: Hex[] }>({
  transactions: list(transactionFromRpc, 100_000),
});
const parseHash = object<{ hash: Hex }>({ hash: hex(32) });

/**
 * A chain of another process or another operator, over JSON-RPC. Its head is looked for at an interval and
 * never goes back here; while it does not answer, the last one stands.
 */
export class RemoteChain implements FollowedChain {
  readonly chainId: number;
  readonly request: RpcCaller;
  readonly #options: RemoteChainOptions;
  readonly #listeners = new Set<(head: BlockHead) => void>();
  #head: BlockHead;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #reachable = true;
  #closed = false;

  private constructor(options: RemoteChainOptions, request: RpcCaller, chainId: number, head: BlockHead) {
    this.#options = options;
    this.request = request;
    this.chainId = chainId;
    this.#head = head;
    this.#schedule(options.pollMs ?? 200);
  }

  /**
   * Waits until the chain answers: processes of one network may be started in any order.
   * @throws `CHAIN_ANSWER_INVALID`, `CHAIN_OTHER` when it is another chain than expected
   */
  static async open(options: RemoteChainOptions): Promise<RemoteChain> {
    const { insider } = options;
    const request = rpcCaller(
      options.url,
      insider === undefined ? {} : { authorization: `Bearer ${insider}` },
    );
    const chainId = await firstAnswer(options, request);
    if (options.chainId !== undefined && options.chainId !== chainId)
      throw new HskError('CHAIN_OTHER', 'Another chain answers at this address', {
        details: `${options.url}: chain ${chainId}, expected ${options.chainId}`,
        action: 'Correct the address.',
      });
    const head = await fetchHead(request, 'latest');
    return new RemoteChain(options, request, chainId, head);
  }

  /** Whether the last look found the chain. */
  get reachable(): boolean {
    return this.#reachable;
  }

  head(): BlockHead {
    return this.#head;
  }

  /** The block with its transactions and receipts as bytes; whoever needs their roots to hold checks them. */
  async block(number: bigint): Promise<BlockRecord | undefined> {
    const [blockJson, receiptsJson] = await Promise.all([
      this.request('eth_getBlockByNumber', [numberToHex(number), true]),
      this.request('eth_getBlockReceipts', [numberToHex(number)]),
    ]);
    if (blockJson === null || receiptsJson === null) return undefined;
    const header = headerFromRpc(blockJson);
    const { transactions } = parseTransactions(blockJson, 'block');
    return {
      header,
      hash: checkedHash(blockJson, header),
      transactions,
      transactionHashes: transactions.map((raw) => decodeTransaction(raw).hash),
      senders: transactions.map(transactionSender),
      receipts: receiptsFromRpc(receiptsJson).map(encodeReceipt),
    };
  }

  onBlock(listener: (head: BlockHead) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #schedule(delay: number): void {
    if (this.#closed) return;
    this.#timer = later(() => {
      this.#looking = this.#look();
    }, delay);
  }

  async #look(): Promise<void> {
    const { pollMs = 200, report, url } = this.#options;
    let delay = pollMs;
    try {
      const head = await fetchHead(this.request, 'latest');
      if (!this.#reachable) report(`chain ${this.chainId} answers again`);
      this.#reachable = true;
      if (head.header.number > this.#head.header.number) {
        this.#head = head;
        for (const listener of this.#listeners) listener(head);
      }
    } catch (error) {
      if (this.#reachable) report(`chain ${this.chainId} at ${url}: ${String(error)}`);
      this.#reachable = false;
      delay = RETRY_MS;
    }
    this.#schedule(delay);
  }
}

async function firstAnswer({ url, report }: RemoteChainOptions, request: RpcCaller): Promise<number> {
  for (let asked = 0; ; asked++) {
    try {
      return Number(quantity(await request('eth_chainId'), 'chainId'));
    } catch (error) {
      // A node that starts, or a proxy before it, answers with something that is no JSON-RPC.
      if (!(error instanceof HskError)) throw error;
      if (asked === 0) report(`waiting for the chain at ${url}`);
      if (asked >= NOT_JSON_PATIENCE && error.code !== 'CHAIN_UNREACHABLE') throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

async function fetchHead(request: RpcCaller, block: Hex | 'latest'): Promise<BlockHead> {
  const json = await request('eth_getBlockByNumber', [block, false]);
  const header = headerFromRpc(json);
  return { header, hash: checkedHash(json, header) };
}

/** The hash that follows from the header; the chain's own word for it must agree, or its rules are not ours. */
function checkedHash(json: unknown, header: Header): Hex {
  const hash = executionHash(header);
  const { hash: said } = parseHash(json, 'block');
  if (hash !== said)
    throw new HskError('CHAIN_HEADER_UNKNOWN', 'This chain hashes its headers in a way that we do not know', {
      details: `block ${header.number}: ${said}, computed ${hash}`,
      action:
        'Only chains with Ethereum headers (up to Prague), or QBFT headers as Besu writes them, can be attached.',
    });
  return hash;
}
