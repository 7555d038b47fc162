import type { Hex } from 'viem';
import type { BlockHead, BlockRecord } from './block-record.ts';

export type { BlockHead, BlockRecord } from './block-record.ts';
export type { GenesisAccount, GenesisAlloc } from './genesis.ts';
export { openExecutionChain, type ExecutionChainOptions } from './execution-chain.ts';
export { openMainchain, type MainchainOptions } from './mainchain.ts';

/** A JSON-RPC method: positional parameters in, result out. */
export type RpcMethod = (params: unknown[]) => Promise<unknown>;

/** What the services ask of a chain, be it of this process or behind a URL (`RemoteChain`). */
export interface FollowedChain {
  readonly chainId: number;
  /** The newest block seen. */
  head(): BlockHead;
  block(number: bigint): BlockRecord | undefined | Promise<BlockRecord | undefined>;
  /** Calls `listener` with every new head, in order; one head may stand for several blocks. Returns the way to stop. */
  onBlock(listener: (head: BlockHead) => void): () => void;
  /**
   * JSON-RPC.
   * @throws `RpcError` as the chain answers it; `CHAIN_UNREACHABLE` when it does not answer
   */
  request(method: string, params?: unknown[]): Promise<unknown>;
}

/** A running chain of this process. */
export interface Chain extends FollowedChain {
  /** The newest durable block. */
  head(): BlockRecord;
  block(numberOrHash: bigint | number | Hex): BlockRecord | undefined;
  /** Calls `listener` with every new durable block, in order. Returns the way to stop. */
  onBlock(listener: (block: BlockRecord) => void): () => void;
  /** Calls `listener` with the JSON header of every new block (`newHeads`). */
  onHead(listener: (header: Record<string, unknown>) => void): () => void;
  /** Calls `listener` with the JSON form of every new log that matches the filter of `eth_getLogs`. */
  onLogs(filter: unknown, listener: (log: Record<string, unknown>) => void): () => void;
  /** Calls `listener` with the hash of every transaction accepted into the pool. */
  onPending(listener: (hash: Hex) => void): () => void;
  /** Adds JSON-RPC methods. A name already taken is an error. */
  extend(methods: Record<string, RpcMethod>): void;
  /** Builds a block now from what is pending, without waiting for the timer. */
  produce(): Promise<BlockRecord>;
  /** Stops the timers, finishes the block at hand, writes everything out. */
  close(): Promise<void>;
}
