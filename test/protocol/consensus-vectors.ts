import { readFileSync } from 'node:fs';
import { bytesToHex, type Hex } from 'viem';
import type { BeaconConfig, ForkName } from '../../src/protocol/beacon-config.ts';
import type { ExecutionPayload, LightClientHeader } from '../../src/protocol/beacon-header.ts';
import type { SyncBootstrap, SyncUpdate } from '../../src/protocol/sync-update.ts';
import { vectorPath, vectorText } from './vectors.ts';

/** The consensus specification's light-client scenarios: SSZ of Deneb's minimal preset in raw snappy. */
const FOLDER = 'sync-committee/spec-deneb';
const COMMITTEE = 32;

export interface Step {
  kind: 'process_update' | 'force_update';
  update?: string;
  currentSlot: number;
  checks: { finalized: HeaderCheck; optimistic: HeaderCheck };
}

export interface HeaderCheck {
  slot: number;
  beaconRoot: Hex;
  executionRoot: Hex;
}

export interface Scenario {
  config: BeaconConfig;
  trustedRoot: Hex;
  bootstrap: SyncBootstrap;
  steps: Step[];
  update(name: string): SyncUpdate;
}

export function scenario(name: string): Scenario {
  const text = (file: string) => vectorText(`${FOLDER}/${name}/${file}`);
  const ssz = (file: string) => unsnappy(readFileSync(vectorPath(`${FOLDER}/${name}/${file}.ssz_snappy`)));
  const meta = text('meta.yaml');
  const root = (key: string) => new RegExp(`${key}: '(0x[0-9a-f]{64})'`).exec(meta)![1] as Hex;
  const steps = readSteps(text('steps.yaml'));
  return {
    config: readConfig(text('config.yaml'), root('genesis_validators_root')),
    trustedRoot: root('trusted_block_root'),
    bootstrap: readBootstrap(new Reader(ssz('bootstrap'))),
    steps,
    update: (file) => readUpdate(new Reader(ssz(file))),
  };
}

function readConfig(yaml: string, genesisValidatorsRoot: Hex): BeaconConfig {
  const forks: BeaconConfig['forks'] = [];
  for (const name of ['altair', 'bellatrix', 'capella', 'deneb', 'electra', 'fulu'] as ForkName[]) {
    const version = new RegExp(`^${name.toUpperCase()}_FORK_VERSION: (0x[0-9a-f]{8})$`, 'm').exec(yaml);
    const epoch = new RegExp(`^${name.toUpperCase()}_FORK_EPOCH: (\\d+)$`, 'm').exec(yaml);
    if (version && epoch && Number.isSafeInteger(Number(epoch[1])))
      forks.push({ name, epoch: Number(epoch[1]), version: version[1] as Hex });
  }
  return { preset: 'minimal', genesisTime: 0, secondsPerSlot: 6, genesisValidatorsRoot, forks };
}

/** The files are of one shape; anything else in them is a step we would not run, and an error. */
function readSteps(yaml: string): Step[] {
  return yaml
    .split(/^- /m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const kind = /^(process_update|force_update):/.exec(part)?.[1] as Step['kind'] | undefined;
      const slot = /current_slot: (\d+)/.exec(part);
      const headers = [
        ...part.matchAll(
          /(finalized|optimistic)_header: \{slot: (\d+), beacon_root: '(0x[0-9a-f]{64})',\s+execution_root: '(0x[0-9a-f]{64})'\}/g,
        ),
      ];
      const update = /^ {4}update: (\w+)$/m.exec(part)?.[1];
      if (!kind || !slot || headers.length !== 2 || (kind === 'process_update') !== (update !== undefined))
        throw new Error(`a step that cannot be read: ${part}`);
      const check = (which: string): HeaderCheck => {
        const [, , at, beaconRoot, executionRoot] = headers.find(([, label]) => label === which)!;
        return { slot: Number(at), beaconRoot: beaconRoot as Hex, executionRoot: executionRoot as Hex };
      };
      return {
        kind,
        ...(update !== undefined && { update }),
        currentSlot: Number(slot[1]),
        checks: { finalized: check('finalized'), optimistic: check('optimistic') },
      };
    });
}

