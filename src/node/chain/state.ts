import type { Common } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager';
import { type BatchDBOp, type DB, ValueEncoding } from '@ethereumjs/util';
import { HskError } from '../../protocol/errors.ts';
import { EMPTY_TRIE_ROOT } from '../../protocol/header.ts';
import type { IndexStore } from '../store/index-store.ts';

/** Where trie nodes and code are read and written. */
export type NodeStore = Pick<IndexStore, 'get' | 'put'>;

const EMPTY_ROOT = EMPTY_TRIE_ROOT.slice(2);

/** Trie nodes and code in the index, under `n`. Nodes are named by their hash: nothing is ever deleted. */
class NodeDatabase implements DB<string, Uint8Array> {
  readonly #index: NodeStore;
  constructor(index: NodeStore) {
    this.#index = index;
  }
  get(key: string): Promise<Uint8Array | undefined> {
    const value = this.#index.get(nodeKey(key));
    // ethereumjs reads a missing node as an absent key: a damaged store would change the state in silence.
    if (!value && key !== EMPTY_ROOT)
      return Promise.reject(
        new HskError('STORE_NODE_MISSING', 'A node of the state trie is missing', {
          details: key,
          action: 'Delete the index directory of the chain: it is rebuilt from the log.',
        }),
      );
    return Promise.resolve(value);
  }
  put(key: string, value: Uint8Array): Promise<void> {
    this.#index.put(nodeKey(key), value);
    return Promise.resolve();
  }
  del(): Promise<void> {
    return Promise.resolve();
  }
  batch(operations: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    for (const operation of operations)
      if (operation.type === 'put') this.#index.put(nodeKey(operation.key), operation.value);
    return Promise.resolve();
  }
  shallowCopy(): DB<string, Uint8Array> {
    return this;
  }
  open(): Promise<void> {
    return Promise.resolve();
  }
}

function nodeKey(hex: string): string {
  return `n${Buffer.from(hex, 'hex').toString('latin1')}`;
}

/** The state under `root`, with caches of its own; it shares only immutable nodes with others. */
export function openState(index: NodeStore, common: Common, root?: Uint8Array): MerkleStateManager {
  const trie = new MerklePatriciaTrie({
    db: new NodeDatabase(index),
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    common,
    ...(root && { root }),
  });
  return new MerkleStateManager({ common, trie, caches: new Caches() });
}

/** Writes stay in memory and end with it. */
export function scratchStore(index: NodeStore): NodeStore {
  const written = new Map<string, Uint8Array>();
  return {
    get: (key) => written.get(key) ?? index.get(key),
    put: (key, value) => void written.set(key, value),
  };
}
