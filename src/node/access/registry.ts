import { type Address, encodeAbiParameters, type Hex, hexToBigInt, keccak256, pad } from 'viem';
import { accessRegistrySlots as slots } from '../../contracts/abi/AccessRegistry.ts';

/** Stands there from the genesis block on, beside the predeploys of the OP Stack and outside their range. */
export const ACCESS_REGISTRY: Address = '0x4200000000000000000000000000000000000acc';

/** Bits of an account's word, as AccessRegistry.sol names them. */
export const ADMITTED = 1n;
export const SUSPENDED = 2n;
export const FREE_GAS = 4n;
export const ADMITTER = 8n;
export const COMPLIANCE = 16n;
export const AUDITOR = 32n;
export const DEPLOYER = 64n;

/** Bits of a contract's word. */
export const PUBLIC_CODE = 1n;
export const PUBLIC_STATE = 2n;
export const PUBLIC_LOGS = 4n;

/** Storage words that a contract shows: to all, or each account its own words of a mapping. */
export interface DisclosedSlots {
  base: Hex;
  words: number;
  keyed: boolean;
}

/** What a contract declared. */
export interface Disclosure {
  word: bigint;
  slots: DisclosedSlots[];
}

/** The registry's storage under one state root. */
export interface RegistryStorage {
  /** Storage root of the contract: equal roots hold equal words. */
  root: Hex;
  read(slot: Hex): Promise<bigint>;
}

/** Most words that are remembered. */
const REMEMBERED = 200_000;

/**
 * What the AccessRegistry says, read by slot. Words are remembered until a block changes the contract's
 * storage, which is seldom: a sender is looked up thousands of times in between.
 */
export class RegistryReader {
  #root: Hex | undefined;
  /** By account or by slot: the lengths differ. */
  #words = new Map<Hex, bigint>();

  /** The account's word; zero when nothing was ever said of it. */
  async permissions(storage: RegistryStorage, account: Address): Promise<bigint> {
    return this.#word(storage, account, () => mappingSlot(account, slots.permissions));
  }

  /** Wei per gas. */
  async minimumTip(storage: RegistryStorage): Promise<bigint> {
    return this.#slot(storage, wordSlot(slots.minimumTip));
  }

  async disclosure(storage: RegistryStorage, subject: Address): Promise<Disclosure> {
    const list = mappingSlot(subject, slots.disclosedSlots);
    const [word, count] = await Promise.all([
      this.#slot(storage, mappingSlot(subject, slots.disclosures)),
      this.#slot(storage, list),
    ]);
    const first = hexToBigInt(keccak256(list));
    const entries = Array.from({ length: Number(count) }, async (_, index): Promise<DisclosedSlots> => {
      const at = first + 2n * BigInt(index);
      const [base, rest] = await Promise.all([
        this.#slot(storage, wordSlot(at)),
        this.#slot(storage, wordSlot(at + 1n)),
      ]);
      return { base: wordSlot(base), words: Number(rest & 0xffffffffn), keyed: (rest >> 32n) % 256n === 1n };
    });
    return { word, slots: await Promise.all(entries) };
  }

  #slot(storage: RegistryStorage, slot: Hex): Promise<bigint> {
    return this.#word(storage, slot, () => slot);
  }

  async #word(storage: RegistryStorage, key: Hex, slot: () => Hex): Promise<bigint> {
    if (storage.root !== this.#root || this.#words.size > REMEMBERED) {
      this.#root = storage.root;
      this.#words = new Map();
    }
    const words = this.#words;
    const known = words.get(key);
    if (known !== undefined) return known;
    const value = await storage.read(slot());
    words.set(key, value);
    return value;
  }
}

/** The slot of `mapping(address => …)` at `base` for this key (Solidity's storage layout). */
export function mappingSlot(key: Address, base: bigint | Hex): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'address' }, { type: 'bytes32' }],
      [key, typeof base === 'bigint' ? wordSlot(base) : base],
    ),
  );
}

/** A slot number as 32 bytes. */
export function wordSlot(slot: bigint): Hex {
  return pad(`0x${slot.toString(16)}`, { size: 32 });
}
