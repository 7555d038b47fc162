// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice A message from the permissioned chain, as the OP Stack's L2ToL1MessagePasser hashes it.
struct WithdrawalTransaction {
    uint256 nonce;
    address sender;
    address target;
    uint256 value;
    uint256 gasLimit;
    bytes data;
}

/// @notice Preimage of an output root of version 0.
struct OutputRootProof {
    bytes32 version;
    bytes32 stateRoot;
    bytes32 messagePasserStorageRoot;
    bytes32 latestBlockhash;
}

/// @notice An anchored output root, as L2OutputOracle returns it.
struct OutputProposal {
    bytes32 outputRoot;
    /// @dev Seconds since 1970 at which it was anchored.
    uint128 timestamp;
    uint128 l2BlockNumber;
}

/// @notice The reads of the OP Stack's L2OutputOracle that withdrawals need.
interface IL2OutputOracle {
    /// @notice Seconds after which an anchored output root counts as matured.
    // solhint-disable-next-line func-name-mixedcase
    function FINALIZATION_PERIOD_SECONDS() external view returns (uint256);

    function latestBlockNumber() external view returns (uint256);

    function latestOutputIndex() external view returns (uint256);

    function getL2Output(uint256 l2OutputIndex) external view returns (OutputProposal memory);

    /// @notice Index of the first output at or above a block.
    function getL2OutputIndexAfter(uint256 l2BlockNumber) external view returns (uint256);
}
