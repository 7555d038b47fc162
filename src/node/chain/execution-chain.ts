import { type Address, zeroAddress } from 'viem';
import type { Chain } from './chain.ts';
import { blankHeader, sequencerConsensus, type SequencerTiming } from './consensus.ts';
import { type GenesisAlloc, withSystemAccounts } from './genesis.ts';
import { openChain, type RunningOptions } from './open-chain.ts';
import type { PoolLimits } from './pool.ts';
import type { SenderPolicy } from './sender-policy.ts';

export interface ExecutionChainOptions extends RunningOptions, Partial<SequencerTiming> {
  /** Data directory of this chain alone; made when missing. */
  directory: string;
  /** Default 31178. */
  chainId?: number;
  /** Accounts of the first state; read only when the directory is new. */
  alloc: GenesisAlloc;
  /** Default 60 million. */
  gasLimit?: bigint;
  /** Receives tips; default the zero address. */
  feeRecipient?: Address;
  pool?: Partial<PoolLimits>;
  /** Who may send; absent: everybody. */
  senders?: SenderPolicy;
  /** `free`: no block has a base fee. Read only when the directory is new; default `market`. */
  gas?: 'market' | 'free';
  /** Milliseconds after which a block under construction takes no more transactions; default 300. */
  fillMs?: number;
}

/** Wei per gas in the first block. */
const FIRST_BASE_FEE = 1_000_000_000n;

/** The permissioned chain: a block soon after the first pending transaction, else a heartbeat. */
export function openExecutionChain(options: ExecutionChainOptions): Promise<Chain> {
  const chainId = options.chainId ?? 31178;
  const consensus = sequencerConsensus(options.feeRecipient ?? zeroAddress, {
    gatherMs: options.gatherMs ?? 100,
    heartbeatMs: options.heartbeatMs ?? 30_000,
  });
  return openChain(
    {
      directory: options.directory,
      chainId,
      consensus,
      fillMs: options.fillMs ?? 300,
      ...(options.pool && { pool: options.pool }),
      ...(options.senders && { senders: options.senders }),
      genesis: () => ({
        chainId,
        alloc: withSystemAccounts(options.alloc),
        header: blankHeader({
          gasLimit: options.gasLimit ?? 60_000_000n,
          baseFeePerGas: options.gas === 'free' ? 0n : FIRST_BASE_FEE,
          timestamp: BigInt(Math.floor(Date.now() / 1000)),
        }),
      }),
    },
    options,
  );
}
