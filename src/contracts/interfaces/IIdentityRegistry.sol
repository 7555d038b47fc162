// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Proof} from "./IZkidVerifier.sol";

/// @notice The reads of ERC-3643's identity registry. They answer for the token that asks, `msg.sender`.
interface IERC3643IdentityRegistry {
    function contains(address wallet) external view returns (bool);

    function isVerified(address wallet) external view returns (bool);

    /// @return A handle derived from the nullifier; no contract stands there.
    function identity(address wallet) external view returns (address);

    /// @return ISO 3166-1 numeric, as a business proved it openly; 0 where geography was proven in zero knowledge.
    function investorCountry(address wallet) external view returns (uint16);
}

interface IIdentityRegistry is IERC3643IdentityRegistry {
    /// @notice Whether a wallet may hold a token now.
    function isAdmitted(address token, address wallet) external view returns (bool);

    /// @notice Whether a wallet was admitted and not revoked, lapsed or not.
    function isKnown(address token, address wallet) external view returns (bool);

    /// @notice The wallet that proved the same nullifier later; zero if none did.
    function movedTo(address token, address wallet) external view returns (address);

    /// @notice Passes when a proof satisfies the policy now, under a root that counts, and is bound to `binding`;
    /// else reverts with what is wrong.
    /// @param publicSignals nullifier, root, policyHash, scope, today, binding.
    /// @return epoch The policy's epoch, under which the proof counts.
    function requireProof(
        address token,
        Proof calldata proof,
        uint256[6] calldata publicSignals,
        uint256 binding
    ) external view returns (uint32 epoch);

    /// @notice Whether what a holder proved in an epoch still counts: the epoch has not passed, and the issuer has
    /// not revoked the holder.
    function stands(address token, bytes20 holder, uint32 epoch) external view returns (bool);

    /// @notice The handle by which a holder is kept: the nullifier's low 160 bits, so that nobody finds a second
    /// nullifier for somebody's handle.
    function holderOf(uint256 nullifier) external pure returns (bytes20);
}
