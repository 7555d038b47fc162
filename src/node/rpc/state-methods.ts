import { createAddressFromString } from '@ethereumjs/util';
import { list } from '../../protocol/parse.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import { addressParam, param, requiredBlock, slot, toQuantity } from './params.ts';
import { accountProof } from './proof.ts';

/** Most storage slots in one proof. */
const MAX_SLOTS = 1024;

/** Accounts, code, storage and their proofs at any block. */
export function stateMethods(ledger: Ledger): Record<string, RpcMethod> {
  const state = (params: unknown[], index: number) =>
    ledger.stateAt(requiredBlock(ledger, params, index).header.stateRoot);
  const account = async (params: unknown[]) => {
    const address = createAddressFromString(addressParam(params, 0));
    return state(params, 1).getAccount(address);
  };
  return {
    eth_getBalance: async (params) => toQuantity((await account(params))?.balance ?? 0n),
    eth_getTransactionCount: async (params) => {
      const nonce = (await account(params))?.nonce ?? 0n;
      const pending = params[1] === 'pending';
      return toQuantity(pending ? ledger.pool.nextNonce(addressParam(params, 0), nonce) : nonce);
    },
    eth_getCode: async (params) =>
      toHex(await state(params, 1).getCode(createAddressFromString(addressParam(params, 0)))),
    eth_getStorageAt: async (params) => {
      const address = createAddressFromString(addressParam(params, 0));
      const value = await state(params, 2).getStorage(address, toBytes(param(params, 1, slot)));
      return `0x${toHex(value).slice(2).padStart(64, '0')}`;
    },
    eth_getProof: async (params) => {
      const address = addressParam(params, 0);
      const asked = param(
        params,
        1,
        list((value) => value as string, MAX_SLOTS),
      );
      const slots = asked.map((key, index) => ({ asked: key, slot: param(asked, index, slot) }));
      return accountProof(ledger, requiredBlock(ledger, params, 2).header.stateRoot, address, slots);
    },
  };
}
