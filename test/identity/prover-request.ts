import type { ProofRequest } from '../../src/identity/prover-api.ts';
import { type Attributes, commitment, HolderKind, leaf } from '../../src/protocol/zkid.ts';
import { CHUNK, parseChunk, pathChildren, ZkidTree } from '../../src/protocol/zkid-tree.ts';

export const SECRET = 31337n;
const attributes: Attributes = {
  expiry: 20281231,
  birth: 19900215,
  country: 344,
  kind: HolderKind.Person,
  tier: 1,
  screened: true,
  generation: 0,
};

/** What a holder asks of the prover; for browser tests. */
export function proofRequest(change: Partial<Attributes> = {}): ProofRequest {
  const attested = { ...attributes, ...change };
  const index = 3 * CHUNK.leaves + 77;
  const tree = new ZkidTree();
  tree.set(index, leaf(commitment(SECRET), attested));
  return {
    credential: { issuer: 'x', commitment: commitment(SECRET).toString(), attributes: attested, index },
    secret: SECRET,
    children: pathChildren(parseChunk(tree.encodeChunk(3), 3), index).map((level) => level.map(String)),
    policy: {
      allowedCountries: [344],
      kindMask: 1,
      minTier: 1,
      minAge: 18,
      mustBeScreened: true,
      maxGeneration: 7,
    },
    scope: 5n,
    binding: 6n,
    today: 20260115,
  };
}
