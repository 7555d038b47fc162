import type { Common } from '@ethereumjs/common';
import { createAddressFromString } from '@ethereumjs/util';
import { EventEmitter } from 'node:events';
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import type { Header } from '../../protocol/header.ts';
import { ChainStore } from '../store/chain-store.ts';
import type { BlockRecord } from './block-record.ts';
import { toBytes, toHex } from './bytes.ts';
import { chainCommon } from './common.ts';
import { blankHeader, type Consensus } from './consensus.ts';
import { type BlockEnvironment, Engine, type ExecutedBlock, type TransactionSource } from './engine.ts';
import { nextBaseFee } from '../../protocol/base-fee.ts';
import { decodeGenesis, encodeGenesis, type Genesis, writeGenesisState } from './genesis.ts';
import { type Draw, type PoolLimits, type SenderState, TransactionPool } from './pool.ts';
import type { SenderPolicy } from './sender-policy.ts';
import { type ChainState, openState } from './state.ts';
import { ReplayProgress, type ReplayState } from './replay-progress.ts';
import { decodeTransaction, type SignedTransaction } from './transaction.ts';
import { orderedTrieRoot } from './trie-root.ts';

export interface LedgerOptions {
  directory: string;
  chainId: number;
  consensus: Consensus;
  /** Used only when the directory is new. */
  genesis: () => Genesis;
  pool?: Partial<PoolLimits>;
  /** Who may send; absent: everybody. */
  senders?: SenderPolicy;
  /** Milliseconds after which a block takes no further transactions. */
  fillMs: number;
  /** Told, once a second, how far the log has been executed again before the chain is open. */
  onReplay?: ((state: ReplayState) => void) | undefined;
}

/** Above every nonce (EIP-2681). */
const ALL_NONCES = 1n << 64n;
const DELEGATION_PREFIX = '0xef0100';

interface LedgerEvents {
  block: [BlockRecord];
  pending: [Hex];
  /** Nothing can be written any more; the chain must stop. */
  failed: [unknown];
  closed: [];
}

/**
 * One chain: what is stored, the state at its head and the transactions that wait. It builds a block when
 * asked and knows no clock but the one it is given; `Sequencer` asks.
 */
export class Ledger {
  readonly chainId: number;
  readonly common: Common;
  readonly pool: TransactionPool;
  readonly store: ChainStore;
  readonly consensus: Consensus;
  readonly senders: SenderPolicy | undefined;
  readonly events = new EventEmitter<LedgerEvents>();
  readonly #engine: Engine;
  readonly #fillMs: number;
  #head!: BlockRecord;
  #headState: ChainState | undefined;
  #busy: Promise<unknown> = Promise.resolve();
  #flushing = false;
  #closed = false;
  /** The index could not be written; the next block is refused with it. */
  #flushFailure: unknown;

  private constructor(store: ChainStore, engine: Engine, options: LedgerOptions) {
    this.store = store;
    this.#engine = engine;
    this.common = engine.common;
    this.chainId = options.chainId;
    this.consensus = options.consensus;
    this.pool = new TransactionPool(options.pool);
    this.senders = options.senders;
    this.#fillMs = options.fillMs;
    this.events.setMaxListeners(0);
  }

  /** @throws `STORE_LOCKED`, `STORE_LOG_CORRUPT`, `CHAIN_GENESIS_MISMATCH`, `CHAIN_REPLAY_DIVERGED`. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const store = await ChainStore.open(options.directory);
    try {
      const common = chainCommon(options.chainId);
      const engine = await Engine.create(common, openState(store.index), (number) =>
        ledger.blockHash(number),
      );
      const ledger = new Ledger(store, engine, options);
      await ledger.#load(options);
      return ledger;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** No further block comes. */
  get closed(): boolean {
    return this.#closed;
  }

  get head(): BlockRecord {
    return this.#head;
  }

