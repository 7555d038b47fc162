import type { AccountFields, StateManagerInterface } from '@ethereumjs/common';
import { RLP } from '@ethereumjs/rlp';
import { OriginalStorageCache } from '@ethereumjs/statemanager';
import { Account, type Address, createAccountFromRLP, unpadBytes } from '@ethereumjs/util';
import { HskError } from '../../protocol/errors.ts';
import { keccak } from './crypto.ts';
import { EMPTY_ROOT, nodeKey, type NodeStore, readTrie } from './trie.ts';
import { updateTrie } from './trie-update.ts';

export type { NodeStore } from './trie.ts';

/** Accounts and slots that a state remembers between blocks or calls; beyond that it begins anew. */
const REMEMBERED = 200_000;
const NO_BYTES = new Uint8Array(0);
/** Code lies beside the trie nodes under its hash with this letter in front, as ethereumjs keeps it. */
const CODE_PREFIX = 0x63;

/** What is known of one account's storage. */
interface Storage {
  /** Nothing below the account's storage root counts any more. */
  cleared: boolean;
  /** Values without leading zeros, under the slot. */
  slots: Map<string, Uint8Array>;
}

/** How to take a write back. */
type Undo =
  | { kind: 'account'; key: string; address: Address; before: Account | undefined }
  | { kind: 'slot'; key: string; storage: Storage; slot: string; before: Uint8Array | undefined }
  | { kind: 'storage'; key: string; address: Address; before: Storage | undefined };

/**
 * The state under a root, as ethereumjs wants it: what was read and written stays in flat maps, writes
 * since the outermost checkpoint can be taken back, and its commit brings them into the tries, each node
 * once. States share only immutable nodes.
 */
export class ChainState implements StateManagerInterface {
  readonly originalStorageCache: OriginalStorageCache;
  readonly #store: NodeStore;
  #root: Uint8Array;
  #accounts = new Map<string, Account | undefined>();
  #storage = new Map<string, Storage>();
  #codes = new Map<string, Uint8Array>();
  /** Codes that the store does not have yet. */
  #newCodes = new Set<string>();
  #undo: Undo[] = [];
  /** Lengths of `#undo` at the open checkpoints. */
  #checkpoints: number[] = [];
  #slotCount = 0;

  constructor(store: NodeStore, root: Uint8Array = EMPTY_ROOT) {
    this.#store = store;
    this.#root = root;
    this.originalStorageCache = new OriginalStorageCache((address, key) => this.getStorage(address, key));
  }

