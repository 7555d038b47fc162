import { type Address, concat, encodeAbiParameters, type Hex, keccak256, zeroHash } from 'viem';
import { HskError } from './errors.ts';
import { sameAddress } from './address.ts';

/**
 * What a principal lets an agent spend through a service, as `MandateRegistry` keeps it. Not HSP's mandate, which is
 * for one payment. Times are seconds since 1970.
 */
export interface AgentMandate {
  /** The contract that enforces it, in whose scope the principal is named. */
  service: Address;
  agent: Address;
  token: Address;
  /** Base units in each period, at most 96 bits. */
  limit: bigint;
  /** Seconds; the first begins at `notBefore`. */
  period: number;
  notBefore: number;
  /** Exclusive. */
  notAfter: number;
  /** `payeesRoot` of who may be paid; zero: anybody. */
  payees: Hex;
  /** `revocationHash` of the key that ends it. */
  revocation: Hex;
  /** 32 bytes; random. */
  nonce: Hex;
}

/** ABI of the `Mandate` struct, in its order. */
const MANDATE = {
  type: 'tuple',
  components: [
    { name: 'service', type: 'address' },
    { name: 'agent', type: 'address' },
    { name: 'token', type: 'address' },
    { name: 'limit', type: 'uint96' },
    { name: 'period', type: 'uint32' },
    { name: 'notBefore', type: 'uint40' },
    { name: 'notAfter', type: 'uint40' },
    { name: 'payees', type: 'bytes32' },
    { name: 'revocation', type: 'bytes32' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

/** Names a mandate on one chain and in one registry. */
export function mandateId(chainId: number, registry: Address, mandate: AgentMandate): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, MANDATE],
      [BigInt(chainId), registry, mandate],
    ),
  );
}

/** What the proof of a mandate is bound to: its id >> 3, so that it fits the field. */
export function mandateBinding(chainId: number, registry: Address, mandate: AgentMandate): bigint {
  return BigInt(mandateId(chainId, registry, mandate)) >> 3n;
}

/** The scope in which principals of a service's agents are named: keccak(abi.encode(chainId, registry, service)) >> 3. */
export function mandateScope(chainId: number, registry: Address, service: Address): bigint {
  const words = [{ type: 'uint256' }, { type: 'address' }, { type: 'address' }] as const;
  return BigInt(keccak256(encodeAbiParameters(words, [BigInt(chainId), registry, service]))) >> 3n;
}

/** What of a revocation key stands in the mandate. */
export function revocationHash(key: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }], [key]));
}

/** Merkle root of the payees, leaves and pairs sorted and hashed as OpenZeppelin's MerkleProof takes them; none: zero. */
export function payeesRoot(payees: readonly Address[]): Hex {
  return payeeTree(payees).at(-1)![0] ?? zeroHash;
}

/** Path from a payee to the root. @throws `MANDATE_PAYEE` for one who is not among them */
export function payeeProof(payees: readonly Address[], payee: Address): Hex[] {
  if (!payees.some((one) => sameAddress(one, payee)))
    throw new HskError('MANDATE_PAYEE', 'The mandate does not let the agent pay there', { details: payee });
  const levels = payeeTree(payees);
  const path: Hex[] = [];
  let index = levels[0]!.indexOf(payeeLeaf(payee));
  for (const level of levels.slice(0, -1)) {
    const sibling = level[index ^ 1];
    if (sibling) path.push(sibling);
    index >>= 1;
  }
  return path;
}

/** Level by level, the leaves first; an odd node moves up unchanged. */
function payeeTree(payees: readonly Address[]): Hex[][] {
  const levels = [[...new Set(payees.map(payeeLeaf))].toSorted()];
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!)
    levels.push(
      Array.from({ length: Math.ceil(level.length / 2) }, (_, index) =>
        pair(level[2 * index]!, level[2 * index + 1]),
      ),
    );
  return levels;
}

function pair(a: Hex, b: Hex | undefined): Hex {
  if (!b) return a;
  return keccak256(concat(a < b ? [a, b] : [b, a]));
}

function payeeLeaf(payee: Address): Hex {
  return keccak256(keccak256(encodeAbiParameters([{ type: 'address' }], [payee])));
}
