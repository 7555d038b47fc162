import { type Curve, P, R, toLittleEndian } from './curve.ts';

/** A Groth16 verification key over BN254 as snarkjs writes it; projective points, decimal strings. */
export interface Groth16Key {
  vk_alpha_1: string[];
  vk_beta_2: string[][];
  vk_gamma_2: string[][];
  vk_delta_2: string[][];
  IC: string[][];
}

/** Affine coordinates; in G2 the real part first. */
export interface Groth16Proof {
  a: [bigint, bigint];
  b: [[bigint, bigint], [bigint, bigint]];
  c: [bigint, bigint];
}

/** e(A, B) = e(alpha, beta) e(IC(signals), gamma) e(C, delta). False for points off the curve. */
export function verifyGroth16(
  curve: Curve,
  key: Groth16Key,
  signals: readonly bigint[],
  { a, b, c }: Groth16Proof,
): boolean {
  if (signals.length !== key.IC.length - 1 || signals.some((signal) => signal < 0n || signal >= R))
    return false;
  return curve.scoped(() => {
    const { g1m_inCurve, g2m_inCurve, g1m_neg, ftm_one, bn128_pairingEq4 } = curve.call;
    const [pointA, pointB, pointC] = [g1(curve, a), g2(curve, b), g1(curve, c)];
    if (pointA === undefined || pointB === undefined || pointC === undefined) return false;
    if (!g1m_inCurve!(pointA) || !g2m_inCurve!(pointB) || !g1m_inCurve!(pointC)) return false;
    const [first, ...others] = key.IC.map((point) => g1(curve, point.map(BigInt))!);
    for (const [index, signal] of signals.entries())
      curve.add('g1m', first!, curve.scale('g1m', others[index]!, curve.putScalar(signal)));
    g1m_neg!(pointA, pointA);
    const one = curve.alloc(384);
    ftm_one!(one);
    const fixed = (point: readonly string[][]) =>
      g2(
        curve,
        point.map((pair) => pair.map(BigInt)),
      )!;
    const alpha = g1(curve, key.vk_alpha_1.map(BigInt))!;
    return (
      bn128_pairingEq4!(
        ...([pointA, pointB, alpha, fixed(key.vk_beta_2)] as const),
        ...([first!, fixed(key.vk_gamma_2), pointC, fixed(key.vk_delta_2)] as const),
        one,
      ) === 1
    );
  });
}

function g1(curve: Curve, [x, y]: readonly bigint[]): number | undefined {
  return point(curve, 'g1m', [x!, y!]);
}

function g2(curve: Curve, [x, y]: readonly (readonly bigint[])[]): number | undefined {
  return point(curve, 'g2m', [...x!.slice(0, 2), ...y!.slice(0, 2)]);
}

/** Jacobian, Montgomery; `undefined` for a coordinate outside the field. */
function point(curve: Curve, group: 'g1m' | 'g2m', coordinates: readonly bigint[]): number | undefined {
  if (coordinates.some((value) => value < 0n || value >= P)) return undefined;
  const affine = curve.alloc(32 * coordinates.length);
  for (const [index, value] of coordinates.entries())
    curve.view(affine + 32 * index, 32).set(toLittleEndian(value));
  curve.call[`${group}_toMontgomeryAffine`]!(affine, affine);
  return curve.putPoint(group, curve.get(affine, 32 * coordinates.length));
}
