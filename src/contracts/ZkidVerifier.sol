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

    address private constant ECADD = address(0x06);
    address private constant ECMUL = address(0x07);
    address private constant PAIRING = address(0x08);

    /// @inheritdoc IZkidVerifier
    function verify(Proof calldata proof, uint256[6] calldata publicSignals) external view returns (bool) {
        if (proof.a[1] >= BASE_MODULUS) return false;
        (bool inField, uint256 x, uint256 y) = _combine(publicSignals);
        if (!inField) return false;
        uint256 negatedY = proof.a[1] == 0 ? 0 : BASE_MODULUS - proof.a[1];
        (bool success, bytes memory result) = PAIRING.staticcall(
            bytes.concat(
                abi.encode(proof.a[0], negatedY, proof.b),
                ZkidKey.ALPHA_BETA,
                abi.encode(x, y),
                ZkidKey.GAMMA,
                abi.encode(proof.c),
                ZkidKey.DELTA
            )
        );
        return success && result.length == 32 && uint256(bytes32(result)) == 1;
    }

    /// @dev IC[0] + sum of signal[i] · IC[i + 1].
    function _combine(uint256[6] calldata signals) private view returns (bool inField, uint256 x, uint256 y) {
        uint256[14] memory ic = ZkidKey.ic();
        (x, y) = (ic[0], ic[1]);
        for (uint256 i = 0; i < 6; i++) {
            if (signals[i] >= SCALAR_MODULUS) return (false, 0, 0);
            (, bytes memory product) = ECMUL.staticcall(abi.encode(ic[2 * i + 2], ic[2 * i + 3], signals[i]));
            (, bytes memory sum) = ECADD.staticcall(bytes.concat(abi.encode(x, y), product));
            (x, y) = abi.decode(sum, (uint256, uint256));
        }
        return (true, x, y);
    }
}
