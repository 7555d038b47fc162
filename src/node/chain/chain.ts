import type { Hex } from 'viem';
import type { BlockRecord } from './block-record.ts';

export type { BlockRecord } from './block-record.ts';
export type { GenesisAccount, GenesisAlloc } from './genesis.ts';
export { openExecutionChain, type ExecutionChainOptions } from './execution-chain.ts';
export { openMainchain, type MainchainOptions } from './mainchain.ts';

/** A JSON-RPC method: positional parameters in, result out. */
export type RpcMethod = (params: unknown[]) => Promise<unknown>;

/** A running chain, as the node's services see it. */
export interface Chain {
  readonly chainId: number;
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
  /**
   * The whole JSON-RPC surface, in process.
   * @throws `RpcError` as the server would answer.
   */
  request(method: string, params?: unknown[]): Promise<unknown>;
  /** Adds JSON-RPC methods. A name already taken is an error. */
  extend(methods: Record<string, RpcMethod>): void;
  /** Builds a block now from what is pending, without waiting for the timer. */
  produce(): Promise<BlockRecord>;
  /** Stops the timers, finishes the block at hand, writes everything out. */
  close(): Promise<void>;
}
