import type { Hex } from 'viem';
import { verifyAccountProof } from './account-proof.ts';
import { HskError } from './errors.ts';
import type { EthereumRoot } from './ethereum-root.ts';
import { executionHash } from './execution-hash.ts';
import { type Header, headerFromRlpList } from './header.ts';
import {
  type EthereumState,
  MESSAGE_PASSER,
  type OutputProof,
  type ProvenOutput,
  verifyOutput,
} from './op-stack.ts';
import { outputRoot } from './output-root.ts';
import { fromRlp } from './rlp.ts';
import { bootstrapStore, processUpdate, type SyncStore } from './sync-protocol.ts';
import type { SyncBootstrap, SyncUpdate } from './sync-update.ts';

/** How a mainchain header is reached from a beacon checkpoint: all that `openEthereum` needs, and nothing else. */
export interface EthereumPath {
  bootstrap: SyncBootstrap;
  /** In order: for each period up to the last one that which names the next committee, then the one that finalised the state. */
  updates: SyncUpdate[];
  /** The claim of the mainchain header's output root, under the finalised state. */
  output: OutputProof;
  /** The mainchain header, RLP. */
  header: Hex;
  /** The message passer's account under it. */
  messagePasserProof: Hex[];
}

export interface OpenedEthereum {
  /** The mainchain header and its hash. */
  header: Header;
  hash: Hex;
  output: ProvenOutput;
  state: EthereumState;
  finalizedSlot: number;
  /** Most signers of the last update, of how many. */
  signers: number;
  committeeSize: number;
}

/**
 * From the profile's checkpoint over sync committees to finalised Ethereum state, from there over a claimed output root
 * to the mainchain header. No network and no clock: a document shows what was final, not what is fresh, so the
 * checkpoint's age is not judged here.
 *
 * @throws the codes of `bootstrapStore`, `processUpdate`, `verifyOutput`, `verifyOutputHeader`; `SYNC_NO_STATE`
 */
export function openEthereum(root: EthereumRoot, path: EthereumPath): OpenedEthereum {
  let store = bootstrapStore(root.beacon, root.checkpoint.root, path.bootstrap);
  for (const update of path.updates) store = processUpdate(root.beacon, store, update, update.signatureSlot);
  const state = finalizedState(store);
  const output = verifyOutput(root.outputs, state, path.output);
  const header = decodeMainchainHeader(path.header);
  const hash = verifyOutputHeader(output, header, path.messagePasserProof);
  const last = path.updates.at(-1);
  const signing = store.current;
  return {
    header,
    hash,
    output,
    state,
    finalizedSlot: store.finalized.beacon.slot,
    signers: last ? signing.participants(last.syncAggregate.syncCommitteeBits).length : 0,
    committeeSize: signing.size,
  };
}

/** The Ethereum state that the store's finalised header commits to. @throws `SYNC_NO_STATE` before Capella */
export function finalizedState({ finalized }: SyncStore): EthereumState {
  const { execution, beacon } = finalized;
  if (!execution)
    throw new HskError('SYNC_NO_STATE', 'The finalised header shows no Ethereum block', {
      details: `slot ${beacon.slot}`,
    });
  return { number: execution.blockNumber, stateRoot: execution.stateRoot, timestamp: execution.timestamp };
}

/**
 * Whether the mainchain header is the one that the output root commits to; returns its hash. The message passer's storage
 * root comes from its account: `withdrawalsRoot` holds it only on chains with Isthmus.
 *
 * @throws `OUTPUT_ROOT_MISMATCH`, and the codes of the account proof
 */
export function verifyOutputHeader(
  { outputRoot: claimed }: Pick<ProvenOutput, 'outputRoot'>,
  header: Header,
  messagePasserProof: readonly Hex[],
): Hex {
  const { storageRoot } = verifyAccountProof({
    stateRoot: header.stateRoot,
    address: MESSAGE_PASSER,
    proof: messagePasserProof,
  });
  const hash = executionHash(header);
  const root = outputRoot({
    stateRoot: header.stateRoot,
    messagePasserStorageRoot: storageRoot,
    latestBlockhash: hash,
  });
  if (root !== claimed)
    throw new HskError(
      'OUTPUT_ROOT_MISMATCH',
      'The mainchain header is not the one that Ethereum holds a claim about',
      {
        details: `block ${header.number}: ${root}, claimed ${claimed}`,
        action: 'Ask another endpoint of the mainchain.',
      },
    );
  return hash;
}

/** @throws `HEADER_INVALID` */
function decodeMainchainHeader(rlp: Hex): Header {
  let parts: unknown;
  try {
    parts = fromRlp(rlp);
  } catch (cause) {
    throw new HskError('HEADER_INVALID', 'The mainchain header is not RLP', { cause });
  }
  const flat =
    Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? (parts as Hex[]) : [];
  if (flat.length < 15 || flat.length > 21)
    throw new HskError('HEADER_INVALID', 'The mainchain header is not a header');
  return headerFromRlpList(flat);
}
