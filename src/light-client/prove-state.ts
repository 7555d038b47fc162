import type { Address, Hex } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import {
  type Account,
  type Eip1186Proofs,
  parseEip1186,
  verifyStateProof,
} from '../protocol/account-proof.ts';
import type { HashedHeader } from './linked-headers.ts';
import { insist, type Transport } from './transport.ts';

/** An account and some of its storage as proven under one verified header. */
export interface ProvenState {
  account: Account;
  /** In the order of the slots asked. */
  values: bigint[];
  /** The peer's proof, for the evidence document. */
  proof: Eip1186Proofs;
}

export type ProveState = (at: HashedHeader, address: Address, slots?: readonly Hex[]) => Promise<ProvenState>;

/**
 * EIP-1186 proofs under verified headers. Keys come from the question, values from the proven leaves; what
 * was proven once under a header is not asked again, and the same question in flight is asked once.
 */
export function stateProver(transport: Transport, limit = 512): ProveState {
  const proven = new Map<string, Promise<ProvenState>>();
  return (at, address, slots = []) => {
    const key = [at.hash, address.toLowerCase(), ...slots].join('/');
    const known = proven.get(key);
    if (known) return known;
    const asked = insist(transport, () => prove(transport, at, address, slots));
    proven.set(key, asked);
    asked.catch(() => proven.delete(key));
    for (const old of proven.keys()) {
      if (proven.size <= limit) break;
      proven.delete(old);
    }
    return asked;
  };
}

async function prove(
  transport: Transport,
  at: HashedHeader,
  address: Address,
  slots: readonly Hex[],
): Promise<ProvenState> {
  const answer = await transport.request('eth_getProof', [address, slots, numberToHex(at.header.number)]);
  const proof = parseEip1186(answer, slots);
  const { stateRoot } = at.header;
  return { ...verifyStateProof({ stateRoot, address, slots, proof }), proof };
}
