import {
  encodeFunctionData,
  erc20Abi,
  hashMessage,
  hashTypedData,
  type Hex,
  keccak256,
  parseSignature,
  serializeTransaction,
  slice,
  type TypedDataDefinition,
} from 'viem';
import { sign } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { sameAddress } from '../../protocol/address.ts';
import type { Budget, TransactionRequest } from '../vault-api.ts';
import type { DerivedKey } from './keys.ts';

/** 65 bytes r ‖ s ‖ v with v 27 or 28; deterministic (RFC 6979), low s. */
export async function signDigest(key: DerivedKey, hash: Hex): Promise<Hex> {
  return sign({ hash, privateKey: key.privateKey, to: 'hex' });
}

/** Serialized EIP-1559 transaction, signed. */
export async function signRequest(key: DerivedKey, request: TransactionRequest): Promise<Hex> {
  const { chainId, nonce, to, value, data, gas, maxFeePerGas, maxPriorityFeePerGas } = request;
  const transaction = {
    type: 'eip1559' as const,
    chainId,
    nonce,
    to,
    value,
    data,
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas,
  };
  const digest = keccak256(serializeTransaction(transaction));
  return serializeTransaction(transaction, parseSignature(await signDigest(key, digest)));
}

export async function signTyped(key: DerivedKey, typedData: TypedDataDefinition): Promise<Hex> {
  let digest: Hex;
  try {
    digest = hashTypedData(typedData);
  } catch (cause) {
    throw new HskError('TYPED_DATA_INVALID', 'The signature request is not valid EIP-712', {
      details: cause instanceof Error ? cause.message.split('\n')[0]! : String(cause),
      cause,
    });
  }
  return signDigest(key, digest);
}

/** EIP-191, version 0x45. */
export async function signPersonal(key: DerivedKey, message: Hex): Promise<Hex> {
  return signDigest(key, hashMessage({ raw: message }));
}

/**
 * A budget account signs one kind of transaction: after it was stopped, a plain transfer of its token to
 * its owner.
 *
 * @throws `BUDGET_ACCOUNT`
 */
export function requireSweep(budget: Budget, owner: `0x${string}`, request: TransactionRequest): void {
  const transfer = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [owner, 0n] });
  const isSweep =
    budget.status === 'stopped' &&
    request.chainId === budget.chainId &&
    sameAddress(request.to, budget.token) &&
    request.value === 0n &&
    request.data.length === 2 + 2 * 68 &&
    slice(request.data, 0, 36).toLowerCase() === slice(transfer, 0, 36).toLowerCase();
  if (!isSweep) throw budgetAccount(budget.account);
}

export function budgetAccount(details: string): HskError {
  return new HskError('BUDGET_ACCOUNT', 'An agent’s account signs only what its budget allows', {
    details,
    action: 'Use signPayment, or stop the budget to move its money back.',
  });
}