  block(numberOrHash: bigint | number | Hex): BlockRecord | undefined {
    const number =
      typeof numberOrHash === 'string' ? this.store.blockNumber(numberOrHash) : Number(numberOrHash);
    return number === undefined || number < 0 || number > Number(this.#head.header.number)
      ? undefined
      : this.store.block(number);
  }

  blockHash(number: bigint): Hex | undefined {
    return this.store.block(Number(number))?.hash;
  }

  /** A state under `root` for reading; shared while it is the head's. Do not write to it. */
  stateAt(root: Hex): ChainState {
    if (root !== this.#head.header.stateRoot) return openState(this.store.index, toBytes(root));
    return (this.#headState ??= openState(this.store.index, toBytes(root)));
  }

  get headState(): ChainState {
    return this.stateAt(this.#head.header.stateRoot);
  }

  async sender(address: Address): Promise<SenderState> {
    const state = this.headState;
    const account = await state.getAccount(createAddressFromString(address));
    if (!account) return { nonce: 0n, balance: 0n, contract: false };
    const contract =
      account.isContract() &&
      !toHex(await state.getCode(createAddressFromString(address))).startsWith(DELEGATION_PREFIX);
    return { nonce: account.nonce, balance: account.balance, contract };
  }

  /**
   * Takes a raw transaction. Resolves with its hash when it is durable.
   * @throws `TRANSACTION_INVALID`, `TRANSACTION_REFUSED` in geth's words; what the sender policy says.
   */
  async submit(raw: Uint8Array): Promise<Hex> {
    const transaction = decodeTransaction(raw, this.common);
    const gasLimit = this.#head.header.gasLimit;
    if (this.store.transaction(transaction.hash)) throw new HskError('TRANSACTION_REFUSED', 'already known');
    const judge = await this.senders?.judge(this.headState, [transaction.sender]);
    const refusal = judge?.transaction(transaction);
    if (refusal) throw refusal;
    const sender = await this.sender(transaction.sender);
    this.pool.check(transaction, sender, gasLimit);
    await this.store.writeTransaction(transaction.hash, raw).catch((error: unknown) => this.#fail(error));
    // The head may have moved during the write; what it made invalid is sorted out like any other.
    this.#admit(transaction, sender.nonce);
    return transaction.hash;
  }

  #admit(transaction: SignedTransaction, stateNonce: bigint): void {
    if (this.pool.get(transaction.hash) || this.store.transaction(transaction.hash)) return;
    const leaving = this.pool.add(transaction, stateNonce, Date.now());
    if (leaving) this.store.dropPending(leaving.hash);
    this.events.emit('pending', transaction.hash);
  }

  /** Builds, seals and stores the next block. Calls queue up. */
  produce(now: bigint): Promise<BlockRecord> {
    const produced = this.#busy.then(() => this.#produce(now));
    this.#busy = produced.catch(() => undefined);
    return produced;
  }

  async #produce(now: bigint): Promise<BlockRecord> {
    if (this.#flushFailure !== undefined) throw this.#flushFailure;
    const parent = this.#head.header;
    const env = this.#environment(parent, this.consensus.timestamp(parent, now));
    for (const expired of this.pool.expire(Date.now())) this.store.dropPending(expired.hash);
    const draw = await this.#draw();
    const deadline = performance.now() + this.#fillMs;
    const executed = await this.#execute(env, {
      next: (gasLeft) => (performance.now() > deadline ? undefined : draw.next(gasLeft)),
      refuse: (transaction) => this.#drop(transaction, draw),
    });
    const header = this.consensus.seal(this.#header(env, executed));
    const block = this.#record(header, executed);
    await this.store.writeBlock(block);
    await this.store.keepUp();
    this.#advance(block, executed.included);
    void this.#writeBehind();
    return block;
  }

  async #draw(): Promise<Draw> {
    const senders = this.pool.senders();
    const judge = await this.senders?.judge(this.headState, senders);
    const nonces = new Map<Address, bigint>();
    for (const sender of senders)
      // Who was suspended since keeps no place in the pool, for later nonces neither.
      if (judge?.sender(sender)) this.pool.overtaken(sender, ALL_NONCES).forEach((one) => this.#drop(one));
      else nonces.set(sender, (await this.sender(sender)).nonce);
    const draw = this.pool.draw(nextBaseFee(this.#head.header), nonces);
    if (!judge) return draw;
    const next = (gasLeft: bigint) => {
      let transaction = draw.next(gasLeft);
      for (; transaction && judge.transaction(transaction); transaction = draw.next(gasLeft))
        this.#drop(transaction, draw);
      return transaction;
    };
    return { ...draw, next };
  }

  /** Out of the pool for good; later nonces of its sender wait for another draw. */
  #drop(transaction: SignedTransaction, draw?: Draw): void {
    draw?.block(transaction.sender);
    this.pool.remove(transaction);
    this.store.dropPending(transaction.hash);
  }

  /** Whether a transaction waits that the next block could take. */
  async executable(): Promise<boolean> {
    if (this.pool.size === 0) return false;
    return (await this.#draw()).next(this.#head.header.gasLimit) !== undefined;
  }

  #environment(parent: Header, timestamp: bigint): BlockEnvironment {
    return {
      number: parent.number + 1n,
      timestamp,
      gasLimit: parent.gasLimit,
      baseFeePerGas: nextBaseFee(parent),
      coinbase: this.consensus.coinbase,
      mixHash: this.consensus.mixHash,
      difficulty: this.consensus.difficulty,
      parentHash: this.#head.hash,
      // There is no beacon chain behind either chain.
      parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
    };
  }

  async #execute(env: BlockEnvironment, source: TransactionSource): Promise<ExecutedBlock> {
    this.#engine.state.trim();
    return this.#engine.execute(env, source);
  }

  #header(env: BlockEnvironment, executed: ExecutedBlock): Header {
    return blankHeader({
      parentHash: env.parentHash,
      miner: env.coinbase,
      stateRoot: toHex(executed.stateRoot),
      transactionsRoot: toHex(orderedTrieRoot(executed.included.map((one) => one.raw))),
      receiptsRoot: toHex(orderedTrieRoot(executed.receipts)),
      logsBloom: toHex(executed.logsBloom),
      difficulty: env.difficulty,
      number: env.number,
      gasLimit: env.gasLimit,
      gasUsed: executed.gasUsed,
      timestamp: env.timestamp,
      extraData: this.consensus.extraData(this.#head.header),
      mixHash: env.mixHash,
      baseFeePerGas: env.baseFeePerGas,
      parentBeaconBlockRoot: env.parentBeaconBlockRoot,
    });
  }

  #record(header: Header, executed: ExecutedBlock): BlockRecord {
    return {
      header,
      hash: this.consensus.hash(header),
      transactions: executed.included.map((one) => toHex(one.raw)),
      transactionHashes: executed.included.map((one) => one.hash),
      senders: executed.included.map((one) => one.sender),
      receipts: executed.receipts.map(toHex),
    };
  }

  #advance(block: BlockRecord, included: readonly SignedTransaction[]): void {
    this.#head = block;
    this.#headState = undefined;
    const next = new Map<Address, bigint>();
    for (const transaction of included) {
      this.pool.remove(transaction);
      next.set(transaction.sender, transaction.tx.nonce + 1n);
    }
    for (const [sender, nonce] of next)
      for (const stale of this.pool.overtaken(sender, nonce)) this.store.dropPending(stale.hash);
    this.events.emit('block', block);
  }

  /** Refuses this call; that the disk takes no more concerns the whole chain. */
  #fail(error: unknown): never {
    this.events.emit('failed', error);
    throw error;
  }

