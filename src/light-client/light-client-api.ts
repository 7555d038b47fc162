import type { Address, Hex } from 'viem';
import type { Call, CallMethod } from '../protocol/evidence.ts';
import type { Header } from '../protocol/header.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { BlockRef, Proven, Rung } from '../protocol/trust.ts';

/** What the light client knows of the chains right now; pushed on every change. */
export interface LightClientStatus {
  phase: 'starting' | 'syncing' | 'live' | 'unreachable' | 'refused';
  /** Highest execution block known at each rung. */
  heads: { sequenced?: BlockRef; attested?: BlockRef; anchored?: BlockRef; final?: BlockRef };
  /** Verified mainchain head. */
  mainchain?: BlockRef;
  /** The chain shows an account only its own, and somebody has to sign in: see `signInTerms`. */
  signIn?: true;
  /** Those who sign contradicted themselves: `evidence('misbehaviour')` is the document that proves it. */
  misbehaviour?: true;
  /** Why the last step was refused or could not be made; absent when all is well. */
  error?: { code: string; shortMessage: string; details?: string; action?: string };
}

export interface ProvenAccount {
  balance: bigint;
  nonce: bigint;
  codeHash: Hex;
  storageRoot: Hex;
}

export interface ProvenBlock {
  hash: Hex;
  header: Header;
  /** Hashes of all its transactions, in order. */
  transactions: Hex[];
}

export interface ProvenLog {
  address: Address;
  topics: Hex[];
  data: Hex;
  /** Position in the block, as in JSON-RPC. */
  logIndex: number;
  blockNumber: bigint;
  transactionHash: Hex;
  transactionIndex: number;
}

export interface ProvenReceipt {
  transactionHash: Hex;
  transactionIndex: number;
  status: 'success' | 'reverted';
  /**
   * Of this transaction. Where reads are private the receipts before it stay hidden: then it is the gas of the
   * block up to and with this one, and the logs are numbered from this transaction's first.
   */
  gasUsed: bigint;
  from: Address;
  to: Address | null;
  input: Hex;
  logs: ProvenLog[];
}

/**
 * What can be proven. Storage slots are 32 bytes; the answer follows the order asked. A receipt is pending
 * until its block is attested, unless `minimum: 'sequenced'` asks to see it before, at that rung.
 */
export type Query =
  | { kind: 'account'; address: Address }
  | { kind: 'storage'; address: Address; slots: Hex[] }
  | { kind: 'code'; address: Address }
  /** By its height; an attested block. */
  | { kind: 'block'; number: bigint }
  /** Executed by the local EVM; `method` is `eth_call` unless given. */
  | { kind: 'call'; method?: CallMethod; call: Call }
  | { kind: 'receipt'; transactionHash: Hex; minimum?: Rung }
  | { kind: 'logs'; address: Address; topics: (Hex | null)[]; fromBlock: bigint; toBlock: bigint };

export interface Answers {
  account: ProvenAccount;
  storage: bigint[];
  code: Hex;
  block: ProvenBlock;
  /** What the call returns, or the gas that it needs as a JSON-RPC quantity. */
  call: Hex;
  /** Never `null`: a receipt that cannot be proven yet rejects with `RECEIPT_PENDING`. */
  receipt: ProvenReceipt;
  /** Complete: a log omitted by the peer is noticed. */
  logs: ProvenLog[];
}

/** What a wallet signs for a session at the execution chain's endpoint (EIP-4361). */
export interface SignInTerms {
  /** The endpoint as the profile names it. */
  uri: string;
  chainId: number;
  nonce: string;
}

export interface SignedSignIn {
  message: string;
  signature: Hex;
}

export interface SessionInfo {
  /** Seconds since 1970. */
  expiresAt: number;
  /** Whether the account may send there. */
  admitted: boolean;
}

/** An answer that nobody can prove: a guess about the future, or the peer's opinion. */
export interface Unverified {
  unverified: true;
  value: unknown;
}

/** The light client's worker, as the page sees it. Errors cross as `HskError`. */
export interface LightClientApi {
  /** Begins to follow the chains. Resolves at once; watch `status` for progress. */
  start(profile: ChainProfile): Promise<void>;
  status(): Promise<LightClientStatus>;
  /** `listener` is called with every change until the returned id is passed to `unsubscribe`. */
  subscribe(listener: (status: LightClientStatus) => void): Promise<number>;
  unsubscribe(id: number): Promise<void>;
  /**
   * Proves the answer at the newest attested block (a receipt: at its own block). The rung is the
   * highest at which this same value is proven right now. Rejects with a typed error otherwise.
   */
  read<Q extends Query>(query: Q): Promise<Proven<Answers[Q['kind']]>>;
  /** The exportable evidence document of an earlier answer, as JSON text, raised to its present rung. */
  evidence(evidenceId: string): Promise<string>;
  /** EIP-1193: proven reads only; what cannot be proven is refused with `UNPROVEN_METHOD`. */
  request(args: { method: string; params?: readonly unknown[] | undefined }): Promise<unknown>;
  /**
   * Gas and fee estimates (`eth_estimateGas`, `eth_gasPrice`, `eth_maxPriorityFeePerGas`, `eth_feeHistory`),
   * as the peer answers them, marked. Any other method is refused with `UNPROVEN_METHOD`.
   */
  requestUnverified(args: { method: string; params?: readonly unknown[] | undefined }): Promise<Unverified>;
  /** A verified execution header at or below the attested head. */
  header(number: bigint): Promise<Header>;
  /** What to sign for a session, or null while none is needed: a public chain, or a session that lasts. */
  signInTerms(): Promise<SignInTerms | null>;
  /** Opens the session. Its token stays in the worker. @throws `RPC_ERROR` with the endpoint's reason */
  signIn(signed: SignedSignIn): Promise<SessionInfo>;
  /** Ends the session, here and at the endpoint. */
  signOut(): Promise<void>;
  /** `idle` while nobody watches: the chains are polled rarely. `connectLightClient` follows the page's visibility. */
  pace(pace: 'active' | 'idle'): Promise<void>;
}
