import type { Address, Hex } from 'viem';
import { keccak256, stringToHex } from './hex.ts';
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
import { parseValidatorProof, type ValidatorProof } from './validator-contract.ts';
import type { EthereumPath } from './verify-ethereum.ts';

/** What the document says to be true, the answer included; every claim stands under execution blocks. */
export type Claim =
  | { kind: 'account'; block: bigint; address: Address; account: Account }
  | { kind: 'storage'; block: bigint; address: Address; slots: Hex[]; values: bigint[] }
  | { kind: 'code'; block: bigint; address: Address; code: Hex }
  /** The hashes of all its transactions, in order. */
  | { kind: 'block'; block: bigint; hash: Hex; transactions: Hex[] }
  | { kind: 'call'; block: bigint; method: CallMethod; call: Call; result: Hex }
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

/** `result` is what the call returns, or the gas it needs as a JSON-RPC quantity. */
export type CallMethod = 'eth_call' | 'eth_estimateGas';

/** A message executed on the state at the end of a block, and forgotten. It pays nothing for gas. */
export interface Call {
  /** The zero address when absent. */
  from?: Address | undefined;
  /** Absent: a contract is created. */
  to?: Address | undefined;
  data?: Hex | undefined;
  /** Wei. */
  value?: bigint | undefined;
  gas?: bigint | undefined;
}

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
  | { kind: 'code'; accountProof: Hex[] }
  /** Every transaction as it was signed (EIP-2718 bytes): the transactions root is rebuilt. */
  | { kind: 'block'; transactions: Hex[] }
  /** All the state that the call touches. Hashes of earlier blocks are those of the document's headers. */
  | { kind: 'call'; accounts: TouchedAccount[] }
  /** The transaction by its own trie proof; the receipts root is rebuilt from all receipts of the block. */
  | { kind: 'receipt'; transaction: Hex; transactionProof: Hex[]; receipts: Hex[] }
  /** All receipts (EIP-2718 bytes) of each block whose bloom may match. */
  | { kind: 'logs'; blocks: { number: bigint; receipts: Hex[] }[] };

export interface TouchedAccount {
  address: Address;
  accountProof: Hex[];
  slots: Hex[];
  /** One list of nodes for each of `slots`, in their order. */
  storageProofs: Hex[][];
  /** Where the call runs or reads it. */
  code?: Hex | undefined;
}

/** How the mainchain header that the proofs stand under is reached. All headers are RLP. */
export type PathEvidence = SealedPath | { ethereum: EthereumPath };

export interface SealedPath {
  ethereum?: undefined;
  /** Sealed headers by which the skip rule goes up from the profile's checkpoint; at least one. */
  path: Hex[];
  /** From the parent of the last of `path` down to the header the proofs stand under; may be empty. */
  ancestors: Hex[];
  /** Who must have sealed each of `path`, in its order: where a contract keeps the validators. */
  validatorProofs?: ValidatorProof[] | undefined;
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
  /** 2 where the mainchain is reached from Ethereum, 3 where the claim is about code, a block or a call. */
  version: 1 | 2 | 3;
  profileDigest: Hex;
  claim: Claim;
  proof: ClaimProof;
  /**
   * Execution headers (RLP), ascending without gaps: from the claim's first block (or the first whose hash a call
   * asks for) to the highest needed.
   */
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
    const { checkpoint, finalityDepth, validatorContract: kept } = mainchain;
    return [
      checkpoint.number,
      checkpoint.hash,
      checkpoint.validators,
      finalityDepth,
      ...(kept ? [[kept.address, kept.slot]] : []),
    ];
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
const bytesOrQuantity: Parser<Hex> = (value, path) => {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value)) throw invalid(path, 'hexadecimal', value);
  return value.toLowerCase() as Hex;
};
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
  code: object<Claim & { kind: 'code' }>({ kind: oneOf('code'), block: uint, address, code: bytes }),
  block: object<Claim & { kind: 'block' }>({
    kind: oneOf('block'),
    block: uint,
    hash: bytes32,
    transactions: list(bytes32, 100_000),
  }),
  call: object<Claim & { kind: 'call' }>({
    kind: oneOf('call'),
    block: uint,
    method: oneOf('eth_call', 'eth_estimateGas'),
    call: object<Call>({
      from: optional(address),
      to: optional(address),
      data: optional(bytes),
      value: optional(uint),
      gas: optional(uint),
    }),
    result: bytesOrQuantity,
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
  code: object<ClaimProof & { kind: 'code' }>({ kind: oneOf('code'), accountProof: nodes }),
  block: object<ClaimProof & { kind: 'block' }>({ kind: oneOf('block'), transactions: items }),
  call: object<ClaimProof & { kind: 'call' }>({
    kind: oneOf('call'),
    accounts: list(
      object<TouchedAccount>({
        address,
        accountProof: nodes,
        slots: list(bytes32, 4096),
        storageProofs: list(nodes, 4096),
        code: optional(bytes),
      }),
      4096,
    ),
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

const path = {
  path: items,
  ancestors: items,
  validatorProofs: optional(list(parseValidatorProof)),
  ethereum: (() => undefined) as Parser<undefined>,
};
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
  version: oneOf(1, 2, 3),
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

/** The first version that can say this. */
export function leastVersion({ claim, mainchain }: Pick<Evidence, 'claim' | 'mainchain'>): 1 | 2 | 3 {
  if (claim.kind === 'code' || claim.kind === 'block' || claim.kind === 'call') return 3;
  return mainchain?.ethereum ? 2 : 1;
}

/** @throws `PARSE_INVALID` naming the field */
export function parseEvidence(json: unknown): Evidence {
  const evidence = document(json, 'evidence');
  if (evidence.version < leastVersion(evidence))
    throw invalid('evidence.version', `${leastVersion(evidence)} for what it holds`, evidence.version);
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
