import type { EVMResult } from '@ethereumjs/evm';
import { createTx, type TypedTransaction } from '@ethereumjs/tx';
import { Account, createAddressFromString } from '@ethereumjs/util';
import { Bloom, encodeReceipt, type TxReceipt } from '@ethereumjs/vm';
import type { Address, Hex } from 'viem';
import { nextBaseFee } from '../../protocol/base-fee.ts';
import { intrinsicGas } from '../../protocol/call-gas.ts';
import { type Header, headerHash } from '../../protocol/header.ts';
import type { BlockRecord } from './block-record.ts';
import { toHex } from './bytes.ts';
import { type CallMessage, execute, gasSpent, scratchEngine } from './call.ts';
import { blankHeader } from './consensus.ts';
import type { BlockEnvironment, Engine } from './engine.ts';
import { keccak } from './crypto.ts';

import type { Ledger } from './ledger.ts';
import { type BlockOverrides, overrideState, type StateOverrides } from './overrides.ts';
import { TRANSFER_EMITTER, traceTransfers } from './transfer-trace.ts';
import { orderedTrieRoot } from './trie-root.ts';

/** A transaction that nobody has signed. */
export interface UnsignedTransaction {
  message: CallMessage;
  /** Absent: the sender's next one. */
  nonce: bigint | undefined;
  type: 0 | 1 | 2;
  /** Wei per gas. */
  feeCap: bigint;
  tipCap: bigint;
}

export interface SimulatedCall {
  transaction: UnsignedTransaction;
  tx: TypedTransaction;
  hash: Hex;
  result: EVMResult;
  gasUsed: bigint;
}

export interface SimulatedBlock {
  header: Header;
  hash: Hex;
  /** Bytes. */
  size: number;
  calls: SimulatedCall[];
}

/** Why a transaction cannot be part of a block; the reasons of the execution API. */
export type SimulationFault =
  | 'nonce too low'
  | 'nonce too high'
  | 'max fee per gas less than block base fee'
  | 'intrinsic gas too low'
  | 'insufficient funds for gas * price + value'
  | 'block gas limit reached'
  | 'sender not an eoa'
  | 'max initcode size exceeded'
  | 'invalid transaction';

export type RejectSimulation = (fault: SimulationFault, details: string) => Error;

/** EIP-3860, bytes. */
const MAX_INITCODE = 49_152;
const DELEGATION_PREFIX = '0xef0100';

/**
 * Blocks on top of a stored one that are computed and forgotten. With `validation` they obey the rules of
 * real ones but for signatures; without, nonces, senders' code and the base fee do not matter.
 */
export class Simulation {
  readonly #engine: Engine;
  readonly #validation: boolean;
  readonly #reject: RejectSimulation;
  readonly #hashes: Map<bigint, Hex>;
  #parent: { header: Header; hash: Hex };
  /** For all blocks together. */
  #gasLeft: bigint;

  private constructor(
    engine: Engine,
    base: BlockRecord,
    hashes: Map<bigint, Hex>,
    options: SimulationOptions,
  ) {
    this.#engine = engine;
    this.#parent = base;
    this.#hashes = hashes;
    this.#validation = options.validation;
    this.#reject = options.reject;
    this.#gasLeft = options.gas;
    if (options.traceTransfers) traceTransfers(engine);
  }

  static async open(ledger: Ledger, base: BlockRecord, options: SimulationOptions): Promise<Simulation> {
    const hashes = new Map<bigint, Hex>();
    const blockHash = (number: bigint) =>
      hashes.get(number) ?? (number <= base.header.number ? ledger.blockHash(number) : undefined);
    const engine = await scratchEngine(ledger, base.header.stateRoot, blockHash);
    return new Simulation(engine, base, hashes, options);
  }

