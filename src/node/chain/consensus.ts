import { type Address, type Hex, zeroAddress, zeroHash } from 'viem';
import {
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  EMPTY_UNCLES_HASH,
  type Header,
  headerHash,
} from '../../protocol/header.ts';

/** What differs between the two chains: the header's own fields, its seal and its hash. */
export interface Consensus {
  difficulty: bigint;
  mixHash: Hex;
  coinbase: Address;
  /** extraData of the block to be built on `parent`, before sealing. */
  extraData(parent: Header | undefined): Hex;
  /** The header with its seals. */
  seal(header: Header): Header;
  hash(header: Header): Hex;
  /** Timestamp, in seconds, of a block on `parent` that is built at `now`. */
  timestamp(parent: Header, now: bigint): bigint;
  /** Milliseconds from `now` to the next block, or none to wait for. */
  delay(parent: Header, now: number, pendingSince: number | undefined): number;
}

export const ZERO_NONCE: Hex = '0x0000000000000000';
export const EMPTY_BLOOM: Hex = `0x${'00'.repeat(256)}`;

/** A header in which everything is empty but the given fields; Prague's tail is there. */
export function blankHeader(fields: Partial<Header>): Header {
  return {
    parentHash: zeroHash,
    sha3Uncles: EMPTY_UNCLES_HASH,
    miner: zeroAddress,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: 0n,
    number: 0n,
    gasLimit: 0n,
    gasUsed: 0n,
    timestamp: 0n,
    extraData: '0x',
    mixHash: zeroHash,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    requestsHash: EMPTY_REQUESTS_HASH,
    ...fields,
  };
}

export interface SequencerTiming {
  /** Milliseconds between the first pending transaction and its block. */
  gatherMs: number;
  /** Milliseconds after which an empty block shows that the chain is alive. */
  heartbeatMs: number;
}

/** The execution chain: one sequencer, standard hash; the committee's attestation takes the seal's place. */
export function sequencerConsensus(coinbase: Address, timing: SequencerTiming): Consensus {
  return {
    difficulty: 0n,
    mixHash: zeroHash,
    coinbase,
    extraData: () => '0x',
    seal: (header) => header,
    hash: headerHash,
    // Several blocks fit into one second, so a timestamp may repeat; it never goes back.
    timestamp: (parent, now) => (now > parent.timestamp ? now : parent.timestamp),
    delay: (parent, now, pendingSince) =>
      pendingSince === undefined
        ? Number(parent.timestamp) * 1000 + timing.heartbeatMs - now
        : pendingSince + timing.gatherMs - now,
  };
}
