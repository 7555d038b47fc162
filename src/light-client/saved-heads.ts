import type { Address, Hex } from 'viem';
import { fromRlp } from '../protocol/rlp.ts';
import {
  type Committee,
  parseCommittee,
  parseSignedAttestation,
  type SignedAttestation,
} from '../protocol/attestation.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { encodeHeader, type Header, headerFromRlpList } from '../protocol/header.ts';
import { address, hex, list, object, optional, type Parser } from '../protocol/parse.ts';
import type { SealedMainchain } from '../protocol/profile.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import { parseValidatorProof, type ValidatorProof } from '../protocol/validator-contract.ts';
import type { AttestedHead } from './follow-execution.ts';
import type { MainchainView } from './follow-mainchain.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { SealedHead } from './prove-validators.ts';
import type { Store } from './store.ts';

/** What a visit leaves for the next one. All of it was verified by this client under the same profile. */
export interface SavedHeads {
  execution?: AttestedHead;
  committee?: Committee;
  anchored?: SavedAnchor;
  final?: SavedAnchor;
}

/** An anchored block. Under which header it was proven is not kept: the holder takes it back with its head. */
interface SavedAnchor {
  block: HashedHeader;
  outputRoot: Hex;
  slot: Hex;
}

export const parseSavedHeader = object<{ header: Hex; hash: Hex }>({ header: hex(), hash: hex(32) });
type SavedHead = { header: Hex; hash: Hex; proof?: ValidatorProof | undefined };
const parseSavedHead: Parser<SavedHead> = object<SavedHead>({
  header: hex(),
  hash: hex(32),
  proof: optional(parseValidatorProof),
});
const parseMainchain = object<{
  head: SavedHead;
  path: SavedHead[];
  validators: Address[];
}>({
  head: parseSavedHead,
  path: list(parseSavedHead),
  validators: list(address, 1024),
});
const parseExecution = object<{
  block: { header: Hex; hash: Hex };
  signed: SignedAttestation;
  committee: Committee;
}>({
  block: parseSavedHeader,
  signed: parseSignedAttestation,
  committee: parseCommittee,
});

const parseAnchor = object<{ block: { header: Hex; hash: Hex }; outputRoot: Hex; slot: Hex }>({
  block: parseSavedHeader,
  outputRoot: hex(32),
  slot: hex(32),
});

/** Reads back what is whole; a record that does not parse or hash is as good as absent. */
export async function loadMainchain(
  store: Store,
  digest: Hex,
  { checkpoint }: SealedMainchain,
): Promise<MainchainView | undefined> {
  return recall(store, digest, 'mainchain', (value) => {
    const saved = parseMainchain(value, 'mainchain');
    const head = openSealed(saved.head);
    if (head.header.number < checkpoint.number) throw new Error('older than the checkpoint');
    const path = saved.path.map(openSealed);
    return { number: head.header.number, hash: head.hash, validators: saved.validators, path, head };
  });
}

/** As `loadMainchain`. */
export async function loadHeads(store: Store, digest: Hex): Promise<SavedHeads> {
  const execution = await recall(store, digest, 'execution', (value) => {
    const saved = parseExecution(value, 'execution');
    const block = openHeader(saved.block, executionHash);
    if (saved.signed.attestation.blockHash !== block.hash) throw new Error('attests another block');
    return { block, signed: saved.signed, committee: saved.committee };
  });
  const committee = await recall(store, digest, 'committee', (value) => parseCommittee(value, 'committee'));
  const anchor = (key: 'anchored' | 'final') =>
    recall(store, digest, key, (value) => {
      const saved = parseAnchor(value, key);
      return { ...saved, block: openHeader(saved.block, executionHash) };
    });
  const [anchored, final] = await Promise.all([anchor('anchored'), anchor('final')]);
  return {
    ...(execution && { execution }),
    ...(committee && { committee }),
    ...(anchored && { anchored }),
    ...(final && { final }),
  };
}

export async function saveMainchain(store: Store, digest: Hex, view: MainchainView): Promise<void> {
  if (!view.head) return;
  await store.put('heads', digest, 'mainchain', {
    head: closeSealed(view.head),
    path: view.path.map(closeSealed),
    validators: view.validators,
  });
}

export async function saveExecution(store: Store, digest: Hex, head: AttestedHead): Promise<void> {
  await store.put('heads', digest, 'execution', {
    block: closeHeader(head.block),
    signed: plain(head.signed),
    committee: plain(head.committee),
  });
}

export async function saveAnchor(
  store: Store,
  digest: Hex,
  key: 'anchored' | 'final',
  anchor: SavedAnchor | undefined,
): Promise<void> {
  const { block, outputRoot, slot } = anchor ?? {};
  await store.put('heads', digest, key, block && { block: closeHeader(block), outputRoot, slot });
}

export async function saveCommittee(store: Store, digest: Hex, committee: Committee): Promise<void> {
  await store.put('heads', digest, 'committee', plain(committee));
}

async function recall<T>(
  store: Store,
  digest: Hex,
  key: string,
  read: (value: unknown) => T,
): Promise<T | undefined> {
  try {
    const value = await store.get('heads', digest, key);
    return value === undefined ? undefined : read(value);
  } catch {
    return undefined;
  }
}

export function closeHeader({ header, hash }: HashedHeader): { header: Hex; hash: Hex } {
  return { header: encodeHeader(header), hash };
}

/** @throws when a saved header does not hash to its name */
export function openHeader(saved: { header: Hex; hash: Hex }, hashOf: (header: Header) => Hex): HashedHeader {
  const header = headerFromRlpList(fromRlp(saved.header) as Hex[]);
  if (hashOf(header) !== saved.hash) throw new Error('a saved header does not hash to its name');
  return { header, hash: saved.hash };
}

function closeSealed(head: SealedHead): SavedHead {
  return { ...closeHeader(head), ...(head.proof && { proof: head.proof }) };
}

function openSealed(saved: SavedHead): SealedHead {
  return { ...openHeader(saved, qbftBlockHash), proof: saved.proof };
}

/** Integers as decimal strings, the form our parsers read. */
function plain(value: object): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? entry.toString() : entry)),
  );
}
