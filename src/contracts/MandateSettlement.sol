// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IMandateRegistry} from "./interfaces/IMandateRegistry.sol";
import {ITransferWithAuthorization} from "./interfaces/ITransferWithAuthorization.sol";

/// @title Settles agents' payments within their mandates
/// @notice Counts an EIP-3009 transfer against the mandate of who signed it, and makes it, or does neither. Keeps
/// nothing and holds nothing; anybody may call it.
contract MandateSettlement {
    /// @dev EIP-3009, with the signature of `from`.
    struct Authorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes signature;
    }

    IMandateRegistry public immutable mandateRegistry;

    error AmountTooLarge(uint256 value);

    constructor(IMandateRegistry mandateRegistry_) {
        mandateRegistry = mandateRegistry_;
    }

    /// @param payeeProof Path from `to` to the mandate's payees; empty where anybody may be paid.
    function settle(
        ITransferWithAuthorization token,
        Authorization calldata authorization,
        bytes32[] calldata payeeProof
    ) external {
        (address from, address to, uint256 value) = (
            authorization.from,
            authorization.to,
            authorization.value
        );
        require(value <= type(uint96).max, AmountTooLarge(value));
        mandateRegistry.consume(from, address(token), to, uint96(value), payeeProof);
        token.transferWithAuthorization(
            from,
            to,
            value,
            authorization.validAfter,
            authorization.validBefore,
            authorization.nonce,
            authorization.signature
        );
    }
}
