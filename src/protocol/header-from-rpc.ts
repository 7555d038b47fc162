import type { Hex } from 'viem';
import { HskError } from './errors.ts';
import type { Header } from './header.ts';
import { address, hex, object, optional, type Parser, quantity } from './parse.ts';

const bytes32 = hex(32);

/** extraData is bounded so that a peer cannot make a client hash megabytes: 256 validators fit twice over. */
const extraData: Parser<Hex> = (value, path) => {
  const parsed = hex()(value, path);
  if (parsed.length > 2 + 2 * 65_536) throw new HskError('PARSE_INVALID', `${path} is longer than 64 KiB`);
  return parsed;
};

const parser: Parser<Header> = object<Header>({
  parentHash: bytes32,
  sha3Uncles: bytes32,
  miner: address,
  stateRoot: bytes32,
  transactionsRoot: bytes32,
  receiptsRoot: bytes32,
  logsBloom: hex(256),
  difficulty: quantity,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData,
  mixHash: bytes32,
  nonce: hex(8),
  baseFeePerGas: optional(quantity) as Parser<bigint>,
  withdrawalsRoot: optional(bytes32) as Parser<Hex>,
  blobGasUsed: optional(quantity) as Parser<bigint>,
  excessBlobGas: optional(quantity) as Parser<bigint>,
  parentBeaconBlockRoot: optional(bytes32) as Parser<Hex>,
  requestsHash: optional(bytes32) as Parser<Hex>,
});

const TAIL = [
  'baseFeePerGas',
  'withdrawalsRoot',
  'blobGasUsed',
  'excessBlobGas',
  'parentBeaconBlockRoot',
  'requestsHash',
] as const;

/**
 * The header inside an `eth_getBlockByNumber/Hash` answer. The `hash` that stands beside it is ignored:
 * callers recompute it (`headerHash`, `qbftBlockHash`) and compare with what they trust.
 *
 * @throws `PARSE_INVALID` naming the field; also for a gap in the optional tail, which would silently
 * drop the fields after it from the hash.
 */
export function headerFromRpc(json: unknown): Header {
  const header = parser(json, 'block');
  const absent = TAIL.findIndex((field) => header[field] === undefined);
  if (absent >= 0 && TAIL.slice(absent).some((field) => header[field] !== undefined))
    throw new HskError('PARSE_INVALID', `block.${TAIL[absent]} is missing before a later field`);
  return header;
}
