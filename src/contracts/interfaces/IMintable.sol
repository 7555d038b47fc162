// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice A token that an authorised contract may create and destroy.
interface IMintable {
    /// @param amount Base units.
    function mint(address to, uint256 amount) external;

    /// @param amount Base units.
    function burn(address from, uint256 amount) external;
}
