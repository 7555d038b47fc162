// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {AnchorRegistry} from "./AnchorRegistry.sol";

/// @title Registry whose committee signs with ECDSA
/// @notice Scheme 2, for a mainchain without EIP-2537: one signature of 65 bytes (r, s, v; v 27 or 28, s in
/// the lower half) for each signer, sorted by the signer's address. Keys are addresses (20 bytes), registered
/// in ascending order, so that the order of members and of signatures is the same.
contract EcdsaAnchorRegistry is AnchorRegistry {
    uint256 private constant KEY_SIZE = 20;
    uint256 private constant SIGNATURE_SIZE = 65;

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
        return 2;
    }

    /// @inheritdoc AnchorRegistry
    /// @dev The proof is a signed message (EIP-191) of the address's own 20 bytes.
    function _checkKey(
        uint256 index,
        bytes[] calldata keys,
        bytes calldata possession
    ) internal pure override {
        bytes calldata key = keys[index];
        require(key.length == KEY_SIZE, KeyInvalid(index));
        if (index > 0) {
            require(bytes20(key) != bytes20(keys[index - 1]), KeyRepeated(index, index - 1));
            require(bytes20(key) > bytes20(keys[index - 1]), KeyInvalid(index));
        }
        bytes32 message = MessageHashUtils.toEthSignedMessageHash(key);
        require(_signed(message, possession, key), PossessionNotProven(index));
    }

    /// @inheritdoc AnchorRegistry
    function _isSignedBy(
        bytes32 digest,
        bytes calldata signature,
        bytes[] calldata keys,
        uint256[] memory signers
    ) internal pure override returns (bool) {
        if (signature.length != signers.length * SIGNATURE_SIZE) return false;
        for (uint256 i = 0; i < signers.length; i++) {
            bytes calldata one = signature[i * SIGNATURE_SIZE:(i + 1) * SIGNATURE_SIZE];
            if (!_signed(digest, one, keys[signers[i]])) return false;
        }
        return true;
    }

    function _signed(
        bytes32 digest,
        bytes calldata signature,
        bytes calldata key
    ) private pure returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && signer == address(bytes20(key));
    }
}
