import { type Address, bytesToHex, type Hex, hexToBytes, keccak256, numberToHex, zeroAddress } from 'viem';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { MainchainView } from '../../src/light-client/follow-mainchain.ts';
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

const keys = Array.from({ length: 16 }, (_, index) => hexToBytes(keccak256(numberToHex(index + 1))));
const addressOf = (key: Uint8Array): Address =>
  `0x${keccak256(secp256k1.getPublicKey(key, false).subarray(1)).slice(26)}`;
const addresses = keys.map(addressOf);

/**
 * A mainchain of so many blocks whose four validators change by two in every epoch, so that the first and the third set
 * have nobody in common. Sealed when asked for.
 */
export class LongMainchain implements Transport {
  requests = 0;
  readonly #headers: Header[] = [];

  constructor(
    readonly length: number,
    readonly epoch: number,
  ) {
    let parentHash: Hex = `0x${'00'.repeat(32)}`;
    for (let number = 0; number <= length; number++) {
      const header: Header = {
        parentHash,
        sha3Uncles: EMPTY_UNCLES_HASH,
        miner: zeroAddress,
        stateRoot: EMPTY_TRIE_ROOT,
        transactionsRoot: EMPTY_TRIE_ROOT,
        receiptsRoot: EMPTY_TRIE_ROOT,
        logsBloom: `0x${'00'.repeat(256)}`,
        difficulty: 1n,
        number: BigInt(number),
        gasLimit: 30_000_000n,
        gasUsed: 0n,
        timestamp: BigInt(number),
        extraData: encodeQbftExtra({
          vanity: qbftVanity('long'),
          validators: this.members(number)
            .map((index) => addresses[index]!)
            .toSorted(),
          vote: undefined,
          round: 0n,
          seals: [],
        }),
        mixHash: QBFT_MIX_HASH,
        nonce: '0x0000000000000000',
      };
      parentHash = qbftBlockHash(header);
      this.#headers.push(header);
    }
  }

  members(number: number): number[] {
    const first = Math.floor(number / this.epoch) * 2;
    return [0, 1, 2, 3].map((index) => (first + index) % keys.length);
  }

  /** What a client that knows only the first block begins with. */
  checkpoint(): MainchainView {
    const first = this.#headers[0]!;
    return {
      number: 0n,
      hash: qbftBlockHash(first),
      validators: decodeQbftExtra(first.extraData).validators,
      path: [],
    };
  }

  async request(_method: string, [tag]: readonly unknown[]): Promise<unknown> {
    this.requests++;
    const number = tag === 'latest' ? this.length : Number(tag);
    const header = this.#headers[number]!;
    const digest = hexToBytes(qbftSealHash(header));
    const seals = this.members(number).map((index) => {
      const bytes = secp256k1.sign(digest, keys[index]!, { prehash: false, format: 'recovered' });
      return bytesToHex(Uint8Array.from([...bytes.subarray(1), bytes[0]!]));
    });
    const extraData = encodeQbftExtra({ ...decodeQbftExtra(header.extraData), seals });
    return Object.fromEntries(
      Object.entries({ ...header, extraData }).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? numberToHex(value) : value,
      ]),
    );
  }
}
