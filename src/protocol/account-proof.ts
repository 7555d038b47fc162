import type { Address, Hex } from 'viem';
import { keccak256, pad } from './hex.ts';
import { fromRlp } from './rlp.ts';
import { HskError } from './errors.ts';
import { EMPTY_TRIE_ROOT } from './header.ts';
import { verifyTrieProof } from './mpt.ts';
import { hex, list, object, type Parser, quantity } from './parse.ts';

/** An account as its leaf in the state trie holds it. */
export interface Account {
  nonce: bigint;
  /** Base units of the native currency. */
  balance: bigint;
  storageRoot: Hex;
  codeHash: Hex;
}

/** keccak of nothing: an account without code. */
export const EMPTY_CODE_HASH: Hex = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';

/** What a proven absence means. The very object is returned, so `===` tells absence from an empty account. */
export const EMPTY_ACCOUNT: Readonly<Account> = Object.freeze({
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_TRIE_ROOT,
  codeHash: EMPTY_CODE_HASH,
});

/**
 * The account at `address` under `stateRoot` (EIP-1186). The key comes from the request, every field from
 * the proven leaf.
 *
 * @throws the codes of `verifyTrieProof`, and `PROOF_ACCOUNT_INVALID` for a leaf that is no account.
 */
export function verifyAccountProof(request: {
  stateRoot: Hex;
  address: Address;
  proof: readonly Hex[];
}): Account {
  const leaf = verifyTrieProof({
    root: request.stateRoot,
    key: keccak256(request.address),
    proof: request.proof,
  });
  if (leaf === null) return EMPTY_ACCOUNT;
  const parts = decodeRlp(leaf, 'PROOF_ACCOUNT_INVALID');
  if (!Array.isArray(parts) || parts.length !== 4) throw badAccount('four parts expected');
  const [nonce, balance, storageRoot, codeHash] = parts as unknown[];
  if (!isHex(storageRoot, 32) || !isHex(codeHash, 32)) throw badAccount('roots');
  return {
    nonce: scalar(nonce, 8, 'PROOF_ACCOUNT_INVALID'),
    balance: scalar(balance, 32, 'PROOF_ACCOUNT_INVALID'),
    storageRoot,
    codeHash,
  };
}

/**
 * The word at `slot` under an account's storage root; zero where absence is proven.
 *
 * @param request.slot at most 32 bytes, big-endian.
 * @throws the codes of `verifyTrieProof`, and `PROOF_STORAGE_INVALID` for a leaf that is no word.
 */
export function verifyStorageProof(request: { storageRoot: Hex; slot: Hex; proof: readonly Hex[] }): bigint {
  const leaf = verifyTrieProof({
    root: request.storageRoot,
    key: keccak256(pad(request.slot, { size: 32 })),
    proof: request.proof,
  });
  if (leaf === null) return 0n;
  const value = scalar(decodeRlp(leaf, 'PROOF_STORAGE_INVALID'), 32, 'PROOF_STORAGE_INVALID');
  // A zero word is deleted from the trie, so no honest trie holds one.
  if (value === 0n) throw new HskError('PROOF_STORAGE_INVALID', 'The proven storage word is a stored zero');
  return value;
}

/** The proofs of an `eth_getProof` answer, in the order of the slots that were asked for. */
export interface Eip1186Proofs {
  accountProof: Hex[];
  storageProofs: Hex[][];
}

/**
 * An account and the words at `slots` under `stateRoot`, in the order of the slots.
 *
 * @throws the codes of `verifyAccountProof` and `verifyStorageProof`
 */
export function verifyStateProof(request: {
  stateRoot: Hex;
  address: Address;
  slots?: readonly Hex[];
  proof: Eip1186Proofs;
}): { account: Account; values: bigint[] } {
  const { stateRoot, address, slots = [], proof } = request;
  const account = verifyAccountProof({ stateRoot, address, proof: proof.accountProof });
  const { storageRoot } = account;
  const values = slots.map((slot, index) =>
    verifyStorageProof({ storageRoot, slot, proof: proof.storageProofs[index] ?? [] }),
  );
  return { account, values };
}

/** Deep enough for any 32-byte key with every node repeated. */
const nodes = list(hex(), 130);

const answer: Parser<{ accountProof: Hex[]; storageProof: { key: bigint; proof: Hex[] }[] }> = object<{
  accountProof: Hex[];
  storageProof: { key: bigint; proof: Hex[] }[];
}>({
  accountProof: nodes,
  storageProof: list(object<{ key: bigint; proof: Hex[] }>({ key: quantity, proof: nodes }), 4096),
});

/**
 * Takes only the proof nodes from an `eth_getProof` answer; values, roots and the address beside them are
 * the peer's words. Geth, Besu and Erigon spell storage keys differently, so they are compared as numbers.
 *
 * @throws `PARSE_INVALID`, `PROOF_KEY_MISSING` when a slot that was asked for is not answered.
 */
export function parseEip1186(json: unknown, slots: readonly Hex[] = []): Eip1186Proofs {
  const { accountProof, storageProof } = answer(json, 'proof');
  const storageProofs = slots.map((slot) => {
    const wanted = BigInt(slot);
    const found = storageProof.find((entry) => entry.key === wanted);
    if (!found)
      throw new HskError(
        'PROOF_KEY_MISSING',
        'The answer holds no proof for a storage slot that was asked for',
        {
          details: slot,
        },
      );
    return found.proof;
  });
  return { accountProof, storageProofs };
}

function decodeRlp(value: Hex, code: string): unknown {
  try {
    return fromRlp(value);
  } catch (cause) {
    throw new HskError(code, 'The proven leaf is not RLP', { cause });
  }
}

/** RLP scalars drop leading zeros; a leaf that keeps one is not canonical. */
function scalar(value: unknown, size: number, code: string): bigint {
  if (typeof value !== 'string' || value.startsWith('0x00') || value.length > 2 + 2 * size)
    throw new HskError(code, 'The proven leaf holds a malformed number', {
      details: String(value).slice(0, 80),
    });
  return value === '0x' ? 0n : BigInt(value);
}

function isHex(value: unknown, size: number): value is Hex {
  return typeof value === 'string' && value.length === 2 + 2 * size;
}

function badAccount(why: string): HskError {
  return new HskError('PROOF_ACCOUNT_INVALID', 'The proven leaf is not an account', { details: why });
}
