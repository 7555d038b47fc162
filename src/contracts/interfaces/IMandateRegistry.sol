// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice What a principal lets an agent spend through a service. Times are seconds since 1970.
struct Mandate {
    /// @dev The contract that enforces it, and in whose scope the principal is named.
    address service;
    address agent;
    address token;
    /// @dev Base units in each period.
    uint96 limit;
    /// @dev Seconds; the first begins at `notBefore`.
    uint32 period;
    uint40 notBefore;
    /// @dev Exclusive.
    uint40 notAfter;
    /// @dev Root of the Merkle tree of who may be paid (leaf keccak(keccak(abi.encode(address))), pairs sorted);
    /// zero: anybody.
    bytes32 payees;
    /// @dev keccak(abi.encode(key)): whoever shows the key ends the mandate.
    bytes32 revocation;
    bytes32 nonce;
}

interface IMandateRegistry {
    /// @notice Counts a payment against the agent's mandate with the calling service.
    /// @param payeeProof Path from the payee to the mandate's `payees`; empty where anybody may be paid.
    function consume(
        address agent,
        address token,
        address payee,
        uint96 amount,
        bytes32[] calldata payeeProof
    ) external;

    /// @notice Whether an agent could pay an amount through a service now, to somebody who may be paid.
    function isAuthorised(
        address service,
        address agent,
        address token,
        uint96 amount
    ) external view returns (bool);

    /// @notice Who stands behind an agent in a service's scope, by handle; zero when nobody ever did. The agents of
    /// one principal share it; in another scope it is another.
    function principalOf(address service, address agent) external view returns (bytes20);

    /// @notice Whether one principal stands behind both: then they are no independent parties.
    function samePrincipal(address service, address a, address b) external view returns (bool);
}
