import { type Address, type Hex, keccak256, numberToHex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { LogFilter } from '../protocol/logs.ts';
import { address, hex, list, object, optional, type Parser, quantity } from '../protocol/parse.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Unverified } from './light-client-api.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { Reader } from './read.ts';
import { locateReceipt } from './receipts.ts';
import { rpcBlock, rpcLog, rpcReceipt, rpcTransaction } from './rpc-format.ts';
import type { Transport } from './transport.ts';

/** An EIP-1193 request. */
export interface RpcRequest {
  method: string;
  params?: readonly unknown[] | undefined;
}

type Method = (reader: Reader, params: readonly unknown[]) => Promise<unknown>;

/** Guesses about the future, which nobody can prove; only `requestUnverified` hands them on. */
export const UNVERIFIED_METHODS = [
  'eth_estimateGas',
  'eth_gasPrice',
  'eth_maxPriorityFeePerGas',
  'eth_feeHistory',
] as const;

/** Methods that `request` answers: each from proven values, except that a broadcast is only passed on. */
const METHODS: Record<string, Method> = {
  eth_blockNumber: async (reader) => numberToHex(reader.newest().header.number),

  eth_getBalance: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    return numberToHex((await reader.state(at, account)).account.balance);
  },
  // 'pending' is the proven nonce as well: what the wallet has sent since is in the wallet's own journal.
  eth_getTransactionCount: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    return numberToHex((await reader.state(at, account)).account.nonce);
  },
  eth_getStorageAt: async (reader, params) => {
    const slot = numberToHex(quantity(params[1], 'params[1]'), { size: 32 });
    const [account, at] = await accountAt(reader, params, 2);
    const { values } = await reader.state(at, account, [slot]);
    return numberToHex(values[0] ?? 0n, { size: 32 });
  },
  eth_getCode: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    const { codeHash } = (await reader.state(at, account)).account;
    if (codeHash === keccak256('0x')) return '0x';
    const code = hex()(
      await reader.follower.parts.execution.request('eth_getCode', [account, numberToHex(at.header.number)]),
      'code',
    );
    if (keccak256(code) !== codeHash)
      throw new HskError('CODE_HASH', 'The code the endpoint showed is not the account’s', {
        details: `${account}: ${keccak256(code)}, proven ${codeHash}`,
      });
    return code;
  },

  eth_getTransactionReceipt: async (reader, params) => {
    const found = await orNull(locateReceipt(reader, hex(32)(params[0], 'params[0]'), 'attested'));
    return found && rpcReceipt(found.body, found.index);
  },
  eth_getTransactionByHash: async (reader, params) => {
    const found = await orNull(locateReceipt(reader, hex(32)(params[0], 'params[0]'), 'attested'));
    return found && rpcTransaction(found.body, found.index);
  },
  eth_getBlockByNumber: async (reader, params) => {
    const block = await blockAt(reader, params[0]);
    const body = await reader.body(block);
    return rpcBlock(body, params[1] === true);
  },
  eth_getLogs: async (reader, params) => {
    const { filter, from, to } = await logQuery(reader, params[0]);
    const logs = await reader.logs(filter, from, to);
    return Promise.all(logs.map(async (log) => rpcLog(log, await reader.block(log.blockNumber))));
  },

  eth_sendRawTransaction: async (reader, params) => {
    const raw = hex()(params[0], 'params[0]');
    const hash = keccak256(raw);
    const answer = hex(32)(
      await reader.follower.parts.execution.request('eth_sendRawTransaction', [raw]),
      'transaction hash',
    );
    if (answer !== hash)
      throw new HskError('TRANSACTION_HASH', 'The endpoint named another transaction than the one sent', {
        details: `${answer}, sent ${hash}`,
        action: 'Whether it was broadcast is unknown: send the same bytes again to another endpoint.',
      });
    return hash;
  },
};

/** What to use instead, where there is something. */
const INSTEAD: Record<string, string> = {
  eth_call: 'Read the storage slots behind the call: read({kind: "storage"}) proves them.',
  eth_getProof:
    'read({kind: "account"}) and evidence(id) give the proof together with the header it stands under.',
  eth_subscribe: 'subscribe(listener) tells of every new verified head.',
  eth_getBlockByHash: 'Ask by number: eth_getBlockByNumber.',
  eth_sendTransaction: 'The wallet signs; the light client broadcasts eth_sendRawTransaction.',
  eth_accounts: 'Accounts are the wallet’s.',
  eth_requestAccounts: 'Accounts are the wallet’s.',
};

