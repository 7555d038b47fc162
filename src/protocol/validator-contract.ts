import type { Address, Hex } from 'viem';
import { keccak256, numberToHex } from './hex.ts';
import { type Eip1186Proofs, verifyStateProof } from './account-proof.ts';
import { offsetSlot, slotKey } from './anchor.ts';
import { HskError } from './errors.ts';
import type { Header } from './header.ts';
import { address, hex, list, object, type Parser, uint } from './parse.ts';

/**
 * The contract that keeps a QBFT chain's validators (Besu's contract mode): block N is sealed by what an `address[]`
 * of its storage holds in the state after block N−1, and no header lists them.
 */
export interface ValidatorContract {
  address: Address;
  /** Of the array: its length stands here, its items from keccak(slot) on, one a word. */
  slot: bigint;
}

/** What shows the validators of one header. */
export interface ValidatorProof extends Eip1186Proofs {
  /** The header's parent, RLP: the proofs stand under its state root. First that of the length, then of every item. */
  parent: Hex;
}

/** More than any QBFT chain can run with. */
export const MAX_VALIDATORS = 256;

const nodes = list(hex(), 130);

export const parseValidatorContract: Parser<ValidatorContract> = object<ValidatorContract>({
  address,
  slot: uint,
});

export const parseValidatorProof: Parser<ValidatorProof> = object<ValidatorProof>({
  parent: hex(),
  accountProof: nodes,
  storageProofs: list(nodes, MAX_VALIDATORS + 1),
});

/** The words of an array of that length, its length first. */
export function validatorSlots({ slot }: ValidatorContract, length: number): Hex[] {
  const first = slotKey(slot);
  const items = keccak256(first);
  return [first, ...Array.from({ length }, (_, index) => offsetSlot(items, BigInt(index)))];
}

/**
 * The validators that must seal `header`, in the contract's order.
 *
 * @param parent a header with its recomputed hash
 * @throws `VALIDATORS_PARENT` when it is not the header's parent; `VALIDATORS_LENGTH` when the proofs are not of
 * the whole array, or it is empty or longer than 256; `VALIDATORS_INVALID` when an item is no address or
 * repeats; the codes of `verifyAccountProof` and `verifyStorageProof`
 */
export function provenValidators(
  contract: ValidatorContract,
  header: Header,
  parent: { header: Header; hash: Hex },
  proof: Eip1186Proofs,
): Address[] {
  if (parent.hash !== header.parentHash || parent.header.number + 1n !== header.number)
    throw refused('PARENT', header, `${parent.hash} is not its parent`);
  const { stateRoot } = parent.header;
  const slots = validatorSlots(contract, proof.storageProofs.length - 1);
  const { values } = verifyStateProof({ stateRoot, address: contract.address, slots, proof });
  const [length, ...items] = values;
  if (!length || length > MAX_VALIDATORS || length !== BigInt(items.length))
    throw refused('LENGTH', header, `${length} in the contract, ${items.length} shown`);
  // A repeated member would count twice towards N.
  if (new Set(items).size < items.length || items.some((item) => item === 0n || item >> 160n))
    throw refused('INVALID', header, 'an item is no address or repeats');
  return items.map((item) => numberToHex(item, { size: 20 }));
}

function refused(reason: string, { number }: Header, details: string): HskError {
  return new HskError(`VALIDATORS_${reason}`, 'The validators of a header are not proven', {
    details: `block ${number}: ${details}`,
    action: 'Ask another endpoint of the mainchain.',
  });
}
