import { RLP } from '@ethereumjs/rlp';
import { fromRlp, type Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { encodeHeader, type Header, headerFromRlpList } from '../../protocol/header.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import { keccak } from '../chain/crypto.ts';

/** What the committee keeps of one block: enough to rebuild its roots and to replay it. */
export interface Bundle {
  header: Header;
  /** Raw transactions (EIP-2718), in order. */
  transactions: Hex[];
  /** Encoded receipts (EIP-2718), in order. */
  receipts: Hex[];
}

/** RLP[headerRlp, [rawTx…], [encodedReceipt…]]; the header is a byte string that holds its own RLP. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const { header, transactions, receipts } = bundle;
  return RLP.encode([toBytes(encodeHeader(header)), transactions.map(toBytes), receipts.map(toBytes)]);
}

/** The bundle's commitment: what the attestation calls `dataHash`. */
export function bundleHash(bundle: Uint8Array): Hex {
  return toHex(keccak(bundle));
}

/** @throws `BUNDLE_INVALID` */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const bad = (why: string, cause?: unknown) =>
    new HskError('BUNDLE_INVALID', `The data bundle cannot be read: ${why}`, { cause });
  let list: unknown;
  let header: unknown;
  try {
    list = fromRlp(bytes, 'hex');
    header = Array.isArray(list) && typeof list[0] === 'string' && fromRlp(list[0] as Hex, 'hex');
  } catch (cause) {
    throw bad('it is not RLP', cause);
  }
  if (!Array.isArray(list) || list.length !== 3) throw bad('three parts expected');
  const [, transactions, receipts] = list as unknown[];
  const strings = (value: unknown): value is Hex[] =>
    Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (!strings(header) || header.length < 15) throw bad('header');
  if (!strings(transactions) || !strings(receipts) || transactions.length !== receipts.length)
    throw bad('one receipt for each transaction expected');
  return { header: headerFromRlpList(header), transactions, receipts };
}
