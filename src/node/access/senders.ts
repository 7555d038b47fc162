import type { ChainState } from '../chain/state.ts';
import { createAddressFromString } from '@ethereumjs/util';
import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { SenderJudge, SenderPolicy } from '../chain/sender-policy.ts';
import { tipCap, type SignedTransaction } from '../chain/transaction.ts';
import {
  ACCESS_REGISTRY,
  ADMITTED,
  DEPLOYER,
  FREE_GAS,
  type RegistryStorage,
  RegistryReader,
  SUSPENDED,
} from './registry.ts';

export interface SenderRules {
  /** `admitted`: only who was admitted sends. Suspended accounts never do. */
  senders: 'open' | 'admitted';
  /** `free`: blocks have no base fee; who has no free gas pays the registry's minimum tip. */
  gas: 'market' | 'free';
  /** Only deployers create contracts. */
  deployersOnly: boolean;
}

/** Registry words to a decision about a transaction. */
export class RegistrySenders implements SenderPolicy {
  readonly #rules: SenderRules;
  readonly #registry = new RegistryReader();

  constructor(rules: SenderRules) {
    this.#rules = rules;
  }

  async judge(state: ChainState, senders: readonly Address[]): Promise<SenderJudge> {
    const storage = await registryStorage(state);
    const words = new Map<Address, bigint>();
    for (const account of senders) words.set(account, await this.#registry.permissions(storage, account));
    const minimumTip = this.#rules.gas === 'free' ? await this.#registry.minimumTip(storage) : 0n;
    const sender = (account: Address) => {
      const word = words.get(account);
      return word === undefined ? undefined : accountRefusal(account, word, this.#rules);
    };
    return {
      sender,
      transaction: (transaction) => {
        const word = words.get(transaction.sender);
        if (word === undefined) return undefined;
        return sender(transaction.sender) ?? transactionRefusal(transaction, word, minimumTip, this.#rules);
      },
    };
  }

  async minimumTip(state: ChainState): Promise<bigint> {
    return this.#registry.minimumTip(await registryStorage(state));
  }
}

async function registryStorage(state: ChainState): Promise<RegistryStorage> {
  const address = createAddressFromString(ACCESS_REGISTRY);
  const account = await state.getAccount(address);
  return {
    root: account ? toHex(account.storageRoot) : '0x',
    read: async (slot) => {
      const value = account ? await state.getStorage(address, toBytes(slot)) : new Uint8Array();
      return value.length === 0 ? 0n : BigInt(toHex(value));
    },
  };
}

function accountRefusal(account: Address, word: bigint, { senders }: SenderRules): HskError | undefined {
  if (word & SUSPENDED) return notPermitted(account, 'is suspended');
  if (senders === 'admitted' && !(word & ADMITTED)) return notPermitted(account, 'is not admitted');
  return undefined;
}

function transactionRefusal(
  transaction: SignedTransaction,
  word: bigint,
  minimumTip: bigint,
  { deployersOnly }: SenderRules,
): HskError | undefined {
  if (deployersOnly && !transaction.tx.to && !(word & DEPLOYER))
    return notPermitted(transaction.sender, 'may not create contracts');
  const tip = tipCap(transaction);
  if (tip < minimumTip && !(word & FREE_GAS))
    return new HskError(
      'SENDER_PAYS_TOO_LITTLE',
      `transaction underpriced: account ${transaction.sender} has no free gas: tip ${tip}, minimum ${minimumTip}`,
      { action: 'Offer the minimum tip, or have the account given free gas in the AccessRegistry.' },
    );
  return undefined;
}

/** The words are stable: clients match on them. */
function notPermitted(account: Address, why: string): HskError {
  return new HskError('SENDER_NOT_PERMITTED', `sender not permitted: account ${account} ${why}`, {
    action: 'Ask the operator of the network: the AccessRegistry says who may send.',
  });
}
