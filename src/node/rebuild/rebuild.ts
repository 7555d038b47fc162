import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Hex, keccak256, zeroHash } from 'viem';
import { HskError, toHskError } from '../../protocol/errors.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toBytes } from '../chain/bytes.ts';
import { openExecutionChain } from '../chain/chain.ts';
import { chainCommon } from '../chain/common.ts';
import { decodeTransaction } from '../chain/transaction.ts';
import { AttestationStore } from '../committee/attestation-store.ts';
import { type ChainTerms, contents } from '../committee/check-proposal.ts';
import type { CommitteeRegistry } from '../committee/registry.ts';
import { syncDirectory } from '../store/append-log.ts';
import { ChainStore } from '../store/chain-store.ts';
import { type BlockSource, recoverBlock, type RecoveredBlock } from './recover-block.ts';

export interface RebuildOptions {
  /** Of the execution chain; must not hold one. */
  directory: string;
  /** Of the aggregator: gains the attestations. */
  committeeDirectory: string;
  terms: Omit<ChainTerms, 'attestedAfter'>;
  registry: CommitteeRegistry;
  sources: readonly BlockSource[];
  /** Go on although a member does not answer. */
  allowMissing: boolean;
  progress: (message: string) => void;
}

export interface Rebuilt {
  head: bigint;
  hash: Hex;
  stateRoot: Hex;
  /** Newest block that a threshold signed. */
  attested: bigint;
  transactions: number;
}

const PROGRESS_MS = 2000;

/**
 * The execution chain from what the committee holds: every block is checked against its attestation and written to a
 * new log, which is then opened as at any start, so that every transaction is executed again and must come out the
 * same. The directory appears only when all of it holds.
 *
 * @throws `REBUILD_NOT_EMPTY`, `REBUILD_MEMBER_SILENT`, `REBUILD_GENESIS`, the codes of `recoverBlock`,
 *   `CHAIN_REPLAY_DIVERGED`
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { directory, progress } = options;
  if (existsSync(path.join(directory, 'chain.log')))
    throw new HskError('REBUILD_NOT_EMPTY', 'There is an execution chain in the directory', {
      details: directory,
      action: 'Start it. If it is damaged, move it away first, and keep it.',
    });
  const { sources, top } = await answering(options);
  const building = `${directory}.rebuild`;
  rmSync(building, { recursive: true, force: true });
  progress(`rebuilding ${top} blocks from ${sources.length} members`);
  const genesisHash = await layGenesis(building, { ...options, sources });
  const terms = { ...options.terms, attestedAfter: { number: 0n, hash: genesisHash } };
  const written = await writeBlocks(building, top, terms, { ...options, sources });

  progress(`executing ${written.transactions} transactions of ${top} blocks again`);
  const chain = await openExecutionChain({
    directory: building,
    chainId: terms.executionChainId,
    alloc: {},
    heartbeatMs: NEVER,
  });
  const { header, hash } = chain.head();
  await chain.close();
  if (hash !== written.last)
    throw new HskError('REBUILD_HEAD', 'The rebuilt chain ends at another block', {
      details: `${hash}, expected ${written.last}`,
    });
  rmSync(directory, { recursive: true, force: true });
  renameSync(building, directory);
  syncDirectory(path.dirname(directory));
  const { attested, transactions } = written;
  return { head: header.number, hash, stateRoot: header.stateRoot, attested, transactions };
}

/** A chain opened only to be read makes no block of its own. */
const NEVER = 2_000_000_000;

/** A block that only a silent member holds would be missed, and that member could sign no other of its height. */
async function answering({ sources, allowMissing, progress }: RebuildOptions) {
  const tips = await Promise.all(
    sources.map((source) =>
      source.tip().then(
        ({ blockNumber }) => ({ source, blockNumber }),
        (error: unknown) => ({ source, error: toHskError(error) }),
      ),
    ),
  );
  const here = tips.flatMap((tip) => ('blockNumber' in tip ? [tip] : []));
  for (const tip of tips) {
    if (!('error' in tip)) continue;
    if (!allowMissing || here.length === 0)
      throw new HskError(
        'REBUILD_MEMBER_SILENT',
        'A member does not answer, and a block that only it holds would be lost',
        {
          details: `${tip.source.url}: ${tip.error.shortMessage}`,
          action: 'Start it, or go on without it: --allow-missing.',
          cause: tip.error,
        },
      );
    progress(`going on without ${tip.source.url}: ${tip.error.shortMessage}`);
  }
  const top = here.reduce((most, { blockNumber }) => (blockNumber > most ? blockNumber : most), 0n);
  if (top === 0n)
    throw new HskError('REBUILD_NOTHING', 'The members hold no block', {
      action: 'Start the chain as a new one.',
    });
  return { sources: here.map(({ source }) => source), top };
}

