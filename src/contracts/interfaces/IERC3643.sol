// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice ERC-3643's token, apart from ERC-20 and from what it shares with ERC-7943 (`forcedTransfer`,
/// `getFrozenTokens`).
interface IERC3643 {
    event UpdatedTokenInformation(
        string indexed newName,
        string indexed newSymbol,
        uint8 newDecimals,
        string newVersion,
        address indexed newOnchainID
    );
    event IdentityRegistryAdded(address indexed identityRegistry);
    event ComplianceAdded(address indexed compliance);
    event RecoverySuccess(
        address indexed lostWallet,
        address indexed newWallet,
        address indexed investorOnchainID
    );
    event AddressFrozen(address indexed userAddress, bool indexed isFrozen, address indexed owner);
    event TokensFrozen(address indexed userAddress, uint256 amount);
    event TokensUnfrozen(address indexed userAddress, uint256 amount);
    event AgentAdded(address indexed agent);
    event AgentRemoved(address indexed agent);

    function setName(string calldata name) external;

    function setSymbol(string calldata symbol) external;

    function setOnchainID(address onchainID) external;

    function pause() external;

    function unpause() external;

    function setAddressFrozen(address userAddress, bool freeze) external;

    function freezePartialTokens(address userAddress, uint256 amount) external;

    function unfreezePartialTokens(address userAddress, uint256 amount) external;

    function setIdentityRegistry(address identityRegistry) external;

    function setCompliance(address compliance) external;

    function mint(address to, uint256 amount) external;

    function burn(address userAddress, uint256 amount) external;

    function recoveryAddress(
        address lostWallet,
        address newWallet,
        address investorOnchainID
    ) external returns (bool);

    function batchTransfer(address[] calldata toList, uint256[] calldata amounts) external;

    function batchForcedTransfer(
        address[] calldata fromList,
        address[] calldata toList,
        uint256[] calldata amounts
    ) external;

    function batchMint(address[] calldata toList, uint256[] calldata amounts) external;

    function batchBurn(address[] calldata userAddresses, uint256[] calldata amounts) external;

    function batchSetAddressFrozen(address[] calldata userAddresses, bool[] calldata freeze) external;

    function batchFreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts) external;

    function batchUnfreezePartialTokens(
        address[] calldata userAddresses,
        uint256[] calldata amounts
    ) external;

    function addAgent(address agent) external;

    function removeAgent(address agent) external;

    function isAgent(address agent) external view returns (bool);

    function onchainID() external view returns (address);

    function version() external view returns (string memory);

    function identityRegistry() external view returns (address);

    function compliance() external view returns (address);

    function isFrozen(address userAddress) external view returns (bool);
}
