/** A Groth16 verification key over BN254 as snarkjs writes it; projective points, decimal strings. */
export interface VerificationKey {
  nPublic: number;
  vk_alpha_1: string[];
  vk_beta_2: string[][];
  vk_gamma_2: string[][];
  vk_delta_2: string[][];
  IC: string[][];
}

const SIGNALS = 6;
/** A pair of points that the proof brings. */
const ABSENT: readonly string[] = Array.from({ length: 6 }, () => '0');

/** Solidity library that holds the key of the ZKID circuit. */
export function zkidKeyLibrary(key: VerificationKey): string {
  if (key.nPublic !== SIGNALS || key.IC.length !== SIGNALS + 1)
    throw new Error(`The ZKID circuit has ${SIGNALS} public signals; this key has ${key.nPublic}`);
  const ic = key.IC.flatMap((point) => point.slice(0, 2));
  const pairs = [
    ...ABSENT,
    ...key.vk_alpha_1.slice(0, 2),
    ...g2(key.vk_beta_2),
    ...ABSENT.slice(0, 2),
    ...g2(key.vk_gamma_2),
    ...ABSENT.slice(0, 2),
    ...g2(key.vk_delta_2),
  ];
  return `// SPDX-License-Identifier: Apache-2.0
// Generated from circuits/artifacts/zkid.vkey.json by src/contracts/compile.ts; do not edit.
pragma solidity ^0.8.30;

/// @title Verification key of the ZKID circuit, as the pairing precompile takes it (EIP-197)
library ZkidKey {
    /// @dev What is paired, with zeros where the proof's own points go: (-A, B), (alpha, beta), (sum of IC, gamma),
    /// (C, delta).
    function pairs() internal pure returns (uint256[${pairs.length}] memory) {
        return [
            ${typed(words(pairs))}
        ];
    }

    /// @dev x and y of IC[0] to IC[${SIGNALS}].
    function ic() internal pure returns (uint256[${ic.length}] memory) {
        return [
            ${words(ic)}
        ];
    }
}
`;
}

function words(values: readonly string[]): string {
  return values.join(',\n            ');
}

/** Solidity gives a literal of small numbers the type of its first. */
function typed(list: string): string {
  return list.replace(/^\d+/, 'uint256($&)');
}

/** snarkjs writes the real part first, EIP-197 the imaginary one. */
function g2(point: readonly string[][]): string[] {
  return point.slice(0, 2).flatMap(([real, imaginary]) => [imaginary!, real!]);
}