/** The first state, from the document that makes the parent of block one. Returns its block hash. */
async function layGenesis(building: string, { sources, terms }: RebuildOptions): Promise<Hex> {
  const first = await recoverParent(sources);
  const tried = new Set<Hex>();
  for (const source of sources) {
    const document = await source.genesis().catch(() => undefined);
    if (!document || tried.has(keccak256(document))) continue;
    tried.add(keccak256(document));
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true, mode: 0o700 });
    try {
      const store = await ChainStore.open(building);
      await store.writeGenesis(document);
      await store.close();
      const chain = await openExecutionChain({
        directory: building,
        chainId: terms.executionChainId,
        alloc: {},
        heartbeatMs: NEVER,
      });
      const { hash } = chain.block(0)!;
      await chain.close();
      if (hash === first) return hash;
    } catch {
      // What is no genesis document of this chain is passed over like one that makes another chain.
    }
  }
  throw new HskError('REBUILD_GENESIS', 'No member holds the genesis document of this chain', {
    details: `${tried.size} documents, none makes block ${first}`,
    action: 'Name more members in --from.',
  });
}

async function recoverParent(sources: readonly BlockSource[]): Promise<Hex> {
  for (const source of sources) {
    const vote = await source.vote(1n).catch(() => undefined);
    const bytes = vote && (await source.bundle(vote.attestation.dataHash));
    if (bytes) return contents(bytes).bundle.header.parentHash;
  }
  throw new HskError('REBUILD_MISSING', 'A block cannot be had from the members', { details: 'block 1' });
}

async function writeBlocks(
  building: string,
  top: bigint,
  terms: ChainTerms,
  { sources, registry, committeeDirectory, progress }: RebuildOptions,
): Promise<{ last: Hex; attested: bigint; transactions: number }> {
  mkdirSync(committeeDirectory, { recursive: true, mode: 0o700 });
  const attestations = await AttestationStore.open(committeeDirectory);
  const store = await ChainStore.open(building);
  const { hash: genesisHash } = terms.attestedAfter;
  const result = { last: genesisHash, attested: 0n, transactions: 0 };
  try {
    let before: Pick<RecoveredBlock, 'hash' | 'digest'> = { hash: genesisHash, digest: zeroHash };
    let toldAt = Date.now();
    for (let number = 1n; number <= top; number++) {
      const block = await recoverBlock(number, before, { terms, registry, sources });
      await store.writeBlock(recordOf(block, terms.executionChainId));
      if (block.signed) {
        await attestations.put(block.signed);
        result.attested = number;
      } else if (number < top) {
        throw new HskError(
          'REBUILD_UNATTESTED',
          'A block below the newest was not signed by enough members',
          {
            details: `block ${number} of ${top}`,
            action: 'Name more members in --from.',
          },
        );
      }
      result.transactions += block.bundle.transactions.length;
      before = block;
      if (Date.now() - toldAt > PROGRESS_MS) {
        toldAt = Date.now();
        progress(`block ${number} of ${top}, ${Math.floor(Number((number * 100n) / top))} %`);
      }
    }
    result.last = before.hash;
    return result;
  } finally {
    await store.close();
    await attestations.close();
  }
}

function recordOf({ bundle, hash }: RecoveredBlock, chainId: number): BlockRecord {
  const common = chainCommon(chainId);
  const decoded = bundle.transactions.map((raw) => decodeTransaction(toBytes(raw), common));
  return {
    header: bundle.header,
    hash,
    transactions: bundle.transactions,
    transactionHashes: decoded.map((one) => one.hash),
    senders: decoded.map((one) => one.sender),
    receipts: bundle.receipts,
  };
}
