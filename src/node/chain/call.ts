import type { EVMResult } from '@ethereumjs/evm';
import { createAddressFromString } from '@ethereumjs/util';
import { type Address, type Hex, zeroAddress } from 'viem';
import type { BlockRecord } from './block-record.ts';
import { toBytes } from './bytes.ts';
import { Engine } from './engine.ts';
import type { Ledger } from './ledger.ts';
import { openState } from './state.ts';

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

/** Gas taken before the first opcode (yellow paper §6.2; EIP-2028, 2930, 3860, 7623, 7702). */
export function intrinsicGas(message: CallMessage): { intrinsic: bigint; floor: bigint } {
  const bytes = toBytes(message.data);
  const zeros = BigInt(bytes.filter((byte) => byte === 0).length);
  const others = BigInt(bytes.length) - zeros;
  let intrinsic = 21_000n + 4n * zeros + 16n * others + 25_000n * BigInt(message.authorizations);
  if (!message.to) intrinsic += 32_000n + 2n * BigInt(Math.ceil(bytes.length / 32));
  for (const { storageKeys } of message.accessList) intrinsic += 2400n + 1900n * BigInt(storageKeys.length);
  return { intrinsic, floor: 21_000n + 10n * (zeros + 4n * others) };
}

/** Engines for reading, apart from the one that builds blocks. Each serves one call at a time. */
export class CallEngines {
  readonly #ledger: Ledger;
  readonly #idle: Engine[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Executes on the state after `block`; nothing of it stays. The gas must cover the intrinsic part. */
  async call(block: BlockRecord, message: CallMessage): Promise<EVMResult> {
    const engine = this.#idle.pop() ?? (await this.#open());
    const { evm } = engine.vm;
    await engine.state.setStateRoot(toBytes(block.header.stateRoot));
    await evm.journal.checkpoint();
    try {
      warm(engine, block, message);
      const result = await evm.runCall({
        block: engine.environment({
          number: block.header.number,
          timestamp: block.header.timestamp,
          gasLimit: block.header.gasLimit,
          baseFeePerGas: message.gasPrice === 0n ? 0n : (block.header.baseFeePerGas ?? 0n),
          coinbase: block.header.miner,
          mixHash: block.header.mixHash,
          difficulty: block.header.difficulty,
          parentHash: block.header.parentHash,
          parentBeaconBlockRoot: block.header.parentBeaconBlockRoot ?? block.header.parentHash,
        }),
        gasPrice: message.gasPrice,
        caller: createAddressFromString(message.from),
        ...(message.to && { to: createAddressFromString(message.to) }),
        value: message.value,
        data: toBytes(message.data),
        gasLimit: message.gas - intrinsicGas(message).intrinsic,
      });
      return result;
    } finally {
      await evm.journal.revert();
      evm.journal.cleanJournal();
      engine.state.originalStorageCache.clear();
      this.#idle.push(engine);
    }
  }

  #open(): Promise<Engine> {
    const { store, common } = this.#ledger;
    return Engine.create(common.copy(), openState(store.index, common), (number) =>
      this.#ledger.blockHash(number),
    );
  }
}

/** EIP-2929, 2930, 3651: what is warm before the first opcode. */
function warm(engine: Engine, block: BlockRecord, message: CallMessage): void {
  const { journal, precompiles } = engine.vm.evm;
  for (const address of precompiles.keys()) journal.addAlwaysWarmAddress(address);
  journal.addAlwaysWarmAddress(message.from);
  journal.addAlwaysWarmAddress(block.header.miner ?? zeroAddress);
  if (message.to) journal.addAlwaysWarmAddress(message.to);
  for (const { address, storageKeys } of message.accessList) {
    journal.addAlwaysWarmAddress(address);
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key);
  }
}
