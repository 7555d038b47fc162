import { type Address, type Hex, zeroAddress } from 'viem';
import type { Chain } from './chain.ts';
import { blankHeader } from './consensus.ts';
import { type GenesisAlloc, withSystemAccounts } from './genesis.ts';
import { openChain, type RunningOptions } from './open-chain.ts';
import type { PoolLimits } from './pool.ts';
import { qbftConsensus } from './qbft-consensus.ts';

export interface MainchainOptions extends RunningOptions {
  /** Data directory of this chain alone; made when missing. */
  directory: string;
  /** 32-byte private keys; their addresses are the constant validator set. */
  validatorKeys: readonly Hex[];
  /** Default 31177. */
  chainId?: number;
  /** Accounts of the first state; read only when the directory is new. */
  alloc: GenesisAlloc;
  /** Default 60 million. */
  gasLimit?: bigint;
  /** Seconds between blocks; default 2. */
  periodSeconds?: number;
  /** Receives tips; default the zero address. */
  feeRecipient?: Address;
  pool?: Partial<PoolLimits>;
}

/** Wei per gas in the first block. */
const FIRST_BASE_FEE = 1_000_000_000n;

/** The mainchain: QBFT headers that all validators seal, a block every period. */
export function openMainchain(options: MainchainOptions): Promise<Chain> {
  const chainId = options.chainId ?? 31177;
  const consensus = qbftConsensus(
    options.validatorKeys,
    options.feeRecipient ?? zeroAddress,
    BigInt(options.periodSeconds ?? 2),
  );
  return openChain(
    {
      directory: options.directory,
      chainId,
      consensus,
      fillMs: 800,
      ...(options.pool && { pool: options.pool }),
      genesis: () => ({
        chainId,
        alloc: withSystemAccounts(options.alloc),
        header: blankHeader({
          difficulty: consensus.difficulty,
          mixHash: consensus.mixHash,
          extraData: consensus.extraData(undefined),
          gasLimit: options.gasLimit ?? 60_000_000n,
          baseFeePerGas: FIRST_BASE_FEE,
          timestamp: BigInt(Math.floor(Date.now() / 1000)),
        }),
      }),
    },
    options,
  );
}
