import { RLP } from '@ethereumjs/rlp';
import { Account, createAccountFromRLP } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { toBytes, toHex } from '../chain/bytes.ts';
import { keccak } from '../chain/crypto.ts';
import type { Ledger } from '../chain/ledger.ts';
import { readTrie } from '../chain/trie.ts';
import { toQuantity } from './params.ts';

/**
 * EIP-1186: the trie nodes from the root to the account, or to where it is missing, and the same below
 * its storage root for each slot. What is embedded in its parent is not repeated (as geth). `keys` are
 * echoed as they were asked.
 */
export function accountProof(
  ledger: Ledger,
  stateRoot: Hex,
  address: Address,
  slots: readonly { asked: string; slot: Hex }[],
) {
  const prove = (root: Uint8Array, key: Hex) => {
    const proof: Hex[] = [];
    const value = readTrie(ledger.store.index, root, keccak(toBytes(key)), (node) => proof.push(toHex(node)));
    return { value, proof };
  };
  const { value: leaf, proof } = prove(toBytes(stateRoot), address);
  const account = leaf ? createAccountFromRLP(leaf) : new Account();
  return {
    address,
    accountProof: proof,
    balance: toQuantity(account.balance),
    codeHash: toHex(account.codeHash),
    nonce: toQuantity(account.nonce),
    storageHash: toHex(account.storageRoot),
    storageProof: slots.map(({ asked, slot }) => {
      const { value, proof } = prove(account.storageRoot, slot);
      const held = value && toHex(RLP.decode(value) as Uint8Array);
      return { key: asked, value: held ? toQuantity(BigInt(held)) : '0x0', proof };
    }),
  };
}
