import { type Address, type Hex, zeroAddress } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { address, hex, invalid, list, object, optional, type Parser, quantity } from '../protocol/parse.ts';

/** A message to be executed and forgotten. */
export interface CallMessage {
  from: Address;
  to: Address | undefined;
  data: Hex;
  value: bigint;
  /** Gas for the whole transaction, the intrinsic part included; what the caller allows, or nothing said. */
  gas: bigint | undefined;
  /** Wei per gas; zero leaves the base fee out, as geth does. */
  gasPrice: bigint;
  accessList: { address: Address; storageKeys: Hex[] }[];
  authorizations: number;
}

/** What an account is said to be for the time of a call. */
export interface AccountOverride {
  balance: bigint | undefined;
  nonce: bigint | undefined;
  code: Hex | undefined;
  /** The whole storage: every other slot is zero. */
  state: Record<Hex, Hex> | undefined;
  stateDiff: Record<Hex, Hex> | undefined;
  movePrecompileToAddress: undefined;
}

export interface BlockOverrides {
  number: bigint | undefined;
  time: bigint | undefined;
  gasLimit: bigint | undefined;
  coinbase: Address | undefined;
  prevRandao: Hex | undefined;
  baseFeePerGas: bigint | undefined;
}

export interface CallRequest {
  message: CallMessage;
  state: Record<Address, AccountOverride>;
  block: BlockOverrides;
}

/** Refuses what would change the outcome and is not computed here. */
const unsupported =
  (what: string): Parser<undefined> =>
  (value) => {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0))
      return undefined;
    throw new HskError('CALL_UNSUPPORTED', `The local EVM does not take ${what}`, {
      action: 'Ask for the call without it.',
    });
  };

const parseCall = object({
  from: optional(address),
  to: optional(address),
  gas: optional(quantity),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  value: optional(quantity),
  data: optional(hex()),
  input: optional(hex()),
  accessList: optional(list(object({ address, storageKeys: list(hex(32)) }))),
  authorizationList: unsupported('authorisations of EIP-7702'),
  blobVersionedHashes: unsupported('blobs'),
});

/** An object with any keys, each parsed as well as its value. */
function record<K extends string, V>(key: Parser<K>, item: Parser<V>): Parser<Record<K, V>> {
  return (value, path) => {
    object({})(value, path);
    const entries = Object.entries(value as object).map(([name, one]) => [
      key(name, path),
      item(one, `${path}.${name.slice(0, 66)}`),
    ]);
    return Object.fromEntries(entries) as Record<K, V>;
  };
}

const word = hex(32);
const words = optional(record(word, word));
const uint64: Parser<bigint> = (value, path) => {
  const parsed = quantity(value, path);
  if (parsed >> 64n) throw invalid(path, 'a number of at most 64 bits', value);
  return parsed;
};

const parseAccount = object<AccountOverride>({
  balance: optional(quantity),
  nonce: optional(uint64),
  code: optional(hex()),
  state: words,
  stateDiff: words,
  movePrecompileToAddress: unsupported('moved precompiles'),
});

const parseState: Parser<Record<Address, AccountOverride>> = (value, path) => {
  const overrides = record(address, parseAccount)(value, path);
  for (const [name, { state, stateDiff }] of Object.entries(overrides))
    if (state && stateDiff) throw invalid(`${path}.${name}`, 'either state or stateDiff', value);
  return overrides;
};

/** By the names of the execution API or by geth's older ones. */
const parseBlock = object({
  number: optional(uint64),
  time: optional(uint64),
  gasLimit: optional(uint64),
  feeRecipient: optional(address),
  coinbase: optional(address),
  prevRandao: optional(word),
  random: optional(word),
  baseFeePerGas: optional(quantity),
  baseFee: optional(quantity),
  difficulty: unsupported('a difficulty'),
  blobBaseFee: unsupported('a blob base fee'),
  withdrawals: unsupported('withdrawals'),
});

/** The parameters of `eth_call` and `eth_estimateGas`. @throws `PARSE_INVALID`, `CALL_UNSUPPORTED` */
export function parseCallRequest(params: readonly unknown[]): CallRequest {
  const call = parseCall(params[0], 'params[0]');
  if (call.data && call.input && call.data !== call.input)
    throw invalid('params[0]', 'a call whose data and input are the same', 'both');
  const block = optional(parseBlock)(params[3], 'params[3]');
  return {
    message: {
      from: call.from ?? zeroAddress,
      to: call.to,
      data: call.input ?? call.data ?? '0x',
      value: call.value ?? 0n,
      gas: call.gas,
      gasPrice: call.gasPrice ?? call.maxFeePerGas ?? 0n,
      accessList: call.accessList ?? [],
      authorizations: 0,
    },
    state: optional(parseState)(params[2], 'params[2]') ?? {},
    block: {
      number: block?.number,
      time: block?.time,
      gasLimit: block?.gasLimit,
      coinbase: block?.feeRecipient ?? block?.coinbase,
      prevRandao: block?.prevRandao ?? block?.random,
      baseFeePerGas: block?.baseFeePerGas ?? block?.baseFee,
    },
  };
}
