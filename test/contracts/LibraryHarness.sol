// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {Bls12381} from "../../src/contracts/lib/Bls12381.sol";
import {CalendarDate} from "../../src/contracts/lib/CalendarDate.sol";

/// @notice Opens the libraries to tests.
contract LibraryHarness {
    function traverse(
        bytes32 root,
        bytes memory key,
        bytes[] memory proof
    ) external pure returns (bytes memory) {
        return TrieProof.traverse(root, key, proof);
    }

    function hashToG1(bytes memory message, bytes memory dst) external view returns (bytes memory) {
        return Bls12381.hashToG1(message, dst);
    }

    function dateOf(uint256 timestamp) external pure returns (uint256) {
        return CalendarDate.fromTimestamp(timestamp);
    }
}
