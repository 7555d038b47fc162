import { EVMError, type EVMResult } from '@ethereumjs/evm';
import { createAddressFromString } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { gasSpent as gasPaid, intrinsicGas } from '../../protocol/call-gas.ts';
import type { BlockRecord } from './block-record.ts';
import { toBytes } from './bytes.ts';
import { type BlockEnvironment, type BlockHashSource, Engine } from './engine.ts';
import type { Ledger } from './ledger.ts';
import { type BlockOverrides, overrideState, type StateOverrides } from './overrides.ts';
import { openState, scratchStore } from './state.ts';

/** A message to be executed and forgotten. */
export interface CallMessage {
  from: Address;
  to: Address | undefined;
  data: Hex;
  value: bigint;
  /** Gas for the whole transaction, the intrinsic part included. */
  gas: bigint;
  /** Effective price; zero leaves the base fee out, as geth does. */
  gasPrice: bigint;
  accessList: { address: Address; storageKeys: Hex[] }[];
  /** EIP-7702 authorisations: how many, for their intrinsic gas. */
  authorizations: number;
}

/** Addresses and slots that a call touched and that were not warm before it, without 0x. */
export type Accessed = Map<string, Set<string>>;

export interface CallOverrides {
  state: StateOverrides;
  block: BlockOverrides;
}

export const NO_OVERRIDES: CallOverrides = { state: {}, block: {} };

/** Engines for reading, apart from the one that builds blocks. Each serves one call at a time. */
export class CallEngines {
  readonly #ledger: Ledger;
  readonly #idle: Engine[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Executes on the state after `block`; nothing of it stays. The gas must cover the intrinsic part. */
  async call(block: BlockRecord, message: CallMessage, overrides = NO_OVERRIDES): Promise<EVMResult> {
    const env = { ...environmentOf(block, message), ...overrides.block };
    if (Object.keys(overrides.state).length > 0) {
      const engine = await scratchEngine(this.#ledger, block.header.stateRoot);
      await overrideState(engine, overrides.state);
      return execute(engine, env, message);
    }
    return this.#borrow(block, (engine) => execute(engine, env, message));
  }

  /** As `call`, and what it touched. */
  async access(block: BlockRecord, message: CallMessage): Promise<{ result: EVMResult; accessed: Accessed }> {
    return this.#borrow(block, async (engine) => {
      const { journal } = engine.vm.evm;
      journal.startReportingAccessList();
      const result = await execute(engine, environmentOf(block, message), message);
      const accessed = journal.accessList!;
      delete journal.accessList;
      // What a call creates is warm by itself.
      for (const created of result.execResult.createdAddresses ?? [])
        if (accessed.get(created.slice(2))?.size === 0) accessed.delete(created.slice(2));
      if (result.createdAddress && accessed.get(result.createdAddress.toString().slice(2))?.size === 0)
        accessed.delete(result.createdAddress.toString().slice(2));
      return { result, accessed };
    });
  }

  async #borrow<T>(block: BlockRecord, use: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = this.#idle.pop() ?? (await this.#open());
    const { journal } = engine.vm.evm;
    await engine.state.setStateRoot(toBytes(block.header.stateRoot));
    await journal.checkpoint();
    try {
      return await use(engine);
    } finally {
      await journal.revert();
      journal.cleanJournal();
      delete journal.accessList;
      engine.state.originalStorageCache.clear();
      this.#idle.push(engine);
    }
  }

  #open(): Promise<Engine> {
    const { store, common } = this.#ledger;
    return Engine.create(common.copy(), openState(store.index), (number) => this.#ledger.blockHash(number));
  }
}

/** An engine on the state under `root` whose writes end with it. */
export function scratchEngine(
  ledger: Ledger,
  root: Hex,
  blockHash: BlockHashSource = (number) => ledger.blockHash(number),
): Promise<Engine> {
  const { store, common } = ledger;
  return Engine.create(common.copy(), openState(scratchStore(store.index), toBytes(root)), blockHash);
}

function environmentOf({ header }: BlockRecord, message: CallMessage): BlockEnvironment {
  return {
    number: header.number,
    timestamp: header.timestamp,
    gasLimit: header.gasLimit,
    baseFeePerGas: message.gasPrice === 0n ? 0n : (header.baseFeePerGas ?? 0n),
    coinbase: header.miner,
    mixHash: header.mixHash,
    difficulty: header.difficulty,
    parentHash: header.parentHash,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? header.parentHash,
  };
}

/** Runs the message on the engine's state as it is. */
export async function execute(
  engine: Engine,
  env: BlockEnvironment,
  message: CallMessage,
  skipNonceIncrement = false,
): Promise<EVMResult> {
  const caller = createAddressFromString(message.from);
  // ethereumjs throws for a creation that its sender cannot pay, with a checkpoint left open.
  if (message.value > ((await engine.state.getAccount(caller))?.balance ?? 0n)) {
    const exceptionError = new EVMError(EVMError.errorMessages.INSUFFICIENT_BALANCE);
    return { execResult: { returnValue: new Uint8Array(), executionGasUsed: 0n, exceptionError } };
  }
  warm(engine, env.coinbase, message);
  return engine.vm.evm.runCall({
    block: engine.environment(env),
    gasPrice: message.gasPrice,
    caller,
    ...(message.to && { to: createAddressFromString(message.to) }),
    value: message.value,
    data: toBytes(message.data),
    gasLimit: message.gas - intrinsicGas(message).intrinsic,
    skipNonceIncrement,
  });
}

/** Gas that a transaction with this outcome pays for. */
export function gasSpent(message: CallMessage, { execResult }: EVMResult): bigint {
  return gasPaid(message, execResult.executionGasUsed, execResult.gasRefund ?? 0n);
}

/** EIP-2929, 2930, 3651: what is warm before the first opcode. */
function warm(engine: Engine, coinbase: Hex, message: CallMessage): void {
  const { journal, precompiles } = engine.vm.evm;
  for (const address of precompiles.keys()) journal.addAlwaysWarmAddress(address);
  journal.addAlwaysWarmAddress(message.from);
  journal.addAlwaysWarmAddress(coinbase);
  if (message.to) journal.addAlwaysWarmAddress(message.to);
  for (const { address, storageKeys } of message.accessList) {
    journal.addAlwaysWarmAddress(address);
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key);
  }
}
