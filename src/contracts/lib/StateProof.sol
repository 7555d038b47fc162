// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {OutputRootProof} from "../interfaces/OpStack.sol";

/// @title What an output root commits to, by Merkle proof (EIP-1186)
/// @notice Only presence is ever proven; an absent word is refused.
library StateProof {
    using RLP for bytes;
    using RLP for Memory.Slice;

    error AccountInvalid(address account);
    error WordInvalid(bytes32 slot);

    /// @notice keccak(version ‖ stateRoot ‖ messagePasserStorageRoot ‖ blockHash).
    function outputRoot(OutputRootProof memory proof) internal pure returns (bytes32) {
        return keccak256(abi.encode(proof));
    }

    /// @notice Storage root of an account that is proven present under a state root.
    function storageRoot(
        bytes32 stateRoot,
        address account,
        bytes[] memory proof
    ) internal pure returns (bytes32) {
        bytes memory leaf = TrieProof.traverse(
            stateRoot,
            abi.encodePacked(keccak256(abi.encodePacked(account))),
            proof
        );
        Memory.Slice[] memory fields = leaf.decodeList();
        require(fields.length == 4, AccountInvalid(account));
        return fields[2].readBytes32();
    }

    /// @notice A word that is proven present, hence not zero, under a storage root.
    function word(bytes32 root, bytes32 slot, bytes[] memory proof) internal pure returns (uint256 value) {
        bytes memory leaf = TrieProof.traverse(
            root,
            abi.encodePacked(keccak256(abi.encodePacked(slot))),
            proof
        );
        value = leaf.decodeUint256();
        require(value != 0, WordInvalid(slot));
    }

    /// @notice Slot of `mapping(address => …)` at `base`.
    function slotOf(address key, uint256 base) internal pure returns (bytes32) {
        return keccak256(abi.encode(key, base));
    }
}
