import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Address, bytesToHex, type Hex, hexToBytes, keccak256, numberToHex, zeroAddress } from 'viem';
import type { Transport } from '../../src/light-client/transport.ts';
import { EMPTY_TRIE_ROOT, EMPTY_UNCLES_HASH, type Header } from '../../src/protocol/header.ts';
import {
  decodeQbftExtra,
  encodeQbftExtra,
  QBFT_MIX_HASH,
  qbftBlockHash,
  qbftSealHash,
  qbftVanity,
} from '../../src/protocol/qbft.ts';
import { validatorSlots } from '../../src/protocol/validator-contract.ts';
import { type Contents, PlainState } from './plain-state.ts';

export const CONTRACT = { address: '0x0000000000000000000000000000000000008888' as Address, slot: 3n };

const keys = Array.from({ length: 24 }, (_, index) => hexToBytes(keccak256(numberToHex(index + 1))));
const addressOf = (key: Uint8Array): Address =>
  `0x${keccak256(secp256k1.getPublicKey(key, false).subarray(1)).slice(26)}`;
export const addresses = keys.map(addressOf);

/** A peer's answer as a test bends it. */
export type Bend = (method: string, params: readonly unknown[], answer: unknown) => unknown;

/** The words of an array of validators; anything may stand in them. */
export function arrayWords(items: readonly bigint[], length = items.length): Record<Hex, bigint> {
  const slots = validatorSlots(CONTRACT, items.length);
  return Object.fromEntries(
    slots.map((slot, index) => [slot, index === 0 ? BigInt(length) : items[index - 1]!]),
  );
}

/** A QBFT mainchain whose validators a contract keeps: `sets[n]` sealed block n, and stands in the state of block n − 1. */
export class ContractMainchain implements Transport {
  asked: string[] = [];
  bend: Bend = (_method, _params, answer) => answer;
  latest: number;
  readonly headers: Header[] = [];
  readonly #states: PlainState[] = [];

  private constructor(private readonly sealers: readonly (readonly number[])[]) {
    this.latest = sealers.length - 1;
  }

  /**
   * @param sets by block: indices of `addresses`, in the order of the array
   * @param sealers by block, where others than the set's members seal
   * @param others what else the state holds
   * @param words by the block whose state they are, where another array stands in the contract
   */
  static async of(
    sets: readonly (readonly number[])[],
    {
      sealers = {},
      others = {},
      words = {},
    }: {
      sealers?: Record<number, readonly number[]>;
      others?: Contents;
      words?: Record<number, Record<Hex, bigint>>;
    } = {},
  ): Promise<ContractMainchain> {
    const chain = new ContractMainchain(sets.map((set, number) => sealers[number] ?? set));
    const states = new Map<string, PlainState>();
    let parentHash: Hex = `0x${'00'.repeat(32)}`;
    for (let number = 0; number < sets.length; number++) {
      const next = sets[number + 1] ?? sets[number]!;
      const array = words[number] ?? arrayWords(next.map((member) => BigInt(addresses[member]!)));
      const key = Object.entries(array).join();
      const state = states.get(key) ?? (await PlainState.of({ ...others, [CONTRACT.address]: array }));
      states.set(key, state);
      const header = unsealed(number, parentHash, state.root);
      parentHash = qbftBlockHash(header);
      chain.headers.push(header);
      chain.#states.push(state);
    }
    return chain;
  }

  hash(number: number): Hex {
    return qbftBlockHash(this.headers[number]!);
  }

  /** The header with its seals. */
  sealed(number: number, sealers = this.sealers[number]!, header = this.headers[number]!): Header {
    const digest = hexToBytes(qbftSealHash(header));
    const seals = sealers.map((index) => {
      const bytes = secp256k1.sign(digest, keys[index]!, { prehash: false, format: 'recovered' });
      return bytesToHex(Uint8Array.from([...bytes.subarray(1), bytes[0]!]));
    });
    return { ...header, extraData: encodeQbftExtra({ ...decodeQbftExtra(header.extraData), seals }) };
  }

  proof(number: number, address: Address, slots: readonly Hex[]): Promise<unknown> {
    return this.#states[number]!.proof(address, slots);
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push(method);
    return this.bend(method, params, await this.#answer(method, params));
  }

  async #answer(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === 'eth_getBlockByNumber')
      return headerJson(this.sealed(params[0] === 'latest' ? this.latest : Number(params[0])));
    const [address, slots, tag] = params as [Address, Hex & Hex[], Hex];
    if (method === 'eth_getStorageAt') return this.#states[Number(tag)]!.word(address, slots);
    if (method === 'eth_getProof') return this.proof(Number(tag), address, slots);
    throw new Error(method);
  }
}

export function headerJson(header: Header): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(header).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? numberToHex(value) : value,
    ]),
  );
}

function unsealed(number: number, parentHash: Hex, stateRoot: Hex): Header {
  return {
    parentHash,
    sha3Uncles: EMPTY_UNCLES_HASH,
    miner: zeroAddress,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: 1n,
    number: BigInt(number),
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: BigInt(number),
    extraData: encodeQbftExtra({
      vanity: qbftVanity('contract'),
      validators: [],
      vote: undefined,
      round: 0n,
      seals: [],
    }),
    mixHash: QBFT_MIX_HASH,
    nonce: '0x0000000000000000',
  };
}
