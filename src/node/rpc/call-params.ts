import { type Address, type Hex, zeroAddress } from 'viem';
import { address, hex, list, object, optional, type Parser, quantity } from '../../protocol/parse.ts';
import type { CallMessage, CallOverrides } from '../chain/call.ts';
import type { AccountOverride, BlockOverrides, StateOverrides } from '../chain/overrides.ts';
import { optionalParam, param, slot } from './params.ts';
import { INVALID_PARAMS, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Most gas of one `eth_call`, and of all blocks of one simulation. */
export const CALL_GAS = 100_000_000n;

export interface CallObject {
  from: Address | undefined;
  to: Address | undefined;
  gas: bigint | undefined;
  gasPrice: bigint | undefined;
  maxFeePerGas: bigint | undefined;
  maxPriorityFeePerGas: bigint | undefined;
  nonce: bigint | undefined;
  value: bigint | undefined;
  data: Hex | undefined;
  input: Hex | undefined;
  accessList: { address: Address; storageKeys: Hex[] }[] | undefined;
  authorizationList: unknown[] | undefined;
}

export const callObject = object<CallObject>({
  from: optional(address),
  to: optional(address),
  gas: optional(quantity),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  maxPriorityFeePerGas: optional(quantity),
  nonce: optional(quantity),
  value: optional(quantity),
  data: optional(hex()),
  input: optional(hex()),
  accessList: optional(list(object({ address, storageKeys: list(hex(32)) }))),
  authorizationList: optional(list((value) => value, 256)),
});

export function callMessage(params: unknown[], defaultGas: bigint): CallMessage {
  return messageOf(param(params, 0, callObject), defaultGas);
}

export function messageOf(call: CallObject, mostGas: bigint): CallMessage {
  if (call.data && call.input && call.data !== call.input)
    throw new RpcError(
      INVALID_PARAMS,
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    );
  return {
    from: call.from ?? zeroAddress,
    to: call.to,
    data: call.input ?? call.data ?? '0x',
    value: call.value ?? 0n,
    gas: call.gas && call.gas < mostGas ? call.gas : mostGas,
    gasPrice: call.gasPrice ?? call.maxFeePerGas ?? 0n,
    accessList: call.accessList ?? [],
    authorizations: call.authorizationList?.length ?? 0,
  };
}

/** Most accounts, and most slots of one, that a call may override. */
const MAX_OVERRIDES = 10_000;

/** An object with any keys, each parsed as well as its value. */
function record<K extends string, V>(key: Parser<K>, item: Parser<V>): Parser<Record<K, V>> {
  return (value, path) => {
    object({})(value, path);
    const entries = Object.entries(value as object);
    if (entries.length > MAX_OVERRIDES)
      throw new RpcError(INVALID_PARAMS, `${path} has more than ${MAX_OVERRIDES} entries`);
    const parsed = entries.map(([name, one]) => [key(name, path), item(one, `${path}.${name.slice(0, 66)}`)]);
    return Object.fromEntries(parsed) as Record<K, V>;
  };
}

const uint64: Parser<bigint> = (value, path) => {
  const parsed = quantity(value, path);
  if (parsed >> 64n) throw new RpcError(INVALID_PARAMS, `${path} does not fit into 64 bits`);
  return parsed;
};
const slots = optional(record(slot, slot));

const accountOverride = object<AccountOverride>({
  balance: optional(quantity),
  nonce: optional(uint64),
  code: optional(hex()),
  state: slots,
  stateDiff: slots,
  movePrecompileToAddress: optional(address),
});

const blockOverrides = object<{
  number: bigint | undefined;
  time: bigint | undefined;
  gasLimit: bigint | undefined;
  feeRecipient: Address | undefined;
  coinbase: Address | undefined;
  prevRandao: Hex | undefined;
  random: Hex | undefined;
  baseFeePerGas: bigint | undefined;
  baseFee: bigint | undefined;
}>({
  number: optional(uint64),
  time: optional(uint64),
  gasLimit: optional(uint64),
  feeRecipient: optional(address),
  coinbase: optional(address),
  prevRandao: optional(hex(32)),
  random: optional(hex(32)),
  baseFeePerGas: optional(quantity),
  baseFee: optional(quantity),
});

/** Block overrides, by the names of the execution API or by geth's older ones. */
export const parseBlockOverrides: Parser<BlockOverrides> = (value, path) => {
  const given = blockOverrides(value, path);
  const [coinbase, mixHash] = [given.feeRecipient ?? given.coinbase, given.prevRandao ?? given.random];
  const baseFeePerGas = given.baseFeePerGas ?? given.baseFee;
  return {
    ...(given.number !== undefined && { number: given.number }),
    ...(given.time !== undefined && { timestamp: given.time }),
    ...(given.gasLimit !== undefined && { gasLimit: given.gasLimit }),
    ...(coinbase !== undefined && { coinbase }),
    ...(mixHash !== undefined && { mixHash }),
    ...(baseFeePerGas !== undefined && { baseFeePerGas }),
  };
};

/** State overrides; a precompile may move once, and not onto an account that is overridden itself. */
export const parseStateOverrides: Parser<StateOverrides> = (value, path) => {
  const overrides = record(address, accountOverride)(value, path);
  const targets = new Set<Address>();
  for (const [name, override] of Object.entries(overrides) as [Address, AccountOverride][]) {
    if (override.state && override.stateDiff)
      throw new RpcError(INVALID_PARAMS, `account ${name} has both 'state' and 'stateDiff'`);
    const target = override.movePrecompileToAddress;
    if (!target) continue;
    if (!isPrecompile(name)) throw new RpcError(SERVER_ERROR, `account ${name} is not a precompile`);
    if (target === name) throw new RpcError(-38022, `account ${name} cannot be moved onto itself`);
    if (targets.has(target) || overrides[target])
      throw new RpcError(-38023, `account ${target} is already overridden`);
    targets.add(target);
  }
  return overrides;
};

/** Prague's precompiles are 0x01 to 0x11. */
function isPrecompile(name: Address): boolean {
  return BigInt(name) >= 1n && BigInt(name) <= 0x11n;
}

/** State overrides in the third place, block overrides in the fourth. */
export function overridesParam(params: unknown[]): CallOverrides {
  return {
    state: optionalParam(params, 2, parseStateOverrides) ?? {},
    block: optionalParam(params, 3, parseBlockOverrides) ?? {},
  };
}
