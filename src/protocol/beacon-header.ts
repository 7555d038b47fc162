import type { Hex } from 'viem';
import { atLeastFork, type BeaconConfig, EXECUTION_INDEX, forkAt } from './beacon-config.ts';
import { HskError } from './errors.ts';
import { address, hex, integer, invalid, list, object, optional, type Parser, uint } from './parse.ts';
import { byteListRoot, bytesRoot, merkleize, rootHex, uintChunk, verifyBranch } from './ssz.ts';

/** `BeaconBlockHeader` of the consensus specification. */
export interface BeaconHeader {
  slot: number;
  proposerIndex: bigint;
  parentRoot: Hex;
  stateRoot: Hex;
  bodyRoot: Hex;
}

/** `ExecutionPayloadHeader`: an Ethereum block as its beacon block commits to it. */
export interface ExecutionPayload {
  parentHash: Hex;
  feeRecipient: Hex;
  stateRoot: Hex;
  receiptsRoot: Hex;
  logsBloom: Hex;
  prevRandao: Hex;
  blockNumber: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  /** Seconds since 1970. */
  timestamp: bigint;
  extraData: Hex;
  baseFeePerGas: bigint;
  blockHash: Hex;
  transactionsRoot: Hex;
  withdrawalsRoot: Hex;
  /** Since Deneb. */
  blobGasUsed?: bigint | undefined;
  excessBlobGas?: bigint | undefined;
}

/** `LightClientHeader`; without an execution payload before Capella. */
export interface LightClientHeader {
  beacon: BeaconHeader;
  execution?: ExecutionPayload | undefined;
  executionBranch?: Hex[] | undefined;
}

export function beaconRoot(header: BeaconHeader): Hex {
  return rootHex(
    merkleize([
      uintChunk(BigInt(header.slot)),
      uintChunk(header.proposerIndex),
      bytesRoot(header.parentRoot),
      bytesRoot(header.stateRoot),
      bytesRoot(header.bodyRoot),
    ]),
  );
}

/** Root of the payload's header as its own fork arranges it: Deneb added two fields. */
export function executionRoot(payload: ExecutionPayload, deneb: boolean): Hex {
  const fields = [
    bytesRoot(payload.parentHash),
    bytesRoot(payload.feeRecipient),
    bytesRoot(payload.stateRoot),
    bytesRoot(payload.receiptsRoot),
    bytesRoot(payload.logsBloom),
    bytesRoot(payload.prevRandao),
    uintChunk(payload.blockNumber),
    uintChunk(payload.gasLimit),
    uintChunk(payload.gasUsed),
    uintChunk(payload.timestamp),
    byteListRoot(payload.extraData, 32),
    uintChunk(payload.baseFeePerGas),
    bytesRoot(payload.blockHash),
    bytesRoot(payload.transactionsRoot),
    bytesRoot(payload.withdrawalsRoot),
  ];
  if (deneb) fields.push(uintChunk(payload.blobGasUsed ?? 0n), uintChunk(payload.excessBlobGas ?? 0n));
  return rootHex(merkleize(fields));
}

/**
 * `is_valid_light_client_header`: the execution payload is the one in the block's body.
 *
 * @throws `BEACON_HEADER_FORK` for fields that its fork does not have, and the codes of `verifyBranch`
 */
export function verifyLightClientHeader(config: BeaconConfig, header: LightClientHeader): void {
  const { name } = forkAt(config, header.beacon.slot);
  const { execution, executionBranch } = header;
  const other = (details: string) =>
    new HskError('BEACON_HEADER_FORK', 'The header is not one of its slot’s fork', {
      details: `slot ${header.beacon.slot}, ${name}: ${details}`,
    });
  if (!atLeastFork(name, 'capella')) {
    if (execution) throw other('an execution payload before Capella');
    return;
  }
  if (!execution || !executionBranch) throw other('no execution payload');
  const deneb = atLeastFork(name, 'deneb');
  if (!deneb && (execution.blobGasUsed || execution.excessBlobGas)) throw other('blob gas before Deneb');
  verifyBranch({
    leaf: executionRoot(execution, deneb),
    branch: executionBranch,
    gindex: EXECUTION_INDEX,
    root: header.beacon.bodyRoot,
    what: 'execution payload',
  });
}

/** A decimal string, as the beacon API spells numbers, of so many digits that it cannot overflow what holds it. */
function decimal(digits: number): Parser<bigint> {
  return (value, path) => {
    if (typeof value !== 'string' || !/^\d+$/.test(value) || value.length > digits)
      throw invalid(path, `a decimal number of at most ${digits} digits`, value);
    return BigInt(value);
  };
}

/** Our own documents spell slots as numbers. */
export const slotNumber: Parser<number> = (value, path) =>
  typeof value === 'number' ? integer(value, path) : Number(decimal(15)(value, path));

const uint64 = decimal(19);

const extraData: Parser<Hex> = (value, path) => {
  const parsed = hex()(value, path);
  if (parsed.length > 2 + 64) throw invalid(path, 'at most 32 bytes', value);
  return parsed;
};

const root = hex(32);

const parseBeacon = object<BeaconHeader>({
  slot: slotNumber,
  proposerIndex: uint64,
  parentRoot: root,
  stateRoot: root,
  bodyRoot: root,
});

const parseExecution = object<ExecutionPayload>({
  parentHash: root,
  feeRecipient: address,
  stateRoot: root,
  receiptsRoot: root,
  logsBloom: hex(256),
  prevRandao: root,
  blockNumber: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData,
  baseFeePerGas: uint,
  blockHash: root,
  transactionsRoot: root,
  withdrawalsRoot: root,
  blobGasUsed: optional(uint64),
  excessBlobGas: optional(uint64),
});

/** A branch of the sync protocol: never longer than an index of these formats is deep. */
export const parseBranch = list(root, 16);

export const parseLightClientHeader: Parser<LightClientHeader> = object<LightClientHeader>({
  beacon: parseBeacon,
  execution: optional(parseExecution),
  executionBranch: optional(parseBranch),
});