  /** The next block. `read` gives its transactions, for the gas that a block still has. */
  async block(
    overrides: BlockOverrides & { number: bigint; timestamp: bigint },
    state: StateOverrides,
    read: readonly ((gasLeft: bigint) => UnsignedTransaction)[],
  ): Promise<SimulatedBlock> {
    const parent = this.#parent.header;
    const env: BlockEnvironment = {
      gasLimit: parent.gasLimit,
      baseFeePerGas: this.#validation ? nextBaseFee(parent) : 0n,
      coinbase: parent.miner,
      mixHash: parent.mixHash,
      difficulty: parent.difficulty,
      parentHash: this.#parent.hash,
      parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
      ...overrides,
    };
    await overrideState(this.#engine, state);
    await this.#engine.systemCalls(env);
    const calls: SimulatedCall[] = [];
    const receipts: Uint8Array[] = [];
    const bloom = new Bloom(undefined, this.#engine.common);
    let gasUsed = 0n;
    for (const one of read) {
      const room = env.gasLimit - gasUsed;
      const transaction = one(room < this.#gasLeft ? room : this.#gasLeft);
      if (transaction.message.gas > room)
        throw this.#reject('block gas limit reached', `${transaction.message.gas} >= ${room}`);
      if (transaction.message.gas > this.#gasLeft) transaction.message.gas = this.#gasLeft;
      const call = await this.#transact(env, transaction);
      calls.push(call);
      gasUsed += call.gasUsed;
      this.#gasLeft -= call.gasUsed;
      const receipt = this.#receipt(call, gasUsed);
      bloom.or(new Bloom(receipt.bitvector, this.#engine.common));
      receipts.push(encodeReceipt(receipt, call.tx.type));
      await new Promise(setImmediate);
    }
    const raws = calls.map(({ tx }) => tx.serialize());
    const header = blankHeader({
      parentHash: env.parentHash,
      miner: env.coinbase,
      stateRoot: toHex(await this.#engine.state.getStateRoot()),
      transactionsRoot: toHex(orderedTrieRoot(raws)),
      receiptsRoot: toHex(orderedTrieRoot(receipts)),
      logsBloom: toHex(bloom.bitvector),
      difficulty: env.difficulty,
      number: env.number,
      gasLimit: env.gasLimit,
      gasUsed,
      timestamp: env.timestamp,
      mixHash: env.mixHash,
      baseFeePerGas: env.baseFeePerGas,
      parentBeaconBlockRoot: env.parentBeaconBlockRoot,
    });
    const hash = headerHash(header);
    this.#hashes.set(env.number, hash);
    this.#parent = { header, hash };
    return { header, hash, size: raws.reduce((sum, raw) => sum + raw.length, 508), calls };
  }

  async #transact(env: BlockEnvironment, transaction: UnsignedTransaction): Promise<SimulatedCall> {
    const { state, vm } = this.#engine;
    const { journal } = vm.evm;
    const from = createAddressFromString(transaction.message.from);
    const sender = (await state.getAccount(from)) ?? new Account();
    const nonce = transaction.nonce ?? sender.nonce;
    // Without validation a transaction that names no price pays none, whatever the base fee.
    const free = !this.#validation && transaction.feeCap === 0n;
    const room = transaction.feeCap - env.baseFeePerGas;
    const tip = free ? 0n : transaction.tipCap < room ? transaction.tipCap : room;
    const message = { ...transaction.message, gasPrice: free ? 0n : env.baseFeePerGas + tip };
    await this.#check(env, { ...transaction, nonce }, sender, from.toString());
    const tx = this.#unsigned({ ...transaction, nonce });

    await journal.checkpoint();
    sender.balance -= message.gas * message.gasPrice;
    sender.nonce = nonce + 1n;
    await journal.putAccount(from, sender);
    const result = await execute(this.#engine, env, message, true);
    const gasUsed = gasSpent(message, result);
    await this.#credit(message.from, (message.gas - gasUsed) * message.gasPrice);
    await this.#credit(env.coinbase as Address, gasUsed * tip);
    // EIP-6780: only what came into being in the same transaction goes.
    for (const doomed of result.execResult.selfdestruct ?? [])
      if (result.execResult.createdAddresses?.has(doomed[0]))
        await journal.deleteAccount(createAddressFromString(doomed[0]));
    await journal.cleanup();
    await journal.commit();
    journal.cleanJournal();
    state.originalStorageCache.clear();
    return { transaction, tx, hash: toHex(this.#hash(tx)), result, gasUsed };
  }

  async #check(
    env: BlockEnvironment,
    { message, feeCap, nonce = 0n }: UnsignedTransaction,
    sender: Account,
    name: string,
  ): Promise<void> {
    const reject = this.#reject;
    if (this.#validation) {
      if (nonce < sender.nonce)
        throw reject('nonce too low', `address ${name}, tx: ${nonce} state: ${sender.nonce}`);
      if (nonce > sender.nonce)
        throw reject('nonce too high', `address ${name}, tx: ${nonce} state: ${sender.nonce}`);
      if (sender.isContract()) {
        const code = toHex(await this.#engine.state.getCode(createAddressFromString(name)));
        if (!code.startsWith(DELEGATION_PREFIX)) throw reject('sender not an eoa', `address ${name}`);
      }
    }
    if (feeCap < env.baseFeePerGas && (this.#validation || feeCap > 0n))
      throw reject(
        'max fee per gas less than block base fee',
        `address ${name}, maxFeePerGas: ${feeCap}, baseFee: ${env.baseFeePerGas}`,
      );
    const bytes = (message.data.length - 2) / 2;
    if (!message.to && bytes > MAX_INITCODE)
      throw reject('max initcode size exceeded', `code size ${bytes} limit ${MAX_INITCODE}`);
    const { intrinsic, floor } = intrinsicGas(message);
    const least = intrinsic > floor ? intrinsic : floor;
    if (message.gas < least) throw reject('intrinsic gas too low', `have ${message.gas}, want ${least}`);
    const cost = message.value + message.gas * feeCap;
    if (sender.balance < cost)
      throw reject(
        'insufficient funds for gas * price + value',
        `address ${name} have ${sender.balance} want ${cost}`,
      );
  }

  #unsigned({ message, nonce = 0n, type, feeCap, tipCap }: UnsignedTransaction): TypedTransaction {
    const { common } = this.#engine;
    const fields = {
      type,
      nonce,
      gasLimit: message.gas,
      value: message.value,
      data: message.data,
      ...(message.to && { to: createAddressFromString(message.to) }),
      ...(type === 2 ? { maxFeePerGas: feeCap, maxPriorityFeePerGas: tipCap } : { gasPrice: feeCap }),
      ...(type !== 0 && { accessList: message.accessList, chainId: common.chainId() }),
    };
    try {
      return createTx(fields, { common, freeze: false });
    } catch (cause) {
      throw this.#reject('invalid transaction', cause instanceof Error ? cause.message : String(cause));
    }
  }

  #hash(tx: TypedTransaction): Uint8Array {
    return keccak(tx.serialize());
  }

  async #credit(name: Address, wei: bigint): Promise<void> {
    const address = createAddressFromString(name);
    const account = (await this.#engine.state.getAccount(address)) ?? new Account();
    account.balance += wei;
    await this.#engine.vm.evm.journal.putAccount(address, account);
  }

  /** The transfers that are shown as logs are none: they are in no receipt. */
  #receipt({ result }: SimulatedCall, cumulative: bigint): TxReceipt {
    const logs = (result.execResult.logs ?? []).filter(([address]) => toHex(address) !== TRANSFER_EMITTER);
    const bloom = new Bloom(undefined, this.#engine.common);
    for (const [address, topics] of logs) {
      bloom.add(address);
      for (const topic of topics) bloom.add(topic);
    }
    return {
      status: result.execResult.exceptionError ? 0 : 1,
      cumulativeBlockGasUsed: cumulative,
      bitvector: bloom.bitvector,
      logs,
    };
  }
}

export interface SimulationOptions {
  validation: boolean;
  traceTransfers: boolean;
  /** Most gas of all blocks together. */
  gas: bigint;
  reject: RejectSimulation;
}
