import { type Address, concat, encodeAbiParameters, type Hex, keccak256, zeroHash } from 'viem';

/** One parameter of a capability, with the type it is encoded as. */
export type CapabilityParam =
  | { key: string; type: 'string'; value: string }
  | { key: string; type: 'uint256'; value: bigint | string }
  | { key: string; type: 'bytes32'; value: Hex }
  | { key: string; type: 'bool'; value: boolean }
  | { key: string; type: 'address'; value: Address };

/** What a payment must do or show, e.g. `attests:kyc:v1[level=full]` (HSP §3.1). */
export interface Capability {
  namespace: string;
  name: string;
  version: string;
  params: readonly CapabilityParam[];
}

/** keccak(abi.encode(namespace, name, version, keccak(canonical params))); wire.md §5. */
export function capabilityId({ namespace, name, version, params }: Capability): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'string' }, { type: 'string' }, { type: 'string' }, { type: 'bytes32' }],
      [namespace, name, version, keccak256(canonicalParams(params))],
    ),
  );
}

/** HSP §3.1.4: abi.encode(key, value) of each, sorted by key, one after the other. */
function canonicalParams(params: readonly CapabilityParam[]): Hex {
  const sorted = params.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return concat(
    sorted.map(({ key, type, value }) =>
      encodeAbiParameters([{ type: 'string' }, { type }], [key, type === 'uint256' ? BigInt(value) : value]),
    ),
  );
}

/**
 * What a mandate commits to: zero for no capability, else keccak(abi.encode(bytes32[])) of the distinct ids
 * in ascending order. The order on the wire does not matter.
 */
export function requiredCapabilitiesHash(ids: readonly Hex[]): Hex {
  const distinct = [...new Set(ids.map((id) => id.toLowerCase() as Hex))].toSorted();
  return distinct.length === 0
    ? zeroHash
    : keccak256(encodeAbiParameters([{ type: 'bytes32[]' }], [distinct]));
}

/** ACCEPT needs every required capability satisfied. */
export function capabilitiesCovered(required: readonly Hex[], satisfied: readonly Hex[]): boolean {
  const have = new Set(satisfied.map((id) => id.toLowerCase()));
  return required.every((id) => have.has(id.toLowerCase()));
}
