import type { Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { EVM } from '@ethereumjs/evm';
import { Address, createAddressFromString } from '@ethereumjs/util';
import { Bloom, encodeReceipt, runTx, VM } from '@ethereumjs/vm';
import type { Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { toBytes, word } from './bytes.ts';
import { accelerateInterpreter } from './interpreter.ts';
import { pairingCurves } from './precompiles.ts';
import type { ChainState } from './state.ts';
import type { SignedTransaction } from './transaction.ts';

/** EIP-2935: history storage contract and the number of blocks that it serves. */
export const HISTORY_ADDRESS = '0x0000f90827f1c53a10cb7a02335b175320002935';
const HISTORY_WINDOW = 8191n;
/** EIP-4788: beacon roots contract and its ring length. */
export const BEACON_ROOTS_ADDRESS = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02';
const BEACON_ROOTS_LENGTH = 8191n;

/** What of a header the EVM sees. */
export interface BlockEnvironment {
  number: bigint;
  timestamp: bigint;
  gasLimit: bigint;
  baseFeePerGas: bigint;
  coinbase: Hex;
  mixHash: Hex;
  difficulty: bigint;
  parentHash: Hex;
  parentBeaconBlockRoot: Hex;
}

export interface ExecutedBlock {
  included: SignedTransaction[];
  /** Encoded as in the receipts trie. */
  receipts: Uint8Array[];
  gasUsed: bigint;
  logsBloom: Uint8Array;
  stateRoot: Uint8Array;
}

/** Where the next transaction comes from while a block is filled. */
export interface TransactionSource {
  /** The best one that needs at most `gasLeft`, or none. */
  next(gasLeft: bigint): SignedTransaction | undefined;
  /** The one just taken cannot be executed: invalid under the state it met. */
  refuse(transaction: SignedTransaction, error: unknown): void;
}

export type BlockHashSource = (number: bigint) => Hex | undefined;

/** A VM over one state. Calls must not overlap: the state is mutable. */
export class Engine {
  readonly vm: VM;
  readonly state: ChainState;
  readonly common: Common;

  private constructor(vm: VM, state: ChainState, common: Common) {
    this.vm = vm;
    this.state = state;
    this.common = common;
  }

  static async create(common: Common, state: ChainState, blockHash: BlockHashSource): Promise<Engine> {
    const blockchain = {
      // BLOCKHASH asks only for the last 256 (EVM guards the range); the hash is the chain's own.
      getBlock: (number: number) => {
        const hash = blockHash(BigInt(number));
        if (!hash) throw new HskError('CHAIN_BLOCK_MISSING', `Block ${number} is not in the store`);
        return Promise.resolve({ hash: () => toBytes(hash) });
      },
      putBlock: () => Promise.resolve(),
      shallowCopy: () => blockchain,
    };
    await accelerateInterpreter(common);
    const evm = new EVM({ common, stateManager: state, blockchain, ...pairingCurves() });
    return new Engine(new VM({ common, stateManager: state, blockchain, evm }), state, common);
  }

  /** The object that ethereumjs reads a block's fields from. */
  environment(env: BlockEnvironment): Block {
    const header = {
      number: env.number,
      timestamp: env.timestamp,
      gasLimit: env.gasLimit,
      gasUsed: 0n,
      baseFeePerGas: env.baseFeePerGas,
      coinbase: new Address(toBytes(env.coinbase)),
      difficulty: env.difficulty,
      mixHash: toBytes(env.mixHash),
      prevRandao: toBytes(env.mixHash),
      getBlobGasPrice: () => 1n,
    };
    return { common: this.common, header } as unknown as Block;
  }

  /** Executes one block and leaves its state committed. Fills until the source or the gas ends. */
  async execute(env: BlockEnvironment, source: TransactionSource): Promise<ExecutedBlock> {
    const { evm } = this.vm;
    const block = this.environment(env);
    const bloom = new Bloom(undefined, this.common);
    const included: SignedTransaction[] = [];
    const receipts: Uint8Array[] = [];
    let gasUsed = 0n;
    await evm.journal.checkpoint();
    try {
      await this.systemCalls(env);
      for (let next = source.next(env.gasLimit); next; next = source.next(env.gasLimit - gasUsed)) {
        let result;
        try {
          result = await runTx(this.vm, {
            tx: next.tx,
            block,
            blockGasUsed: gasUsed,
            skipHardForkValidation: true,
          });
        } catch (error) {
          // ethereumjs throws plain errors for invalid transactions; ours mean that the store is broken.
          if (error instanceof HskError) throw error;
          source.refuse(next, error);
          continue;
        }
        gasUsed += result.totalGasSpent;
        bloom.or(result.bloom);
        included.push(next);
        receipts.push(encodeReceipt(result.receipt, next.tx.type));
      }
      await evm.journal.commit();
    } catch (error) {
      await evm.journal.revert();
      throw error;
    }
    return {
      included,
      receipts,
      gasUsed,
      logsBloom: bloom.bitvector,
      stateRoot: await this.state.getStateRoot(),
    };
  }

  /** EIP-2935 and EIP-4788: what the block does before its first transaction. */
  async systemCalls(env: BlockEnvironment): Promise<void> {
    const history = createAddressFromString(HISTORY_ADDRESS);
    await this.state.putStorage(history, word((env.number - 1n) % HISTORY_WINDOW), toBytes(env.parentHash));
    const beacon = createAddressFromString(BEACON_ROOTS_ADDRESS);
    const slot = env.timestamp % BEACON_ROOTS_LENGTH;
    await this.state.putStorage(beacon, word(slot), word(env.timestamp));
    await this.state.putStorage(beacon, word(slot + BEACON_ROOTS_LENGTH), toBytes(env.parentBeaconBlockRoot));
  }
}
