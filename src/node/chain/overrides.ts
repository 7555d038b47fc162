import { Account, createAddressFromString } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { toBytes } from './bytes.ts';
import type { BlockEnvironment, Engine } from './engine.ts';

/** What an account is said to be for the time of a call. */
export interface AccountOverride {
  balance?: bigint | undefined;
  nonce?: bigint | undefined;
  code?: Hex | undefined;
  /** The whole storage: every other slot is zero. Not together with `stateDiff`. */
  state?: Record<Hex, Hex> | undefined;
  stateDiff?: Record<Hex, Hex> | undefined;
  /** Where the precompile of this address answers instead. */
  movePrecompileToAddress?: Address | undefined;
}

export type StateOverrides = Record<Address, AccountOverride>;
export type BlockOverrides = Partial<BlockEnvironment>;

/** Writes the overrides into the engine's state. Only for an engine that is thrown away afterwards. */
export async function overrideState(engine: Engine, overrides: StateOverrides): Promise<void> {
  const { state } = engine;
  await state.checkpoint();
  for (const [name, override] of Object.entries(overrides) as [Address, AccountOverride][]) {
    if (override.movePrecompileToAddress) movePrecompile(engine, name, override.movePrecompileToAddress);
    const address = createAddressFromString(name);
    const account = (await state.getAccount(address)) ?? new Account();
    account.balance = override.balance ?? account.balance;
    account.nonce = override.nonce ?? account.nonce;
    await state.putAccount(address, account);
    if (override.code !== undefined) await state.putCode(address, toBytes(override.code));
    if (override.state) await state.clearStorage(address);
    for (const [slot, value] of Object.entries(override.state ?? override.stateDiff ?? {}))
      await state.putStorage(
        address,
        toBytes(slot as Hex),
        toBytes(`0x${value.slice(2).replace(/^(?:00)+/, '')}`),
      );
  }
  await state.commit();
  state.originalStorageCache.clear();
}

function movePrecompile({ vm: { evm } }: Engine, from: Address, to: Address): void {
  const precompile = evm.precompiles.get(from.slice(2))!;
  evm.precompiles.delete(from.slice(2));
  evm.precompiles.set(to.slice(2), precompile);
}
