import { type Address, type Hex, hexToBigInt } from 'viem';
import type { Chain } from '../chain/chain.ts';
import { BEACON_ROOTS_ADDRESS, HISTORY_ADDRESS } from '../chain/engine.ts';
import {
  ACCESS_REGISTRY,
  type Disclosure,
  mappingSlot,
  PUBLIC_CODE,
  PUBLIC_LOGS,
  PUBLIC_STATE,
  type RegistryStorage,
  RegistryReader,
} from './registry.ts';

/** Why something may be shown: to everybody, or to the account that it is about. Undefined: it may not. */
export type Showing = 'public' | 'own' | undefined;

/** What the standards put there is the chain's own history. */
const SYSTEM = new Set<Address>([HISTORY_ADDRESS, BEACON_ROOTS_ADDRESS]);

/** What accounts and contracts may be shown, as the AccessRegistry says at the head. */
export class Disclosed {
  readonly #registry = new RegistryReader();
  #head: { hash: Hex; storage: Promise<RegistryStorage> } | undefined;

  constructor(private readonly chain: Pick<Chain, 'head' | 'request'>) {}

  /** The registry's word of an account. */
  async permissions(account: Address): Promise<bigint> {
    return this.#registry.permissions(await this.#storage(), account);
  }

  /** Balance, nonce, code hash and storage root. */
  async account(subject: Address, viewer: Address | undefined): Promise<Showing> {
    if (subject === viewer) return 'own';
    if (SYSTEM.has(subject)) return 'public';
    const { word, slots } = await this.#of(subject);
    return word !== 0n || slots.length > 0 ? 'public' : undefined;
  }

  async code(subject: Address, viewer: Address | undefined): Promise<Showing> {
    if (subject === viewer) return 'own';
    if (SYSTEM.has(subject)) return 'public';
    return (await this.#of(subject)).word & (PUBLIC_CODE | PUBLIC_STATE) ? 'public' : undefined;
  }

  async slot(subject: Address, slot: Hex, viewer: Address | undefined): Promise<Showing> {
    if (subject === viewer) return 'own';
    if (SYSTEM.has(subject)) return 'public';
    const { word, slots } = await this.#of(subject);
    if (word & PUBLIC_STATE) return 'public';
    const at = hexToBigInt(slot);
    const within = (first: Hex, words: number) =>
      at >= hexToBigInt(first) && at < hexToBigInt(first) + BigInt(words);
    if (slots.some(({ base, words, keyed }) => !keyed && within(base, words))) return 'public';
    return viewer && slots.some(({ base, words, keyed }) => keyed && within(mappingSlot(viewer, base), words))
      ? 'own'
      : undefined;
  }

  /** Whether all storage of the contract is public. */
  async isPublic(subject: Address): Promise<boolean> {
    return SYSTEM.has(subject) || ((await this.#of(subject)).word & PUBLIC_STATE) !== 0n;
  }

  async logs(subject: Address): Promise<boolean> {
    return ((await this.#of(subject)).word & PUBLIC_LOGS) !== 0n;
  }

  async #of(subject: Address): Promise<Disclosure> {
    return this.#registry.disclosure(await this.#storage(), subject);
  }

  /** The contract's storage at the head; its root tells whether anything of it has changed. */
  #storage(): Promise<RegistryStorage> {
    const { hash, header } = this.chain.head();
    if (this.#head?.hash !== hash) {
      const number = `0x${header.number.toString(16)}`;
      const storage = this.chain.request('eth_getProof', [ACCESS_REGISTRY, [], number]).then((proof) => ({
        root: (proof as { storageHash: Hex }).storageHash,
        read: async (slot: Hex) =>
          hexToBigInt((await this.chain.request('eth_getStorageAt', [ACCESS_REGISTRY, slot, number])) as Hex),
      }));
      this.#head = { hash, storage };
    }
    return this.#head.storage;
  }
}
