// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The reads of ERC-3643's identity registry. They answer for the asking token where a token asks,
/// else for the token that the wallet was admitted to last.
interface IERC3643IdentityRegistry {
    function contains(address wallet) external view returns (bool);

    function isVerified(address wallet) external view returns (bool);

    /// @return A handle derived from the nullifier; no contract stands there.
    function identity(address wallet) external view returns (address);

    /// @return ISO 3166-1 numeric; 0 where geography was proven in zero knowledge.
    function investorCountry(address wallet) external view returns (uint16);
}

interface IIdentityRegistry is IERC3643IdentityRegistry {
    /// @notice Whether a wallet may hold a token now.
    function isAdmitted(address token, address wallet) external view returns (bool);

    /// @notice Whether a wallet was admitted and not revoked, lapsed or not.
    function isKnown(address token, address wallet) external view returns (bool);

    /// @notice The wallet that proved the same nullifier later; zero if none did.
    function movedTo(address token, address wallet) external view returns (address);
}
