import { sha256 } from '@noble/hashes/sha2.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, concatBytes, type Hex, hexToBytes, numberToHex, zeroAddress } from 'viem';
import {
  atLeastFork,
  type BeaconConfig,
  EXECUTION_INDEX,
  forkAt,
  periodOf,
  presetOf,
  stateIndices,
  syncSigningRoot,
} from '../../src/protocol/beacon-config.ts';
import {
  beaconRoot,
  type ExecutionPayload,
  executionRoot,
  type LightClientHeader,
} from '../../src/protocol/beacon-header.ts';
import { EMPTY_TRIE_ROOT } from '../../src/protocol/header.ts';
import { PreparedSyncCommittee, type SyncCommittee } from '../../src/protocol/sync-committee.ts';
import type { SyncBootstrap, SyncUpdate } from '../../src/protocol/sync-update.ts';
import { filler } from './plain-state.ts';

const { longSignatures, G1 } = bls12_381;
const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_';

/** Keys are slow to make: committees are windows over as many as this beyond their size. */
const SPARE = 64;

interface Member {
  secret: bigint;
  point: InstanceType<typeof G1.Point>;
}

interface Members {
  secrets: bigint[];
  committee: SyncCommittee;
  root: Hex;
}

/** An Ethereum block about which nothing is asked. */
export const PAYLOAD: ExecutionPayload = {
  parentHash: filler('parent'),
  feeRecipient: zeroAddress,
  stateRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: `0x${'00'.repeat(256)}`,
  prevRandao: filler('randao'),
  blockNumber: 1n,
  gasLimit: 30_000_000n,
  gasUsed: 21_000n,
  timestamp: 0n,
  extraData: '0x686b',
  baseFeePerGas: 7n,
  blockHash: filler('block'),
  transactionsRoot: EMPTY_TRIE_ROOT,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
};

/** What an update is made of; each part may be bent. */
export interface UpdateOptions {
  attestedSlot: number;
  finalizedSlot: number;
  payload: ExecutionPayload;
  signers?: number;
  /** Signs under the fork of another slot. */
  signedAsAt?: number;
  withNext?: boolean;
}

/** A beacon chain whose committees' secrets the test holds. */
export class BeaconWorld {
  readonly #committees = new Map<number, Members>();
  readonly #size: number;

  constructor(readonly config: BeaconConfig) {
    this.#size = presetOf(config).committeeSize;
  }

