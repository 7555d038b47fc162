import type { Address, Hex } from 'viem';
import { EMPTY_ACCOUNT, verifyAccountProof } from '../../protocol/account-proof.ts';
import {
  type Attestation,
  attestationDigest,
  type AttestationDomain,
  type SignedAttestation,
} from '../../protocol/attestation.ts';
import type { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { executionHash } from '../../protocol/execution-hash.ts';
import { outputRoot } from '../../protocol/output-root.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import { keccak } from '../chain/crypto.ts';
import { orderedTrieRoot } from '../chain/trie-root.ts';
import { type Bundle, bundleHash, decodeBundle } from './bundle.ts';

/** Seconds after its block's timestamp at which an attestation expires. */
export const ATTESTATION_LIFETIME = 600n;

/** What a member is asked to sign, with everything it needs to check it by itself. */
export interface Proposal {
  attestation: Attestation;
  /** The sequencer's name to it: EIP-191 over `proposalText` of the attestation's digest, 65 bytes. */
  signature: Hex;
  bundle: Uint8Array;
  /** Account proof of the Lockbox under the block's state root, root node first (EIP-1186). */
  lockboxProof: Hex[];
  /** The attestation of the block before as it was published; absent for the first. */
  before?: SignedAttestation | undefined;
  /** With the first block, where the chain has one: the document that its first state is laid from. */
  genesis?: Uint8Array | undefined;
}

/** What a member holds as given about the chain, whichever committee stands. */
export interface ChainTerms {
  domain: AttestationDomain;
  executionChainId: number;
  /** The block that the first attested one must follow. */
  attestedAfter: { number: bigint; hash: Hex };
  lockbox: Address;
  /** How members sign; absent: BLS. */
  scheme?: 'ecdsa' | undefined;
}

/**
 * The terms of the deployment that a profile describes.
 * @param genesisHash counts where the profile does not say what the first attested block follows
 */
export function chainTerms({ mainchain, execution, committee }: ChainProfile, genesisHash: Hex): ChainTerms {
  return {
    domain: { mainchainId: mainchain.chainId, anchorRegistry: mainchain.contracts.anchorRegistry },
    executionChainId: execution.chainId,
    attestedAfter: execution.attestedAfter ?? { number: 0n, hash: genesisHash },
    lockbox: execution.contracts.lockbox,
    scheme: committee.scheme,
  };
}

/** Where a member's own chain of attestations stands. */
export interface Tip {
  blockNumber: bigint;
  blockHash: Hex;
  /** Digest of the attestation; zero before the first. */
  digest: Hex;
  /** Under which it was signed; 0 before the first. */
  epoch: bigint;
}

/**
 * Decides whether a proposal may be signed after `tip`, and returns its digest. An attestation is a
 * function of its block and of the one before, so two honest members can never differ on a number.
 *
 * @throws `COMMITTEE_REFUSED` naming the field that does not hold, `BUNDLE_INVALID`, the codes of a proof
 */
export function checkProposal(
  terms: ChainTerms,
  committee: Pick<PreparedCommittee, 'epoch' | 'hash'>,
  tip: Tip,
  proposal: Proposal,
): Hex {
  const { attestation: a } = proposal;
  const same = (name: string, seen: unknown, expected: unknown) => {
    if (seen !== expected)
      throw new HskError('COMMITTEE_REFUSED', `The proposed attestation's ${name} does not hold`, {
        details: `${String(seen)}, expected ${String(expected)}, block ${a.blockNumber}`,
      });
  };
  const { bundle, hash, blockHash } = contents(proposal.bundle);
  const { header } = bundle;
  same('executionChainId', a.executionChainId, BigInt(terms.executionChainId));
  same('epoch', a.epoch, committee.epoch);
  same('committeeHash', a.committeeHash, committee.hash);
  same('dataHash', a.dataHash, hash);
  same('dataLength', a.dataLength, BigInt(proposal.bundle.length));
  same('blockNumber', a.blockNumber, tip.blockNumber + 1n);
  same('blockNumber', a.blockNumber, header.number);
  same('blockHash', a.blockHash, blockHash);
  same('parentHash', header.parentHash, tip.blockHash);
  same('previous', a.previous, tip.digest);
  same('expiry', a.expiry, header.timestamp + ATTESTATION_LIFETIME);
  const account = verifyAccountProof({
    stateRoot: header.stateRoot,
    address: terms.lockbox,
    proof: proposal.lockboxProof,
  });
  same('lockbox', account !== EMPTY_ACCOUNT, true);
  same(
    'outputRoot',
    a.outputRoot,
    outputRoot({
      stateRoot: header.stateRoot,
      messagePasserStorageRoot: account.storageRoot,
      latestBlockhash: blockHash,
    }),
  );
  return attestationDigest(terms.domain, a);
}

export interface Contents {
  bundle: Bundle;
  transactionHashes: Hex[];
  hash: Hex;
  blockHash: Hex;
}

/** Pure in the bytes, so members that share a process share the work. */
const seen = new WeakMap<Uint8Array, Contents>();

export function contents(bytes: Uint8Array): Contents {
  let result = seen.get(bytes);
  if (!result) {
    result = readContents(bytes);
    seen.set(bytes, result);
  }
  return result;
}

function readContents(bytes: Uint8Array): Contents {
  const bundle = decodeBundle(bytes);
  const root = (name: 'transactionsRoot' | 'receiptsRoot', values: Hex[]) => {
    const computed = toHex(orderedTrieRoot(values.map(toBytes)));
    if (computed !== bundle.header[name])
      throw new HskError('COMMITTEE_REFUSED', `The bundle does not match the header's ${name}`, {
        details: `${computed}, header ${bundle.header[name]}`,
      });
  };
  root('transactionsRoot', bundle.transactions);
  root('receiptsRoot', bundle.receipts);
  const transactionHashes = bundle.transactions.map((raw) => toHex(keccak(toBytes(raw))));
  return { bundle, transactionHashes, hash: bundleHash(bytes), blockHash: executionHash(bundle.header) };
}
