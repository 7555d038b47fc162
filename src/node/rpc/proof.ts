import { createMerkleProof, type MerklePatriciaTrie } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { Account, createAccountFromRLP, createAddressFromString } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { Ledger } from '../chain/ledger.ts';
import { openState } from '../chain/state.ts';
import { toQuantity } from './params.ts';

/**
 * EIP-1186: the trie nodes from the root to the account, or to where it is missing, and the same below
 * its storage root for each slot. `keys` are echoed as they were asked.
 */
export async function accountProof(
  ledger: Ledger,
  stateRoot: Hex,
  address: Address,
  slots: readonly { asked: string; slot: Hex }[],
) {
  const key = createAddressFromString(address);
  const trie = openState(ledger.store.index, ledger.common, toBytes(stateRoot))['_trie'];
  const leaf = await trie.get(key.bytes);
  const account = leaf ? createAccountFromRLP(leaf) : new Account();
  const storage = trie.shallowCopy(false);
  storage.root(account.storageRoot);
  const storageProof = [];
  for (const { asked, slot } of slots) {
    const value = await storage.get(toBytes(slot));
    storageProof.push({
      key: asked,
      value: value ? toQuantity(BigInt(toHex(RLP.decode(value) as Uint8Array))) : '0x0',
      proof: await hashedNodes(storage, toBytes(slot)),
    });
  }
  return {
    address,
    accountProof: await hashedNodes(trie, key.bytes),
    balance: toQuantity(account.balance),
    codeHash: toHex(account.codeHash),
    nonce: toQuantity(account.nonce),
    storageHash: toHex(account.storageRoot),
    storageProof,
  };
}

/** Nodes of the path that are named by a hash; what is embedded in its parent is not repeated (as geth). */
async function hashedNodes(trie: MerklePatriciaTrie, key: Uint8Array): Promise<Hex[]> {
  const nodes = await createMerkleProof(trie, key);
  return nodes.filter((node, depth) => depth === 0 || node.length >= 32).map(toHex);
}
