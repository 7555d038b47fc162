import {
  type Address,
  decodeFunctionData,
  erc20Abi,
  type Hex,
  hashMessage,
  hashTypedData,
  hexToBytes,
  isAddress,
  maxUint256,
  type TypedDataDefinition,
} from 'viem';
import { STABLECOIN } from '../protocol/eip3009.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { sameAddress } from '../protocol/address.ts';

/** What a person should stop at. */
export type Warning =
  'unknown' | 'unlimited' | 'token-unknown' | 'not-yours' | 'long-lived' | 'unreadable' | 'expired';

/** A token as the profile knows it. Of any other only the address is known. */
export interface KnownToken {
  address: Address;
  symbol?: string;
  decimals: number;
}

/** What a request means. `digest` is the hash that would be signed, where there is one (ERC-8213). */
export type RequestDescription = { warnings: Warning[]; digest?: Hex } & (
  | { kind: 'connect' }
  | { kind: 'message'; text: string }
  | {
      kind: 'transfer';
      token: KnownToken;
      amount: bigint;
      to: Address;
      /** Signed now, brought to the chain by somebody else, until then (seconds since 1970). */
      until?: bigint;
    }
  | { kind: 'payment'; amount: bigint; to: Address; currency: string }
  | { kind: 'allowance'; token: KnownToken; amount: bigint; spender: Address; until?: bigint }
  | {
      kind: 'order';
      asset: KnownToken;
      payment: KnownToken;
      /** Base units of `payment` for one whole unit. */
      price: bigint;
      maxQuantity: bigint;
      until: bigint;
    }
  | { kind: 'call'; to: Address; contract?: string; value: bigint; data: Hex; currency: string }
  | { kind: 'typed-data'; name: string; contract?: Address; json: string }
);

const MONTH = 30n * 24n * 3600n;

/** What signing `typedData` as `account` would allow. @param now seconds since 1970 */
export function describeTypedData(
  typedData: TypedDataDefinition,
  account: Address,
  profile: ChainProfile,
  now: bigint,
): RequestDescription {
  const digest = hashTypedData(typedData);
  const { primaryType, domain } = typedData;
  const message = typedData.message as Record<string, unknown>;
  const contract = domain?.verifyingContract;
  const known = contract && tokenAt(contract, profile);
  const time = (value: unknown): Warning[] => {
    const until = integer(value);
    if (until === undefined) return [];
    return until <= now ? ['expired'] : until - now > MONTH ? ['long-lived'] : [];
  };
  const mine = (value: unknown): Warning[] =>
    typeof value === 'string' && sameAddress(value, account) ? [] : ['not-yours'];

  if (contract && /^(?:Transfer|Receive)WithAuthorization$/.test(primaryType)) {
    const amount = integer(message.value);
    const until = integer(message.validBefore);
    if (amount !== undefined && until !== undefined && isAddress(String(message.to), { strict: false }))
      return {
        kind: 'transfer',
        token: known ?? { address: contract, decimals: 0 },
        amount,
        to: message.to as Address,
        until,
        digest,
        warnings: [...stranger(known), ...mine(message.from), ...time(until)],
      };
  }
  if (contract && primaryType === 'Permit') {
    const amount = integer(message.value);
    const until = integer(message.deadline);
    if (amount !== undefined && until !== undefined && isAddress(String(message.spender), { strict: false }))
      return {
        kind: 'allowance',
        token: known ?? { address: contract, decimals: 0 },
        amount,
        until,
        digest,
        spender: message.spender as Address,
        warnings: [...unlimited(amount), ...stranger(known), ...mine(message.owner), ...time(until)],
      };
  }
  if (primaryType === 'Order' && contract && sameAddress(contract, profile.execution.contracts.settlement)) {
    const [price, maxQuantity, until] = [message.price, message.maxQuantity, message.validUntil].map(integer);
    const asset = tokenAt(String(message.asset), profile);
    const payment = tokenAt(String(message.payment), profile);
    if (price !== undefined && maxQuantity !== undefined && until !== undefined && asset && payment)
      return {
        kind: 'order',
        asset,
        payment,
        price,
        maxQuantity,
        until,
        digest,
        warnings: [...mine(message.seller), ...time(until)],
      };
  }
  return {
    kind: 'typed-data',
    name: [domain?.name, primaryType].filter(Boolean).join(' · '),
    ...(contract && { contract }),
    json: pretty(message),
    digest,
    warnings: ['unknown'],
  };
}

/** What a transaction to `to` would do. */
export function describeTransaction(
  call: { to: Address; data: Hex; value: bigint },
  profile: ChainProfile,
): RequestDescription {
  const { to, data, value } = call;
  const { currency, contracts } = profile.execution;
  if (data === '0x') return { kind: 'payment', amount: value, to, currency, warnings: [] };
  const known = tokenAt(to, profile);
  const erc20 = value === 0n ? decode(data) : undefined;
  const token = known ?? { address: to, decimals: 0 };
  if (erc20?.functionName === 'transfer') {
    const [recipient, amount] = erc20.args;
    return { kind: 'transfer', token, amount, to: recipient, warnings: stranger(known) };
  }
  if (erc20?.functionName === 'approve') {
    const [spender, amount] = erc20.args;
    return {
      kind: 'allowance',
      token,
      amount,
      spender,
      warnings: [...unlimited(amount), ...stranger(known)],
    };
  }
  const contract =
    known?.symbol ?? Object.entries(contracts).find(([, address]) => sameAddress(address, to))?.[0];
  return {
    kind: 'call',
    to,
    value,
    data,
    currency,
    ...(contract && { contract }),
    warnings: contract ? [] : ['unknown'],
  };
}

/** EIP-191. Text where it is text a person can read whole; bytes otherwise. */
export function describeMessage(message: Hex): RequestDescription {
  const digest = hashMessage({ raw: message });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(hexToBytes(message));
    // Control characters and direction marks can hide what is signed.
    if (text && !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u.test(text.replaceAll(/[\n\r\t]/g, '')))
      return { kind: 'message', text, digest, warnings: [] };
  } catch {
    // Not UTF-8.
  }
  return { kind: 'message', text: message, digest, warnings: ['unreadable'] };
}

/** A token that the profile vouches for. */
export function tokenAt(
  address: string,
  profile: ChainProfile,
): (KnownToken & { symbol: string }) | undefined {
  const { stablecoin } = profile.execution.contracts;
  if (sameAddress(address, stablecoin))
    return { address: stablecoin, symbol: STABLECOIN.symbol, decimals: STABLECOIN.decimals };
  const product = profile.products.find(({ token }) => sameAddress(token, address));
  return product && { address: product.token, symbol: product.symbol, decimals: product.decimals };
}

function decode(data: Hex) {
  try {
    return decodeFunctionData({ abi: erc20Abi, data });
  } catch {
    return undefined;
  }
}

function stranger(known: KnownToken | undefined): Warning[] {
  return known ? [] : ['token-unknown'];
}

/** Wallets have shown "unlimited" for anything nobody could ever hold. */
function unlimited(amount: bigint): Warning[] {
  return amount >= maxUint256 / 2n ? ['unlimited'] : [];
}

function integer(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^(?:\d{1,78}|0x[\da-f]{1,64})$/i.test(value)) return BigInt(value);
  return undefined;
}

function pretty(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, entry: unknown) => (typeof entry === 'bigint' ? entry.toString() : entry),
    2,
  );
}