  /** Blocks that come during a write go into the next one together. */
  async #writeBehind(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      await this.store.flush();
    } catch (error) {
      this.#flushFailure = error;
      this.events.emit('failed', error);
    } finally {
      this.#flushing = false;
    }
  }

  async close(): Promise<void> {
    await this.#busy;
    this.#closed = true;
    this.events.emit('closed');
    try {
      await this.store.flush();
    } finally {
      await this.store.close();
    }
  }

  async #load(options: LedgerOptions): Promise<void> {
    const { store } = this;
    if (store.indexedHead >= 0) {
      this.#head = store.block(store.indexedHead)!;
      this.#checkGenesis(decodeGenesis(store.genesis!));
      await this.#engine.state.setStateRoot(toBytes(this.#head.header.stateRoot));
    } else await this.#begin(options);
    for (const raw of await store.pending()) await this.#restore(raw);
    const progress = new ReplayProgress(store.lagging, options.onReplay);
    for (const item of store.replay()) {
      if (item.kind === 'block') {
        if (item.block.header.number > 0n) await this.#replay(item.block);
        store.applied(item, item.block.hash);
        await store.keepUp();
        progress.block();
      } else {
        const transaction = decodeTransaction(item.raw, this.common);
        store.applied(item, transaction.hash);
        this.#admit(transaction, 0n);
      }
    }
    progress.end();
    // The pool was filled without a look at the nonces that its senders had come to.
    for (const sender of this.pool.senders())
      for (const stale of this.pool.overtaken(sender, (await this.sender(sender)).nonce))
        store.dropPending(stale.hash);
    await store.flush();
  }

  /** Genesis: of a new directory, or of one that stopped before its first write-behind. */
  async #begin(options: LedgerOptions): Promise<void> {
    const { store } = this;
    const genesis = store.genesis ? decodeGenesis(store.genesis) : options.genesis();
    const stateRoot = toHex(await writeGenesisState(this.#engine.state, genesis.alloc));
    const header = { ...genesis.header, stateRoot };
    const block: BlockRecord = {
      header,
      hash: this.consensus.hash(header),
      transactions: [],
      transactionHashes: [],
      senders: [],
      receipts: [],
    };
    if (!store.genesis) await store.writeGenesis(encodeGenesis(genesis));
    this.#checkGenesis(genesis);
    if (store.lagging === 0) await store.writeBlock(block);
    this.#head = block;
  }

  #checkGenesis(genesis: Genesis): void {
    const expected = this.consensus.extraData(undefined);
    if (genesis.chainId !== this.chainId || genesis.header.extraData !== expected)
      throw new HskError('CHAIN_GENESIS_MISMATCH', 'The data directory holds another chain', {
        details: `chain ${genesis.chainId}, extraData ${genesis.header.extraData}`,
        action: 'Start with the chain id and validator keys that the directory was made with.',
      });
  }

  async #restore(raw: Uint8Array): Promise<void> {
    const transaction = decodeTransaction(raw, this.common);
    if (!this.pool.get(transaction.hash)) this.pool.add(transaction, 0n, Date.now());
  }

  /** Executes a stored block again; the engine is deterministic, so the header must come out the same. */
  async #replay(block: BlockRecord): Promise<void> {
    const { header } = block;
    const transactions = block.transactions.map((raw, index) =>
      decodeTransaction(toBytes(raw), this.common, block.senders[index]),
    );
    const env = {
      ...this.#environment(this.#head.header, header.timestamp),
      baseFeePerGas: header.baseFeePerGas ?? 0n,
      coinbase: header.miner,
      gasLimit: header.gasLimit,
    };
    let position = 0;
    const executed = await this.#execute(env, {
      next: () => transactions[position++],
      refuse: (transaction, cause) => {
        throw diverged(block, `${transaction.hash} is refused`, cause);
      },
    });
    if (toHex(executed.stateRoot) !== header.stateRoot || header.parentHash !== this.#head.hash)
      throw diverged(block, `state root ${toHex(executed.stateRoot)}, stored ${header.stateRoot}`);
    this.#advance(block, transactions);
  }
}

function diverged(block: BlockRecord, details: string, cause?: unknown): HskError {
  return new HskError(
    'CHAIN_REPLAY_DIVERGED',
    `Block ${block.header.number} does not execute as it was stored`,
    {
      details,
      cause,
      action: 'Start the version of the node that wrote this directory.',
    },
  );
}