/** Reads fixed-size SSZ fields in order; offsets of variable ones are absolute within their container. */
class Reader {
  #at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  take(size: number): Uint8Array {
    const part = this.bytes.subarray(this.#at, this.#at + size);
    if (part.length !== size) throw new Error('the SSZ ends too early');
    this.#at += size;
    return part;
  }
  hex(size: number): Hex {
    return bytesToHex(this.take(size));
  }
  uint(size = 8): bigint {
    return this.take(size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
  number(size = 8): number {
    return Number(this.uint(size));
  }
  hexes(count: number, size = 32): Hex[] {
    return Array.from({ length: count }, () => this.hex(size));
  }
  /** What lies from one offset to another, or to the end. */
  from(start: number, end = this.bytes.length): Reader {
    return new Reader(this.bytes.subarray(start, end));
  }
  rest(): Hex {
    return this.hex(this.bytes.length - this.#at);
  }
}

function readHeader(reader: Reader): LightClientHeader {
  const beacon = {
    slot: reader.number(),
    proposerIndex: reader.uint(),
    parentRoot: reader.hex(32),
    stateRoot: reader.hex(32),
    bodyRoot: reader.hex(32),
  };
  const execution = reader.from(reader.number(4));
  return { beacon, execution: readExecution(execution), executionBranch: reader.hexes(4) };
}

function readExecution(reader: Reader): ExecutionPayload {
  const head = {
    parentHash: reader.hex(32),
    feeRecipient: reader.hex(20),
    stateRoot: reader.hex(32),
    receiptsRoot: reader.hex(32),
    logsBloom: reader.hex(256),
    prevRandao: reader.hex(32),
    blockNumber: reader.uint(),
    gasLimit: reader.uint(),
    gasUsed: reader.uint(),
    timestamp: reader.uint(),
  };
  const extraData = reader.from(reader.number(4)).rest();
  return {
    ...head,
    extraData,
    baseFeePerGas: reader.uint(32),
    blockHash: reader.hex(32),
    transactionsRoot: reader.hex(32),
    withdrawalsRoot: reader.hex(32),
    blobGasUsed: reader.uint(),
    excessBlobGas: reader.uint(),
  };
}

function readCommittee(reader: Reader) {
  return { pubkeys: reader.hexes(COMMITTEE, 48), aggregatePubkey: reader.hex(48) };
}

function readBootstrap(reader: Reader): SyncBootstrap {
  const header = reader.number(4);
  const currentSyncCommittee = readCommittee(reader);
  const currentSyncCommitteeBranch = reader.hexes(5);
  return { header: readHeader(reader.from(header)), currentSyncCommittee, currentSyncCommitteeBranch };
}

/** What SSZ spells by default values an update of ours leaves out. */
function readUpdate(reader: Reader): SyncUpdate {
  const attested = reader.number(4);
  const nextSyncCommittee = readCommittee(reader);
  const nextSyncCommitteeBranch = reader.hexes(5);
  const finalized = reader.number(4);
  const finalityBranch = reader.hexes(6);
  const syncAggregate = {
    syncCommitteeBits: reader.hex(COMMITTEE / 8),
    syncCommitteeSignature: reader.hex(96),
  };
  const signatureSlot = reader.number();
  const zero = (branch: Hex[]) => branch.every((node) => BigInt(node) === 0n);
  return {
    attestedHeader: readHeader(reader.from(attested, finalized)),
    ...(!zero(nextSyncCommitteeBranch) && { nextSyncCommittee, nextSyncCommitteeBranch }),
    ...(!zero(finalityBranch) && { finalizedHeader: readHeader(reader.from(finalized)), finalityBranch }),
    syncAggregate,
    signatureSlot,
  };
}

/** Raw snappy: a length, then literals and copies of what was already written. */
function unsnappy(input: Uint8Array): Uint8Array {
  let at = 0;
  const little = (size: number): number => {
    let value = 0;
    for (let index = 0; index < size; index++) value += input[at++]! * 2 ** (8 * index);
    return value;
  };
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const output = new Uint8Array(length);
  let written = 0;
  while (at < input.length) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      const short = tag >> 2;
      const size = (short < 60 ? short : little(short - 59)) + 1;
      output.set(input.subarray(at, at + size), written);
      at += size;
      written += size;
      continue;
    }
    const size = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = (tag & 3) === 1 ? ((tag >> 5) << 8) + input[at++]! : little((tag & 3) === 2 ? 2 : 4);
    // A copy may overlap what it writes: byte by byte.
    for (let index = 0; index < size; index++, written++) output[written] = output[written - back]!;
  }
  if (written !== length) throw new Error('the snappy data has another length than it says');
  return output;
}
