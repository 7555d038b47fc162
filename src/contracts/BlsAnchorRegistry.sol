// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AnchorRegistry} from "./AnchorRegistry.sol";
import {Bls12381} from "./lib/Bls12381.sol";

/// @title Registry whose committee signs with BLS12-381
/// @notice Scheme 1, for a mainchain with the precompiles of EIP-2537: one aggregate signature for all signers.
/// Keys are points of G2 (256 bytes), signatures and proofs of possession points of G1 (128 bytes).
contract BlsAnchorRegistry is AnchorRegistry {
    bytes private constant ATTESTATION_DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
    bytes private constant POSSESSION_DST = "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

    /// @param owner Registers committees.
    /// @param executionChainId The chain whose blocks are anchored.
    /// @param finalizationPeriodSeconds After which an anchored root counts as matured.
    constructor(
        address owner,
        uint256 executionChainId,
        uint256 finalizationPeriodSeconds
    ) AnchorRegistry(owner, executionChainId, finalizationPeriodSeconds) {}

    /// @inheritdoc AnchorRegistry
    function scheme() external pure override returns (uint8) {
        return 1;
    }

    /// @inheritdoc AnchorRegistry
    /// @dev The proof is a signature of the secret over its own encoded key, under the proof-of-possession
    /// ciphersuite, so that no key can be chosen to cancel another.
    function _checkKey(
        uint256 index,
        bytes[] calldata keys,
        bytes calldata possession
    ) internal view override {
        bytes calldata key = keys[index];
        require(key.length == Bls12381.G2_SIZE, KeyInvalid(index));
        bytes32 hash = keccak256(key);
        for (uint256 i = 0; i < index; i++) require(keccak256(keys[i]) != hash, KeyRepeated(index, i));
        require(
            Bls12381.verify(possession, key, Bls12381.hashToG1(key, POSSESSION_DST)),
            PossessionNotProven(index)
        );
    }

    /// @inheritdoc AnchorRegistry
    /// @dev One pairing check of the aggregate signature against the sum of the signers' keys.
    function _isSignedBy(
        bytes32 digest,
        bytes calldata signature,
        bytes[] calldata keys,
        uint256[] memory signers
    ) internal view override returns (bool) {
        bytes memory aggregate = keys[signers[0]];
        for (uint256 i = 1; i < signers.length; i++) aggregate = Bls12381.addG2(aggregate, keys[signers[i]]);
        bytes memory point = Bls12381.hashToG1(abi.encodePacked(digest), ATTESTATION_DST);
        return Bls12381.verify(signature, aggregate, point);
    }
}
