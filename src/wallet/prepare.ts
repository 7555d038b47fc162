import type { Address, Hex } from 'viem';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { HskError } from '../protocol/errors.ts';
import { quantity } from '../protocol/parse.ts';
import { estimateGas } from './estimate-gas.ts';
import type { SentTransaction } from './journal.ts';
import type { TransactionRequest } from './vault-api.ts';

export interface Call {
  from: Address;
  to: Address;
  data: Hex;
  /** Wei. */
  value: bigint;
}

/** A fee above this many wei for one transaction is a mistake or an attack: one whole coin. */
export const FEE_LIMIT = 10n ** 18n;

type Chain = Pick<LightClientApi, 'read' | 'header' | 'request' | 'requestUnverified'>;

/** Gas and price of a call; `fee` is the most it can cost, in wei. */
export interface Fees {
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  fee: bigint;
}

/**
 * Gas and price. The base fee comes from a proven header and the gas from a run on proven state; the tip is the
 * endpoint's word, and so is the gas where it cannot be proven: what they can cost is bounded.
 *
 * @throws `CALL_REVERTS` when the call would fail, `FEE_ABSURD`
 */
export async function estimateFees(chain: Chain, call: Call): Promise<Fees> {
  const { block } = await chain.read({ kind: 'account', address: call.from });
  const [header, gasUsed, tip] = await Promise.all([
    chain.header(block.number),
    estimateGas(chain, call),
    suggestedTip(chain),
  ]);
  const baseFee = header.baseFeePerGas ?? 0n;
  const gas = (gasUsed * 13n) / 10n;
  // Blocks may fill while it waits: 12.5 % a block at most, six blocks double it.
  const maxFeePerGas = baseFee * 2n + tip;
  const fee = gas * maxFeePerGas;
  if (fee > FEE_LIMIT)
    throw new HskError('FEE_ABSURD', 'The network fee asked for is absurdly high', {
      details: `${fee} wei for ${gas} gas`,
      action: 'Nothing was signed. Try again later, or tell the operator of this site.',
    });
  return { gas, maxFeePerGas, maxPriorityFeePerGas: tip, fee };
}

/**
 * The transaction to sign: after everything the chain has proven and everything that is still on its way.
 *
 * @throws the codes of `estimateFees`, and `GAS_MISSING` when the account cannot pay for it
 */
export async function prepareTransaction(
  chain: Chain,
  chainId: number,
  call: Call,
  sent: readonly SentTransaction[],
): Promise<TransactionRequest> {
  const [{ value: account }, fees] = await Promise.all([
    chain.read({ kind: 'account', address: call.from }),
    estimateFees(chain, call),
  ]);
  const needed = call.value + fees.fee;
  if (account.balance < needed)
    throw new HskError('GAS_MISSING', 'This wallet holds too little to pay the network fee', {
      details: `${account.balance} wei, needed ${needed}`,
      action: 'Add some of the network’s own coin first.',
    });
  const { gas, maxFeePerGas, maxPriorityFeePerGas } = fees;
  return {
    chainId,
    to: call.to,
    value: call.value,
    data: call.data,
    nonce: nextNonce(Number(account.nonce), sent),
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas,
  };
}

/** The proven nonce may lag behind what was sent; a transaction that was refused gives its place back. */
export function nextNonce(proven: number, sent: readonly SentTransaction[]): number {
  const used = sent
    .filter(({ status }) => status !== 'refused' && status !== 'replaced')
    .map(({ nonce }) => nonce + 1);
  return Math.max(proven, ...used);
}

async function suggestedTip(chain: Chain): Promise<bigint> {
  const method = 'eth_maxPriorityFeePerGas';
  return quantity((await chain.requestUnverified({ method, params: [] })).value, method);
}
