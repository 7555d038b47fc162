import type { Address, Hex } from 'viem';
import { keccak256, numberToHex } from './hex.ts';
import { toRlp } from './rlp.ts';

/**
 * A block header as Ethereum defines it up to Prague (EIP-1559, 4895, 4844, 4788, 7685). Integers are
 * bigint; the optional tail is present without gaps, so the first absent field ends the RLP list.
 */
export interface Header {
  parentHash: Hex;
  sha3Uncles: Hex;
  miner: Address;
  stateRoot: Hex;
  transactionsRoot: Hex;
  receiptsRoot: Hex;
  logsBloom: Hex;
  difficulty: bigint;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  /** Seconds since 1970. */
  timestamp: bigint;
  extraData: Hex;
  mixHash: Hex;
  /** Eight bytes. */
  nonce: Hex;
  baseFeePerGas?: bigint;
  withdrawalsRoot?: Hex;
  blobGasUsed?: bigint;
  excessBlobGas?: bigint;
  parentBeaconBlockRoot?: Hex;
  requestsHash?: Hex;
}

/** keccak of the RLP of the empty list: no uncles. */
export const EMPTY_UNCLES_HASH: Hex = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
/** Root of the empty Merkle-Patricia trie: keccak of the RLP of the empty string. */
export const EMPTY_TRIE_ROOT: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
/** sha256 of nothing: the empty request list of EIP-7685. */
export const EMPTY_REQUESTS_HASH: Hex = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Order of the header's RLP list; `q` marks scalars, which drop leading zeros. */
const FIELDS = [
  'parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom',
  'difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce',
  'baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash',
] as const satisfies readonly (keyof Header)[]; // prettier-ignore

/** A scalar in RLP: big-endian without leading zeros; zero is the empty string. */
export function rlpScalar(value: bigint): Hex {
  return value === 0n ? '0x' : even(numberToHex(value));
}

function even(value: Hex): Hex {
  return value.length % 2 ? `0x0${value.slice(2)}` : value;
}

/** The header's RLP list, ready for `toRlp`. `extraData` may be replaced (QBFT hashes do). */
export function headerToRlpList(header: Header, extraData: Hex = header.extraData): Hex[] {
  const list: Hex[] = [];
  for (const field of FIELDS) {
    const value = field === 'extraData' ? extraData : header[field];
    if (value === undefined) break;
    list.push(typeof value === 'bigint' ? rlpScalar(value) : value);
  }
  return list;
}

export function encodeHeader(header: Header): Hex {
  return toRlp(headerToRlpList(header));
}

/** The standard block hash: keccak of the header's RLP. Not the hash of a QBFT block; see `qbft.ts`. */
export function headerHash(header: Header): Hex {
  return keccak256(encodeHeader(header));
}

/** Header fields from the decoded RLP list; sizes are checked by the caller's parser. */
export function headerFromRlpList(list: readonly Hex[]): Header {
  const header: Record<string, Hex | bigint> = {};
  const scalars = new Set(['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas']); // prettier-ignore
  list.forEach((value, index) => {
    const field = FIELDS[index];
    if (field) header[field] = scalars.has(field) ? (value === '0x' ? 0n : BigInt(value)) : value;
  });
  return header as unknown as Header;
}
