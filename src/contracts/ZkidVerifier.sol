// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IZkidVerifier, Proof} from "./interfaces/IZkidVerifier.sol";
import {ZkidKey} from "./lib/ZkidKey.sol";

/// @title Groth16 verifier of the ZKID circuit
/// @notice e(-A, B) · e(alpha, beta) · e(IC(signals), gamma) · e(C, delta) = 1, by the precompiles of EIP-196
/// and EIP-197, which refuse points off the curve, outside the subgroup, or with coordinates at or above the
/// modulus.
contract ZkidVerifier is IZkidVerifier {
    /// @dev Order of the group: public signals are field elements below it, or two spellings would pass as one.
    uint256 private constant SCALAR_MODULUS =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant BASE_MODULUS =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @inheritdoc IZkidVerifier
    function verify(Proof calldata proof, uint256[6] calldata publicSignals) external view returns (bool) {
        if (proof.a[1] >= BASE_MODULUS) return false;
        uint256[24] memory input = ZkidKey.pairs();
        bool success;
        (success, input[12], input[13]) = _combine(publicSignals);
        if (!success) return false;
        (input[0], input[1]) = (proof.a[0], proof.a[1] == 0 ? 0 : BASE_MODULUS - proof.a[1]);
        (input[2], input[3], input[4], input[5]) = (
            proof.b[0][0],
            proof.b[0][1],
            proof.b[1][0],
            proof.b[1][1]
        );
        (input[18], input[19]) = (proof.c[0], proof.c[1]);
        // ECPAIRING; where the chain lacks it nothing is returned, and `input[0]` would be the proof's.
        assembly ("memory-safe") {
            success := staticcall(gas(), 0x08, input, 0x300, input, 0x20)
            success := and(success, eq(returndatasize(), 0x20))
        }
        return success && input[0] == 1;
    }

    /// @dev IC[0] + sum of signal[i] · IC[i + 1].
    function _combine(uint256[6] calldata signals) private view returns (bool success, uint256 x, uint256 y) {
        uint256[14] memory ic = ZkidKey.ic();
        // The sum, then the point to be multiplied, then the scalar: ECMUL leaves its product where ECADD takes it.
        uint256[5] memory buffer;
        (buffer[0], buffer[1]) = (ic[0], ic[1]);
        success = true;
        for (uint256 i = 0; i < 6; i++) {
            if (signals[i] >= SCALAR_MODULUS) return (false, 0, 0);
            (buffer[2], buffer[3], buffer[4]) = (ic[2 * i + 2], ic[2 * i + 3], signals[i]);
            assembly ("memory-safe") {
                let product := add(buffer, 0x40)
                success := and(success, staticcall(gas(), 0x07, product, 0x60, product, 0x40))
                success := and(success, staticcall(gas(), 0x06, buffer, 0x80, buffer, 0x40))
            }
        }
        return (success, buffer[0], buffer[1]);
    }
}