/** What the profile itself says: a dapp asks before anything is synced. */
export function answerFromProfile({ execution }: ChainProfile, method: string): string | undefined {
  if (method === 'eth_chainId') return numberToHex(execution.chainId);
  return method === 'net_version' ? String(execution.chainId) : undefined;
}

/** @throws `UNPROVEN_METHOD` for everything that is not answered from proofs */
export async function answerRequest(reader: Reader, { method, params = [] }: RpcRequest): Promise<unknown> {
  const answer = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (answer) return answer(reader, params);
  const guess = (UNVERIFIED_METHODS as readonly string[]).includes(method);
  throw new HskError('UNPROVEN_METHOD', `The light client cannot prove an answer to ${method}`, {
    action: guess
      ? 'It is a guess: requestUnverified hands it on, marked.'
      : (INSTEAD[method] ??
        'Ask for what can be proven: accounts, storage, blocks, transactions, receipts, logs.'),
  });
}

/** @throws `UNPROVEN_METHOD` for anything but the estimates listed in `UNVERIFIED_METHODS` */
export async function answerUnverified(
  execution: Transport,
  { method, params = [] }: RpcRequest,
): Promise<Unverified> {
  if (!(UNVERIFIED_METHODS as readonly string[]).includes(method))
    throw new HskError('UNPROVEN_METHOD', `${method} is not among the estimates that are handed on`, {
      details: UNVERIFIED_METHODS.join(', '),
      action: 'Use request: it answers what can be proven.',
    });
  return { unverified: true, value: await execution.request(method, params) };
}

async function accountAt(
  reader: Reader,
  params: readonly unknown[],
  tag: number,
): Promise<[Address, HashedHeader]> {
  return [address(params[0], 'params[0]'), await blockAt(reader, params[tag])];
}

/** `latest` and `pending` are the newest attested block, `safe` the anchored one, `finalized` the final one. */
async function blockAt(reader: Reader, tag: unknown): Promise<HashedHeader> {
  const { anchored, final } = reader.follower.heads;
  switch (tag) {
    case undefined:
    case null:
    case 'latest':
    case 'pending':
      return reader.newest();
    case 'safe':
    case 'finalized': {
      const head = tag === 'safe' ? anchored : final;
      if (!head)
        throw new HskError('BLOCK_NOT_ANCHORED', `No block is ${tag === 'safe' ? 'anchored' : 'final'} yet`);
      return head.block;
    }
    case 'earliest':
      return reader.block(0n);
    default:
      return reader.block(quantity(tag, 'block'));
  }
}

const topic: Parser<readonly Hex[] | null> = (value, path) =>
  value === null ? null : Array.isArray(value) ? list(hex(32), 32)(value, path) : [hex(32)(value, path)];

const parseFilter = object<{
  address: readonly Address[] | undefined;
  topics: (readonly Hex[] | null)[] | undefined;
  fromBlock: string | undefined;
  toBlock: string | undefined;
  blockHash: Hex | undefined;
}>({
  address: optional((value, path) =>
    Array.isArray(value) ? list(address, 64)(value, path) : [address(value, path)],
  ),
  topics: optional(list(topic, 4)),
  fromBlock: (value) => value as string | undefined,
  toBlock: (value) => value as string | undefined,
  blockHash: optional(hex(32)),
});

async function logQuery(
  reader: Reader,
  json: unknown,
): Promise<{ filter: LogFilter; from: bigint; to: bigint }> {
  const parsed = parseFilter(json, 'params[0]');
  if (parsed.blockHash)
    throw new HskError('UNPROVEN_METHOD', 'Logs are asked for by block numbers', {
      action: 'Use fromBlock and toBlock.',
    });
  const to = await blockAt(reader, parsed.toBlock);
  const from = await blockAt(reader, parsed.fromBlock);
  return {
    filter: { addresses: parsed.address ?? [], topics: parsed.topics ?? [] },
    from: from.header.number,
    to: to.header.number,
  };
}

/** JSON-RPC says null for what is in no attested block yet; that null is no proof of absence. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HskError && error.code === 'RECEIPT_PENDING') return null;
    throw error;
  }
}
