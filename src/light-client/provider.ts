import { numberToHex } from '../protocol/hex.ts';
import { HskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Unverified } from './light-client-api.ts';
import type { Method } from './methods/block-at.ts';
import { BLOCK_METHODS } from './methods/block-methods.ts';
import { CALL_METHODS } from './methods/call-methods.ts';
import { FEE_METHODS } from './methods/fee-methods.ts';
import { LOG_METHODS } from './methods/log-methods.ts';
import { STATE_METHODS } from './methods/state-methods.ts';
import type { Reader } from './read.ts';
import type { Transport } from './transport.ts';

/** An EIP-1193 request. */
export interface RpcRequest {
  method: string;
  params?: readonly unknown[] | undefined;
}

/** Guesses about the future, or what could not be proven; only `requestUnverified` hands them on. */
export const UNVERIFIED_METHODS = [
  'eth_estimateGas',
  'eth_gasPrice',
  'eth_maxPriorityFeePerGas',
  'eth_feeHistory',
] as const;

/** Methods that `request` answers: each from proven values, except that a broadcast is only passed on. */
const METHODS: Record<string, Method> = {
  ...STATE_METHODS,
  ...BLOCK_METHODS,
  ...LOG_METHODS,
  ...FEE_METHODS,
  ...CALL_METHODS,
};

/** What the profile itself says: a dapp asks before anything is synced. */
export function answerFromProfile({ execution }: ChainProfile, method: string): string | undefined {
  if (method === 'eth_chainId') return numberToHex(execution.chainId);
  if (method === 'web3_clientVersion') return 'hsk-embed light client';
  return method === 'net_version' ? String(execution.chainId) : undefined;
}

/** @throws `UNPROVEN_METHOD` for everything that is not answered from proofs */
export async function answerRequest(reader: Reader, { method, params = [] }: RpcRequest): Promise<unknown> {
  const answer = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (answer) return answer(reader, params);
  throw unproven(
    method,
    isGuess(method)
      ? 'It is a guess: requestUnverified hands it on, marked.'
      : 'Accounts and signatures are the wallet’s, subscriptions and filters its provider’s.',
  );
}

/** @throws `UNPROVEN_METHOD` for anything but the estimates listed in `UNVERIFIED_METHODS` */
export async function answerUnverified(
  execution: Transport,
  { method, params = [] }: RpcRequest,
): Promise<Unverified> {
  if (!isGuess(method)) throw unproven(method, 'Use request: it answers what can be proven.');
  return { unverified: true, value: await execution.request(method, params) };
}

const isGuess = (method: string) => (UNVERIFIED_METHODS as readonly string[]).includes(method);

function unproven(method: string, action: string): HskError {
  return new HskError('UNPROVEN_METHOD', `The light client cannot prove an answer to ${method}`, { action });
}
