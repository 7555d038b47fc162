import type { Common } from '@ethereumjs/common';
import { Capability, createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx';
import { createAddressFromString } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { toHex } from './bytes.ts';

/** A signed transaction, decoded and with its sender recovered. */
export interface SignedTransaction {
  tx: TypedTransaction;
  raw: Uint8Array;
  hash: Hex;
  sender: Address;
}

/**
 * Decodes a raw transaction and recovers its sender, unless a stored block already knows it.
 * @throws `TRANSACTION_INVALID` when the bytes are no transaction of this chain or the signature is bad.
 */
export function decodeTransaction(raw: Uint8Array, common: Common, knownSender?: Address): SignedTransaction {
  try {
    // Not frozen: the sender is recovered once, here, and remembered below.
    const tx = createTxFromRLP(raw, { common, freeze: false });
    if (!tx.isSigned()) throw new Error('the transaction is not signed');
    if (tx.type === 0 && !tx.supports(Capability.EIP155ReplayProtection))
      throw new HskError(
        'TRANSACTION_INVALID',
        'only replay-protected (EIP-155) transactions allowed over RPC',
      );
    if (tx.type === 3) throw new HskError('TRANSACTION_INVALID', 'transaction type not supported');
    const sender = knownSender ? createAddressFromString(knownSender) : tx.getSenderAddress();
    tx.getSenderAddress = () => sender;
    return { tx, raw, hash: toHex(tx.hash()), sender: sender.toString() };
  } catch (cause) {
    if (cause instanceof HskError) throw cause;
    throw new HskError('TRANSACTION_INVALID', transactionFault(cause), { cause });
  }
}

function transactionFault(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/chain ID/i.test(text)) return 'invalid chain id for signer';
  if (/signature|s-values/i.test(text)) return 'invalid sender';
  return `rlp: ${text.split(' (')[0]}`;
}

/** What one unit of gas may cost the sender at most, wei. */
export function feeCap({ tx }: SignedTransaction): bigint {
  return 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice;
}

/** What one unit of gas gives the fee recipient at most, wei. */
export function tipCap({ tx }: SignedTransaction): bigint {
  return 'maxPriorityFeePerGas' in tx ? tx.maxPriorityFeePerGas : tx.gasPrice;
}

/** The tip under `baseFee`; negative when the transaction cannot pay the base fee. */
export function effectiveTip(transaction: SignedTransaction, baseFee: bigint): bigint {
  const room = feeCap(transaction) - baseFee;
  const tip = tipCap(transaction);
  return tip < room ? tip : room;
}

/** The most the transaction can take from its sender, wei. */
export function maximumCost(transaction: SignedTransaction): bigint {
  return transaction.tx.value + transaction.tx.gasLimit * feeCap(transaction);
}
