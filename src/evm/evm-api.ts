import type { Address, Hex } from 'viem';
import type { Header } from '../protocol/header.ts';
import type { ProvenEntry } from '../protocol/verify-claim.ts';

/**
 * Where the EVM gets what it does not have yet. Every answer is proven, or the promise rejects with a typed
 * error: nothing reads as zero because it could not be proven.
 */
export interface ProvenSource {
  state(address: Address, slots: Hex[]): Promise<ProvenEntry>;
  /** The code of this account. */
  code(address: Address): Promise<Hex>;
  /** Of an ancestor of the block, linked to it. */
  blockHash(number: bigint): Promise<Hex>;
}

/** One call, as it was asked for, with the verified header it is executed under. */
export interface EvmTask {
  method: 'eth_call' | 'eth_estimateGas';
  chainId: number;
  header: Header;
  /** As in JSON-RPC: the call, the block (already resolved to `header`), state overrides, block overrides. */
  params: readonly unknown[];
  /** What was proven ahead. */
  state: ProvenEntry[];
}

/** The EVM, in its worker or in this process. */
export interface EvmApi {
  /**
   * What the call returns, or the gas it needs as a JSON-RPC quantity.
   *
   * @throws `CALL_REVERTED` with the revert data as `details`, `CALL_FAILED`, `PARSE_INVALID`, `CALL_UNSUPPORTED`,
   * `EVM_RULES`, and whatever the source was refused with
   */
  run(task: EvmTask, source: ProvenSource): Promise<Hex>;
  /** Resolves at once: it is there. */
  ping(): Promise<void>;
}

/** An EVM that can be ended at any moment, in the middle of an endless loop. */
export interface OpenedEvm extends EvmApi {
  end(): void;
}

export type OpenEvm = () => Promise<OpenedEvm>;
