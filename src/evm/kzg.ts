import { bls12_381 } from '@noble/curves/bls12-381.js';

const { G1, G2, fields, pairing } = bls12_381;

/** The secret of Ethereum's KZG ceremony times the generator of G2: `g2_monomial[1]` of its trusted setup (EIP-4844). */
const TAU_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';

const bare = (hex: string) => hex.replace(/^0x/, '');

/**
 * Whether the polynomial behind the commitment has the value `y` at `z` (EIP-4844, verify_kzg_proof): points are 48
 * bytes compressed, scalars 32 bytes big-endian.
 *
 * @throws when a point or a scalar is not canonical
 */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const [c, p] = [pointOf(commitment), pointOf(proof)];
  const [at, value] = [scalarOf(z), scalarOf(y)];
  // e(C - y, 1) = e(proof, tau - z), with zero scalars left out: noble multiplies by none.
  const left = value === 0n ? c : c.subtract(G1.Point.BASE.multiply(value));
  const tau = G2.Point.fromHex(TAU_G2);
  const right = at === 0n ? tau : tau.subtract(G2.Point.BASE.multiply(at));
  if (left.is0() || p.is0()) return left.is0() && p.is0();
  return fields.Fp12.eql(
    fields.Fp12.mul(pairing(left.negate(), G2.Point.BASE), pairing(p, right)),
    fields.Fp12.ONE,
  );
}

function pointOf(hex: string) {
  const point = G1.Point.fromHex(bare(hex));
  if (!point.is0()) point.assertValidity();
  return point;
}

function scalarOf(hex: string): bigint {
  const scalar = BigInt(hex);
  // The precompile gives up the call for this word in the message.
  if (scalar >= fields.Fr.ORDER) throw new Error('C_KZG_BADARGS');
  return scalar;
}
