import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import { type Account } from './account-proof.ts';
import {
  type Committee,
  parseCommittee,
  parseSignedAttestation,
  type SignedAttestation,
} from './attestation.ts';
import { address, hex, integer, invalid, list, object, oneOf, optional, type Parser, uint } from './parse.ts';
import { parseOutputProof } from './op-stack.ts';
import { type ChainProfile, serializeProfile } from './profile.ts';
import { parseBootstrap, parseSyncUpdate } from './sync-update.ts';
import type { EthereumPath } from './verify-ethereum.ts';

/** What the document says to be true, the answer included; every claim stands under execution blocks. */
export type Claim =
  | { kind: 'account'; block: bigint; address: Address; account: Account }
  | { kind: 'storage'; block: bigint; address: Address; slots: Hex[]; values: bigint[] }
  | { kind: 'receipt'; block: bigint; transactionHash: Hex; outcome: TransactionOutcome }
  | {
      kind: 'logs';
      fromBlock: bigint;
      toBlock: bigint;
      address: Address;
      /** By position; `null` matches anything. */
      topics: (Hex | null)[];
      /** Every matching log of the range, in order. */
      logs: ClaimedLog[];
    };

/** What became of a transaction, as its own bytes and its receipt's say. */
export interface TransactionOutcome {
  transactionIndex: number;
  status: 'success' | 'reverted';
  gasUsed: bigint;
  from: Address;
  to: Address | null;
  input: Hex;
  logs: ClaimedLog[];
}

export interface ClaimedLog {
  address: Address;
  topics: Hex[];
  data: Hex;
  blockNumber: bigint;
  transactionIndex: number;
  /** Counted over the whole block. */
  logIndex: number;
}

/** Ties the claim to the roots of its headers. */
export type ClaimProof =
  | { kind: 'account'; accountProof: Hex[] }
  /** One list of nodes for each slot, in the claim's order. */
  | { kind: 'storage'; accountProof: Hex[]; storageProofs: Hex[][] }
  /** The transaction by its own trie proof; the receipts root is rebuilt from all receipts of the block. */
  | { kind: 'receipt'; transaction: Hex; transactionProof: Hex[]; receipts: Hex[] }
  /** All receipts (EIP-2718 bytes) of each block whose bloom may match. */
  | { kind: 'logs'; blocks: { number: bigint; receipts: Hex[] }[] };

/** How the mainchain header that the proofs stand under is reached. All headers are RLP. */
export type PathEvidence = SealedPath | { ethereum: EthereumPath };

export interface SealedPath {
  ethereum?: undefined;
  /** Sealed headers by which the skip rule goes up from the profile's checkpoint; at least one. */
  path: Hex[];
  /** From the parent of the last of `path` down to the header the proofs stand under; may be empty. */
  ancestors: Hex[];
}

/** How far the mainchain vouches for the execution chain. */
export type MainchainEvidence = PathEvidence & {
  /** The AnchorRegistry's account under that header. */
  registryProof: Hex[];
  /** The registry's entry for one of `headers`. */
  anchor?: { blockNumber: bigint; messagePasserStorageRoot: Hex; proof: Hex[] } | undefined;
  /** The registry's hash of the committee that attested, where its epoch is not the profile's. */
  committeeProof?: Hex[] | undefined;
};

/**
 * One answer together with all that proves it: JSON that anybody verifies offline (`verify-evidence.ts`).
 * The profile is the trust root: it is not part of the document, only its digest is.
 */
export interface Evidence {
  /** 2 where the mainchain is reached from Ethereum; nothing else changed since 1. */
  version: 1 | 2;
  profileDigest: Hex;
  claim: Claim;
  proof: ClaimProof;
  /** Execution headers (RLP), ascending without gaps: from the claim's first block to the highest needed. */
  headers: Hex[];
  /** About one of `headers` at or above the claim's last block. */
  attestation?: { signed: SignedAttestation; committee: Committee } | undefined;
  mainchain?: MainchainEvidence | undefined;
}

/** keccak of what a profile makes us trust; endpoints, products and prices may change without touching it. */
export function profileDigest(profile: ChainProfile): Hex {
  const { mainchain, execution, committee } = JSON.parse(serializeProfile(profile)) as ChainProfile;
  const { chainId, contracts } = mainchain;
  return keccak256(
    stringToHex(
      JSON.stringify([
        [chainId, ...trusted(mainchain), contracts.anchorRegistry],
        [execution.chainId],
        [committee.epoch, committee.threshold, committee.keys],
      ]).toLowerCase(),
    ),
  );
}

function trusted(mainchain: ChainProfile['mainchain']): unknown[] {
  if (!mainchain.root) {
    const { checkpoint, finalityDepth } = mainchain;
    return [checkpoint.number, checkpoint.hash, checkpoint.validators, finalityDepth];
  }
  const { chainId, beacon, checkpoint, outputs } = mainchain.root;
  const { preset, genesisValidatorsRoot, forks } = beacon;
  return [
    'ethereum',
    chainId,
    [preset, genesisValidatorsRoot, forks.map(({ name, epoch, version }) => [name, epoch, version])],
    checkpoint.root,
    outputs.kind === 'games'
      ? [outputs.factory, outputs.guard.kind, outputs.guard.address, outputs.airGap]
      : [outputs.oracle, outputs.finalizationPeriod],
  ];
}