  committee(period: number): Members {
    let members = this.#committees.get(period);
    if (!members) {
      const chosen = Array.from({ length: this.#size }, (_, index) =>
        member((period * 7 + index) % (this.#size + SPARE)),
      );
      const secrets = chosen.map(({ secret }) => secret);
      const points = chosen.map(({ point }) => point);
      const committee = {
        pubkeys: points.map((point) => bytesToHex(point.toBytes(true))),
        aggregatePubkey: bytesToHex(points.reduce((sum, point) => sum.add(point)).toBytes(true)),
      };
      members = { secrets, committee, root: new PreparedSyncCommittee(committee, this.#size).root };
      this.#committees.set(period, members);
    }
    return members;
  }

  bootstrap(slot: number, payload: ExecutionPayload): SyncBootstrap {
    const { header, branch } = this.header(slot, payload);
    const period = periodOf(this.config, slot);
    return {
      header,
      currentSyncCommittee: this.committee(period).committee,
      currentSyncCommitteeBranch: branch(this.indices(slot).current),
    };
  }

  update(options: UpdateOptions): SyncUpdate {
    const { attestedSlot, finalizedSlot, payload, signers = this.#size, withNext = false } = options;
    const finalized = this.header(finalizedSlot, payload);
    const attested = this.header(attestedSlot, payload, finalized.header);
    const period = periodOf(this.config, attestedSlot);
    const signatureSlot = attestedSlot + 1;
    const { secrets } = this.committee(periodOf(this.config, signatureSlot));
    const signingRoot = syncSigningRoot(
      this.config,
      beaconRoot(attested.header.beacon),
      options.signedAsAt ?? signatureSlot,
    );
    // One signature by the sum of the secrets is the sum of theirs.
    const secret = secrets.slice(0, signers).reduce((sum, one) => sum + one) % bls12_381.fields.Fr.ORDER;
    const message = longSignatures.hash(hexToBytes(signingRoot), DST);
    const signature = longSignatures.sign(message, hexToBytes(numberToHex(secret, { size: 32 })));
    const indices = this.indices(attestedSlot);
    return {
      attestedHeader: attested.header,
      ...(withNext && {
        nextSyncCommittee: this.committee(period + 1).committee,
        nextSyncCommitteeBranch: attested.branch(indices.next),
      }),
      finalizedHeader: finalized.header,
      finalityBranch: attested.branch(indices.finalized),
      syncAggregate: {
        syncCommitteeBits: bitsOf(signers, this.#size),
        syncCommitteeSignature: bytesToHex(signature.toBytes(true)),
      },
      signatureSlot,
    };
  }

  indices(slot: number) {
    return stateIndices(forkAt(this.config, slot).name);
  }

  /** A block header at this slot, whose state knows the committees and what is finalised. */
  header(
    slot: number,
    payload: ExecutionPayload,
    finalized?: LightClientHeader,
  ): { header: LightClientHeader; branch(gindex: number): Hex[] } {
    const indices = this.indices(slot);
    const period = periodOf(this.config, slot);
    const state = new SparseTree({
      [indices.current]: this.committee(period).root,
      [indices.next]: this.committee(period + 1).root,
      [indices.finalized]: finalized ? beaconRoot(finalized.beacon) : filler('nothing finalised'),
    });
    const deneb = atLeastFork(forkAt(this.config, slot).name, 'deneb');
    const body = new SparseTree({ [EXECUTION_INDEX]: executionRoot(payload, deneb) });
    return {
      header: {
        beacon: {
          slot,
          proposerIndex: 7n,
          parentRoot: filler(`parent of ${slot}`),
          stateRoot: state.node(1),
          bodyRoot: body.node(1),
        },
        execution: payload,
        executionBranch: body.branch(EXECUTION_INDEX),
      },
      branch: (gindex) => state.branch(gindex),
    };
  }
}

const members: Member[] = [];

function member(index: number): Member {
  const secret = BigInt(filler(`member ${index}`)) >> 4n;
  return (members[index] ??= { secret, point: G1.Point.BASE.multiply(secret) });
}

/** The first `count` members. */
function bitsOf(count: number, size: number): Hex {
  const bytes = new Uint8Array(size / 8);
  for (let index = 0; index < count; index++) bytes[index >> 3]! |= 1 << (index & 7);
  return bytesToHex(bytes);
}

/** A Merkle tree of which only some leaves mean anything. */
class SparseTree {
  constructor(private readonly leaves: Record<number, Hex>) {}

  node(gindex: number): Hex {
    const leaf = this.leaves[gindex];
    if (leaf) return leaf;
    const below = Object.keys(this.leaves).some((key) => {
      let at = Number(key);
      while (at > gindex) at >>= 1;
      return at === gindex;
    });
    if (!below) return filler(`node ${gindex}`);
    return bytesToHex(
      sha256(concatBytes([hexToBytes(this.node(2 * gindex)), hexToBytes(this.node(2 * gindex + 1))])),
    );
  }

  branch(gindex: number): Hex[] {
    const branch: Hex[] = [];
    for (let at = gindex; at > 1; at >>= 1) branch.push(this.node(at ^ 1));
    return branch;
  }
}

/** As the beacon API writes it: `snake_case`, numbers as decimal strings. */
export function toBeaconJson(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(toBeaconJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        toBeaconJson(entry),
      ]),
  );
}
