// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice A Groth16 proof over BN254 as EIP-197 orders it: in `b` the imaginary part comes first.
struct Proof {
    uint256[2] a;
    uint256[2][2] b;
    uint256[2] c;
}

interface IZkidVerifier {
    /// @param publicSignals nullifier, root, policyHash, scope, today, binding.
    /// @return Whether the proof holds; false for anything malformed.
    function verify(Proof calldata proof, uint256[6] calldata publicSignals) external view returns (bool);
}
