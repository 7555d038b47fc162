import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt';
import { type Address, bytesToHex, type Hex, hexToBytes, keccak256, numberToHex, toRlp } from 'viem';
import { EMPTY_CODE_HASH } from '../../src/protocol/account-proof.ts';
import { EMPTY_TRIE_ROOT, rlpScalar } from '../../src/protocol/header.ts';

/** Storage by contract: what a chain's state holds in these tests, built as a plain trie. */
export type Contents = Record<Address, Record<Hex, bigint>>;

/** The state of one block, with EIP-1186 proofs as a node gives them. */
export class PlainState {
  private constructor(
    readonly root: Hex,
    private readonly accounts: MerklePatriciaTrie,
    private readonly storages: Map<Address, MerklePatriciaTrie>,
    private readonly contents: Contents,
  ) {}

  static async of(contents: Contents): Promise<PlainState> {
    const accounts = await createMPT({ useKeyHashing: true });
    const storages = new Map<Address, MerklePatriciaTrie>();
    for (const [address, words] of Object.entries(contents) as [Address, Record<Hex, bigint>][]) {
      const storage = await createMPT({ useKeyHashing: true });
      for (const [slot, word] of Object.entries(words))
        if (word !== 0n) await storage.put(hexToBytes(slot as Hex), hexToBytes(toRlp(rlpScalar(word))));
      storages.set(address, storage);
      const account = toRlp(['0x01', '0x', bytesToHex(storage.root()), EMPTY_CODE_HASH]);
      await accounts.put(hexToBytes(address), hexToBytes(account));
    }
    return new PlainState(bytesToHex(accounts.root()), accounts, storages, contents);
  }

  word(address: Address, slot: Hex): Hex {
    return numberToHex(this.contents[address]?.[slot] ?? 0n, { size: 32 });
  }

  account(address: Address): { storageHash: Hex } {
    const storage = this.storages.get(address);
    return { storageHash: storage ? bytesToHex(storage.root()) : EMPTY_TRIE_ROOT };
  }

  async proof(address: Address, slots: readonly Hex[]): Promise<unknown> {
    const accountProof = await createMerkleProof(this.accounts, hexToBytes(address));
    const storage = this.storages.get(address);
    return {
      address,
      accountProof: accountProof.map((node) => bytesToHex(node)),
      storageProof: await Promise.all(
        slots.map(async (key) => ({
          key,
          value: this.word(address, key),
          proof: storage
            ? (await createMerkleProof(storage, hexToBytes(key))).map((node) => bytesToHex(node))
            : [],
        })),
      ),
    };
  }
}

/** A hash that stands for something a test does not look into. */
export function filler(label: string): Hex {
  return keccak256(new TextEncoder().encode(label));
}
