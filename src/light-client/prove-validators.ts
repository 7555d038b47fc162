import type { Address } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import { parseEip1186 } from '../protocol/account-proof.ts';
import { encodeHeader } from '../protocol/header.ts';
import { quantity } from '../protocol/parse.ts';
import { qbftBlockHash } from '../protocol/qbft.ts';
import {
  MAX_VALIDATORS,
  provenValidators,
  type ValidatorContract,
  type ValidatorProof,
  validatorSlots,
} from '../protocol/validator-contract.ts';
import { fetchHeader, type HashedHeader, type LinkedHeaders } from './linked-headers.ts';
import type { Transport } from './transport.ts';

/** A header, and what shows its validators where a contract keeps them. */
export interface SealedHead extends HashedHeader {
  proof?: ValidatorProof | undefined;
}

export interface OpenedHead {
  header: SealedHead;
  /** Absent where the header lists them. */
  validators?: Address[];
}

/**
 * The validators that must seal `target`, by proofs under its parent. The target is not verified by this.
 *
 * @throws the codes of `provenValidators`
 */
export async function proveValidators(
  contract: ValidatorContract,
  target: HashedHeader,
  transport: Transport,
  headers: LinkedHeaders,
): Promise<OpenedHead> {
  const { number, parentHash } = target.header;
  const below = number - 1n;
  const tag = numberToHex(below);
  const known = headers.get(below);
  const [parent, word] = await Promise.all([
    known?.hash === parentHash ? known : fetchHeader(transport, below, qbftBlockHash),
    transport.request('eth_getStorageAt', [contract.address, ...validatorSlots(contract, 0), tag]),
  ]);
  // The peer's word, which only says how much to ask for.
  const length = quantity(word, 'length');
  const slots = validatorSlots(contract, Number(length > MAX_VALIDATORS ? 0n : length));
  const answer = await transport.request('eth_getProof', [contract.address, slots, tag]);
  const proof = { parent: encodeHeader(parent.header), ...parseEip1186(answer, slots) };
  return {
    header: { ...target, proof },
    validators: provenValidators(contract, target.header, parent, proof),
  };
}