export function serializeEvidence(evidence: Evidence): string {
  return `${JSON.stringify(evidence, bigintToString, 2)}\n`;
}

/** Bigints as decimal strings. */
export function bigintToString(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

const bytes = hex();
const bytes32 = hex(32);
const nodes = list(bytes, 130);
const items = list(bytes, 100_000);
const topics = list<Hex | null>((value, path) => (value === null ? null : bytes32(value, path)), 4);

const claimedLogs = list(
  object<ClaimedLog>({
    address,
    topics: list(bytes32, 4),
    data: bytes,
    blockNumber: uint,
    transactionIndex: integer,
    logIndex: integer,
  }),
  1_000_000,
);

const claim = byKind<Claim>({
  account: object<Claim & { kind: 'account' }>({
    kind: oneOf('account'),
    block: uint,
    address,
    account: object<Account>({ nonce: uint, balance: uint, storageRoot: bytes32, codeHash: bytes32 }),
  }),
  storage: object<Claim & { kind: 'storage' }>({
    kind: oneOf('storage'),
    block: uint,
    address,
    slots: list(bytes32, 4096),
    values: list(uint, 4096),
  }),
  receipt: object<Claim & { kind: 'receipt' }>({
    kind: oneOf('receipt'),
    block: uint,
    transactionHash: bytes32,
    outcome: object<TransactionOutcome>({
      transactionIndex: integer,
      status: oneOf('success', 'reverted'),
      gasUsed: uint,
      from: address,
      to: (value, path) => (value === null ? null : address(value, path)),
      input: bytes,
      logs: claimedLogs,
    }),
  }),
  logs: object<Claim & { kind: 'logs' }>({
    kind: oneOf('logs'),
    fromBlock: uint,
    toBlock: uint,
    address,
    topics,
    logs: claimedLogs,
  }),
});

const proof = byKind<ClaimProof>({
  account: object<ClaimProof & { kind: 'account' }>({ kind: oneOf('account'), accountProof: nodes }),
  storage: object<ClaimProof & { kind: 'storage' }>({
    kind: oneOf('storage'),
    accountProof: nodes,
    storageProofs: list(nodes, 4096),
  }),
  receipt: object<ClaimProof & { kind: 'receipt' }>({
    kind: oneOf('receipt'),
    transaction: bytes,
    transactionProof: nodes,
    receipts: items,
  }),
  logs: object<ClaimProof & { kind: 'logs' }>({
    kind: oneOf('logs'),
    blocks: list(object<{ number: bigint; receipts: Hex[] }>({ number: uint, receipts: items }), 100_000),
  }),
});

const path = { path: items, ancestors: items, ethereum: (() => undefined) as Parser<undefined> };
const ethereumPath = object<EthereumPath>({
  bootstrap: parseBootstrap,
  updates: list(parseSyncUpdate, 1024),
  output: parseOutputProof,
  header: bytes,
  messagePasserProof: nodes,
});
const registry = {
  registryProof: nodes,
  anchor: optional(
    object<NonNullable<MainchainEvidence['anchor']>>({
      blockNumber: uint,
      messagePasserStorageRoot: bytes32,
      proof: nodes,
    }),
  ),
  committeeProof: optional(nodes),
};

export const parseMainchain: Parser<MainchainEvidence> = (value, where) =>
  typeof value === 'object' && value !== null && 'ethereum' in value
    ? object<MainchainEvidence & { ethereum: EthereumPath }>({ ethereum: ethereumPath, ...registry })(
        value,
        where,
      )
    : object<MainchainEvidence & SealedPath>({ ...path, ...registry })(value, where);

const document: Parser<Evidence> = object<Evidence>({
  version: oneOf(1, 2),
  profileDigest: bytes32,
  claim,
  proof,
  headers: items,
  attestation: optional(
    object<NonNullable<Evidence['attestation']>>({
      signed: parseSignedAttestation,
      committee: parseCommittee,
    }),
  ),
  mainchain: optional(parseMainchain),
});

/** @throws `PARSE_INVALID` naming the field */
export function parseEvidence(json: unknown): Evidence {
  const evidence = document(json, 'evidence');
  if (evidence.version === 1 && evidence.mainchain?.ethereum)
    throw invalid('evidence.version', '2 for evidence from Ethereum', evidence.version);
  return evidence;
}

function byKind<T extends { kind: string }>(parsers: Record<T['kind'], Parser<T>>): Parser<T> {
  return (value, path) => {
    const { kind } = object<{ kind: T['kind'] }>({ kind: oneOf(...(Object.keys(parsers) as T['kind'][])) })(
      value,
      path,
    );
    const parser = parsers[kind];
    if (!Object.hasOwn(parsers, kind)) throw invalid(`${path}.kind`, 'a known kind', kind);
    return parser(value, path);
  };
}
