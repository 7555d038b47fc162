import type { Hex } from 'viem';
import { type Header, headerHash } from './header.ts';
import { QBFT_MIX_HASH, qbftBlockHash } from './qbft.ts';

/**
 * The block hash of an execution chain: keccak of the header, or, where the header itself says that QBFT sealed
 * it (Besu), of the header without seals. The mark is under the hash either way, so no header has two hashes.
 *
 * @throws the codes of `decodeQbftExtra` when a header with QBFT's mark has no such extraData
 */
export function executionHash(header: Header): Hex {
  return header.mixHash === QBFT_MIX_HASH ? qbftBlockHash(header) : headerHash(header);
}
