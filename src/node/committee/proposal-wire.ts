import { RLP } from '@ethereumjs/rlp';
import {
  type Attestation,
  parseAttestation,
  parseSignedAttestation,
  type SignedAttestation,
} from '../../protocol/attestation.ts';
import { HskError } from '../../protocol/errors.ts';
import { bigintToString } from '../../protocol/evidence.ts';
import { hex, list, object } from '../../protocol/parse.ts';
import type { Hex } from 'viem';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { Proposal } from './check-proposal.ts';

/** The body of `POST /put`. */
export interface Put {
  proposal: Proposal;
  /** With it the block is taken over; without it, signed. */
  certificate?: SignedAttestation | undefined;
}

/** Bytes of a put: a full block's data, its receipts and a genesis document fit several times. */
export const LARGEST_PUT = 32 << 20;

interface Words {
  attestation: Attestation;
  signature: Hex;
  lockboxProof: Hex[];
  before?: SignedAttestation | undefined;
  certificate?: SignedAttestation | undefined;
}

const parseWords = object<Words>({
  attestation: parseAttestation,
  signature: hex(65),
  lockboxProof: list(hex(), 130),
  before: (value, path) => (value === undefined ? undefined : parseSignedAttestation(value, path)),
  certificate: (value, path) => (value === undefined ? undefined : parseSignedAttestation(value, path)),
});

/**
 * RLP[words, bundle, genesis]: the words are JSON (attestation, signature, lockboxProof, before, certificate),
 * the other two bytes as they are; no genesis is the empty string.
 */
export function encodePut({ proposal, certificate }: Put): Uint8Array {
  const { bundle, genesis, ...words } = proposal;
  const text = JSON.stringify({ ...words, certificate }, bigintToString);
  return RLP.encode([new TextEncoder().encode(text), bundle, genesis ?? new Uint8Array(0)]);
}

/** @throws `PUT_INVALID`, `PARSE_INVALID` */
export function decodePut(bytes: Uint8Array): Put {
  let parts: unknown;
  let words: unknown;
  try {
    parts = RLP.decode(bytes);
    if (!Array.isArray(parts) || parts.length !== 3) throw new Error('three parts expected');
    if (!parts.every((part) => part instanceof Uint8Array)) throw new Error('a part is a list');
    words = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(parts[0] as Uint8Array));
  } catch (cause) {
    throw new HskError('PUT_INVALID', 'The body is not a proposal', {
      details: cause instanceof Error ? cause.message.slice(0, 120) : 'not RLP',
      action: 'Send RLP[words, bundle, genesis] as application/octet-stream, or the same as JSON.',
    });
  }
  const [, bundle, genesis] = parts as Uint8Array[];
  return put(parseWords(words, 'put'), bundle!, genesis!);
}

/** The same as JSON: the words, with `bundle` and `genesis` in hex beside them. @throws `PARSE_INVALID` */
export function parsePut(json: unknown): Put {
  const words = parseWords(json, 'put');
  const { bundle, genesis } = object<{ bundle: Hex; genesis: Hex }>({
    bundle: hex(),
    genesis: (value, path) => (value === undefined ? '0x' : hex()(value, path)),
  })(json, 'put');
  return put(words, toBytes(bundle), toBytes(genesis));
}

/** @see parsePut */
export function putToJson({ proposal, certificate }: Put): unknown {
  const { bundle, genesis, ...words } = proposal;
  const body = { ...words, certificate, bundle: toHex(bundle), ...(genesis && { genesis: toHex(genesis) }) };
  return JSON.parse(JSON.stringify(body, bigintToString));
}

function put({ certificate, ...words }: Words, bundle: Uint8Array, genesis: Uint8Array): Put {
  return {
    proposal: { ...words, bundle, ...(genesis.length > 0 && { genesis }) },
    ...(certificate && { certificate }),
  };
}
