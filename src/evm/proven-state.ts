import type { AccountFields, StateManagerInterface } from '@ethereumjs/common';
import { Account, type Address, bigIntToBytes, bytesToHex, hexToBytes } from '@ethereumjs/util';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Hex } from 'viem';
import { EMPTY_CODE_HASH } from '../protocol/account-proof.ts';
import { HskError } from '../protocol/errors.ts';
import { EMPTY_TRIE_ROOT } from '../protocol/header.ts';
import type { ProvenEntry } from '../protocol/verify-claim.ts';
import type { ProvenSource } from './evm-api.ts';
import { StateLayer } from './state-layer.ts';

const NOTHING = new Uint8Array();

/**
 * The state as ethereumjs asks for it: proven values below, what the call writes in layers above. A value that
 * nobody has proven yet is asked for; one that cannot be proven ends the run.
 */
export class ProvenState implements StateManagerInterface {
  readonly #entries = new Map<string, ProvenEntry>();
  readonly #words = new Map<string, bigint>();
  readonly #codes = new Map<string, Uint8Array>();
  readonly #layers: StateLayer[] = [new StateLayer()];
  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array) => {
      const [bottom] = this.#layers;
      return (
        bottom!.word(address.toString(), bytesToHex(key)) ??
        this.#provenWord(address.toString(), bytesToHex(key))
      );
    },
    clear: () => undefined,
  };
  /** Why something could not be proven. The EVM may have taken it for a failed call, so who runs it looks here. */
  failure: unknown;

  constructor(
    proven: readonly ProvenEntry[],
    private readonly source: ProvenSource,
  ) {
    for (const entry of proven) this.#learn(entry);
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const name = address.toString();
    for (const layer of this.#layers.toReversed())
      if (layer.accounts.has(name)) return copyOf(layer.accounts.get(name));
    return accountOf(await this.#entry(name));
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    this.#top.accounts.set(address.toString(), copyOf(account));
  }

  deleteAccount(address: Address): Promise<void> {
    return this.putAccount(address);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    account.nonce = fields.nonce ?? account.nonce;
    account.balance = fields.balance ?? account.balance;
    account.storageRoot = fields.storageRoot ?? account.storageRoot;
    account.codeHash = fields.codeHash ?? account.codeHash;
    await this.putAccount(address, account);
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const codeHash = hashOf(code);
    this.#codes.set(codeHash, code);
    await this.modifyAccountFields(address, { codeHash: hexToBytes(codeHash) });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = await this.getAccount(address);
    const hash = account && bytesToHex(account.codeHash);
    if (!hash || hash === EMPTY_CODE_HASH) return NOTHING;
    const known = this.#codes.get(hash);
    if (known) return known;
    const code = hexToBytes(await this.#ask(() => this.source.code(address.toString())));
    if (hashOf(code) !== hash)
      throw (this.failure ??= new HskError('CODE_HASH', 'The code is not the account’s', {
        details: `${address}: proven ${hash}`,
      }));
    this.#codes.set(hash, code);
    return code;
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const [name, slot] = [address.toString(), bytesToHex(key)];
    for (const layer of this.#layers.toReversed()) {
      const word = layer.word(name, slot);
      if (word) return word;
    }
    return this.#provenWord(name, slot);
  }

  async putStorage(address: Address, key: Uint8Array, word: Uint8Array): Promise<void> {
    this.#top.write(address.toString(), bytesToHex(key), word);
  }

  async clearStorage(address: Address): Promise<void> {
    this.#top.clear(address.toString());
  }

  async checkpoint(): Promise<void> {
    this.#layers.push(new StateLayer());
  }

  async commit(): Promise<void> {
    const top = this.#layers.pop()!;
    this.#top.absorb(top);
  }

  async revert(): Promise<void> {
    this.#layers.pop();
  }

  getStateRoot(): Promise<Uint8Array> {
    return Promise.reject(rootless());
  }

  setStateRoot(): Promise<void> {
    return Promise.reject(rootless());
  }

  hasStateRoot(): Promise<boolean> {
    return Promise.resolve(false);
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    throw rootless();
  }

  get #top(): StateLayer {
    return this.#layers.at(-1)!;
  }

  async #entry(address: string): Promise<ProvenEntry> {
    return (
      this.#entries.get(address) ?? this.#learn(await this.#ask(() => this.source.state(address as Hex, [])))
    );
  }

  async #provenWord(address: string, slot: string): Promise<Uint8Array> {
    const key = `${address}/${slot}`;
    if (!this.#words.has(key)) {
      const { storageRoot } = await this.#entry(address);
      // What the empty trie does not hold needs no further proof.
      if (storageRoot === EMPTY_TRIE_ROOT) return NOTHING;
      this.#learn(await this.#ask(() => this.source.state(address as Hex, [slot as Hex])));
    }
    const word = this.#words.get(key);
    if (word === undefined) throw (this.failure ??= unanswered(address, slot));
    return word === 0n ? NOTHING : bigIntToBytes(word);
  }

  #learn(entry: ProvenEntry): ProvenEntry {
    this.#entries.set(entry.address, entry);
    for (const [slot, word] of entry.slots) this.#words.set(`${entry.address}/${slot}`, word);
    const code = entry.code && hexToBytes(entry.code);
    if (code && hashOf(code) === entry.codeHash) this.#codes.set(entry.codeHash, code);
    return entry;
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw (this.failure ??= error);
    }
  }
}

function hashOf(code: Uint8Array): Hex {
  return bytesToHex(keccak_256(code));
}

/** EIP-161: an account without nonce, balance and code is none. */
function accountOf({ nonce, balance, storageRoot, codeHash }: ProvenEntry): Account | undefined {
  const absent =
    nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH && storageRoot === EMPTY_TRIE_ROOT;
  return absent ? undefined : new Account(nonce, balance, hexToBytes(storageRoot), hexToBytes(codeHash));
}

/** ethereumjs alters the accounts it is given. */
function copyOf(account: Account | undefined): Account | undefined {
  return account && new Account(account.nonce, account.balance, account.storageRoot, account.codeHash);
}

function unanswered(address: string, slot: string): HskError {
  return new HskError('CALL_STATE_MISSING', 'A storage slot that the call reads was not proven', {
    details: `${address} ${slot}`,
  });
}

function rootless(): HskError {
  return new HskError('EVM_INTERNAL', 'The state of a call has no root');
}