  /** Forgets what was read when it has become much. Only between checkpoints. */
  trim(): void {
    if (this.#accounts.size + this.#slotCount > REMEMBERED) this.clearCaches();
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = this.#account(address);
    return account && copyOf(account);
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.#setAccount(address, account && copyOf(account));
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#clear(address);
    this.#setAccount(address, undefined);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    this.#setAccount(address, Object.assign(copyOf(this.#account(address) ?? new Account()), fields));
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = keccak(value);
    const key = keyOf(codeHash);
    if (value.length > 0 && !this.#codes.has(key)) {
      this.#codes.set(key, value);
      this.#newCodes.add(key);
    }
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = this.#account(address);
    if (!account?.isContract()) return NO_BYTES;
    const key = keyOf(account.codeHash);
    let code = this.#codes.get(key);
    if (!code) {
      code = this.#store.get(codeKey(account.codeHash));
      if (!code)
        throw new HskError('STORE_NODE_MISSING', 'The code of a contract is missing', {
          details: address.toString(),
          action: 'Delete the index directory of the chain: it is rebuilt from the log.',
        });
      this.#codes.set(key, code);
    }
    return code;
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const storage = this.#storageOf(address);
    const slot = keyOf(key);
    let value = storage.slots.get(slot);
    if (value === undefined) {
      value = storage.cleared ? NO_BYTES : this.#readSlot(address, key);
      storage.slots.set(slot, value);
      this.#slotCount++;
    }
    return value;
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    if (key.length !== 32 || value.length > 32 || !this.#account(address))
      throw new HskError('CHAIN_STATE_MISUSED', 'A slot of an existing account takes up to 32 bytes', {
        details: address.toString(),
      });
    const storage = this.#storageOf(address);
    const slot = keyOf(key);
    const before = storage.slots.get(slot);
    if (before === undefined) this.#slotCount++;
    this.#undo.push({ kind: 'slot', key: keyOf(address.bytes), storage, slot, before });
    storage.slots.set(slot, unpadBytes(value));
  }

  async clearStorage(address: Address): Promise<void> {
    this.#clear(address);
    const account = this.#account(address) ?? new Account();
    this.#setAccount(address, Object.assign(copyOf(account), { storageRoot: EMPTY_ROOT }));
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length);
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
    if (this.#checkpoints.length === 0) this.#flush();
  }

  async revert(): Promise<void> {
    const mark = this.#checkpoints.pop() ?? 0;
    while (this.#undo.length > mark) this.#takeBack(this.#undo.pop()!);
    if (this.#checkpoints.length === 0) this.originalStorageCache.clear();
  }

  async getStateRoot(): Promise<Uint8Array> {
    this.#flush();
    return this.#root;
  }

  /** What was read stays known when the root is the same. @throws `STORE_NODE_MISSING` */
  async setStateRoot(root: Uint8Array): Promise<void> {
    this.#flush();
    if (Buffer.compare(root, this.#root) === 0) return this.trim();
    if (!(await this.hasStateRoot(root)))
      throw new HskError('STORE_NODE_MISSING', 'The store does not have this state', {
        action: 'Delete the index directory of the chain: it is rebuilt from the log.',
      });
    this.#root = root;
    this.clearCaches();
  }

  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    return Buffer.compare(root, EMPTY_ROOT) === 0 || this.#store.get(nodeKey(root)) !== undefined;
  }

  /** Forgets what was read. Only between checkpoints. */
  clearCaches(): void {
    this.#flush();
    this.#accounts = new Map();
    this.#storage = new Map();
    this.#codes = new Map();
    this.#slotCount = 0;
    this.originalStorageCache.clear();
  }

  /** The committed state, without what was read. */
  shallowCopy(): ChainState {
    return new ChainState(this.#store, this.#root);
  }

  #account(address: Address): Account | undefined {
    const key = keyOf(address.bytes);
    const known = this.#accounts.get(key);
    if (known !== undefined || this.#accounts.has(key)) return known;
    const leaf = readTrie(this.#store, this.#root, keccak(address.bytes));
    const account = leaf && createAccountFromRLP(leaf);
    this.#accounts.set(key, account);
    return account;
  }

  #setAccount(address: Address, account: Account | undefined): void {
    const key = keyOf(address.bytes);
    // Read first, so that taking the write back leaves what the trie says.
    this.#undo.push({ kind: 'account', key, address, before: this.#account(address) });
    this.#accounts.set(key, account);
  }

  #storageOf(address: Address): Storage {
    const key = keyOf(address.bytes);
    let storage = this.#storage.get(key);
    if (!storage) this.#storage.set(key, (storage = { cleared: false, slots: new Map() }));
    return storage;
  }

  #readSlot(address: Address, key: Uint8Array): Uint8Array {
    const account = this.#account(address);
    const leaf = account && readTrie(this.#store, account.storageRoot, keccak(key));
    return leaf ? (RLP.decode(leaf) as Uint8Array) : NO_BYTES;
  }

  #clear(address: Address): void {
    const key = keyOf(address.bytes);
    this.#undo.push({ kind: 'storage', key, address, before: this.#storage.get(key) });
    this.#storage.set(key, { cleared: true, slots: new Map() });
  }

  #takeBack(undo: Undo): void {
    switch (undo.kind) {
      case 'account':
        this.#accounts.set(undo.key, undo.before);
        return;
      case 'slot':
        if (undo.before !== undefined) undo.storage.slots.set(undo.slot, undo.before);
        else if (undo.storage.slots.delete(undo.slot)) this.#slotCount--;
        return;
      case 'storage':
        if (undo.before) this.#storage.set(undo.key, undo.before);
        else this.#storage.delete(undo.key);
    }
  }

  /** Brings what was written into the tries. */
  #flush(): void {
    if (this.#undo.length === 0) return;
    if (this.#checkpoints.length > 0)
      throw new HskError('CHAIN_STATE_MISUSED', 'A state with open checkpoints has no root');
    const accounts = new Set<string>();
    const storages = new Map<string, Set<string>>();
    for (const undo of this.#undo) {
      if (undo.kind === 'account') accounts.add(undo.key);
      else if (!storages.has(undo.key)) storages.set(undo.key, new Set());
      if (undo.kind === 'slot') storages.get(undo.key)!.add(undo.slot);
    }
    for (const [key, slots] of storages) {
      const account = this.#accounts.get(key);
      if (!account) continue;
      accounts.add(key);
      this.#accounts.set(key, this.#withStorage(account, this.#storage.get(key)!, slots));
    }
    const changes = [...accounts].map((key) => this.#leaf(key));
    this.#undo = [];
    this.#root = updateTrie(this.#store, this.#root, changes);
  }

  #withStorage(account: Account, storage: Storage, slots: ReadonlySet<string>): Account {
    const base = storage.cleared ? EMPTY_ROOT : account.storageRoot;
    const changes = [...slots].flatMap((slot) => {
      const value = storage.slots.get(slot);
      if (value === undefined) return [];
      return [{ key: keccak(bytesOf(slot)), value: value.length > 0 ? RLP.encode(value) : undefined }];
    });
    storage.cleared = false;
    return Object.assign(copyOf(account), { storageRoot: updateTrie(this.#store, base, changes) });
  }

  #leaf(key: string): { key: Uint8Array; value: Uint8Array | undefined } {
    const account = this.#accounts.get(key);
    if (account) {
      const code = keyOf(account.codeHash);
      if (this.#newCodes.delete(code)) this.#store.put(codeKey(account.codeHash), this.#codes.get(code)!);
    }
    return { key: keccak(bytesOf(key)), value: account?.serialize() };
  }
}

/** The state under `root`, with caches of its own; it shares only immutable nodes with others. */
export function openState(store: NodeStore, root?: Uint8Array): ChainState {
  return new ChainState(store, root);
}

/** Writes stay in memory and end with it. */
export function scratchStore(index: NodeStore): NodeStore {
  const written = new Map<string, Uint8Array>();
  return {
    get: (key) => written.get(key) ?? index.get(key),
    put: (key, value) => void written.set(key, value),
  };
}

/** ethereumjs changes the accounts that it is given. */
function copyOf({ nonce, balance, storageRoot, codeHash }: Account): Account {
  return new Account(nonce, balance, storageRoot, codeHash);
}

function codeKey(hash: Uint8Array): string {
  return nodeKey(Uint8Array.of(CODE_PREFIX, ...hash));
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function bytesOf(key: string): Uint8Array {
  return Buffer.from(key, 'latin1');
}
