// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC3643} from "./interfaces/IERC3643.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {RestrictedToken} from "./lib/RestrictedToken.sol";

/// @title Units of a tokenised fund
/// @notice ERC-3643 ABI-compatible, ERC-7943 conformant. 6 decimals. Compliance is checked on the sender and
/// on the receiver, inside the token: `compliance()` is the token itself. Agents mint, burn, freeze, force and
/// recover; the owner names agents.
contract FundToken is RestrictedToken, IERC3643 {
    string private _tokenName;
    string private _tokenSymbol;
    /// @inheritdoc IERC3643
    address public onchainID;
    mapping(address account => bool) private _agents;

    error CallerNotAgent(address caller);
    error AddressMissing();
    error ComplianceBuiltIn();
    error LengthsDiffer();
    error UnfreezeExceedsFrozen(uint256 amount, uint256 frozen);
    error RecoveryNotProven(address lostWallet, address newWallet);
    error NothingToRecover(address lostWallet);

    modifier onlyAgent() {
        require(_agents[_msgSender()], CallerNotAgent(_msgSender()));
        _;
    }

    /// @param owner Names agents and issuer accounts.
    /// @param identityRegistry_ Says who may hold the token.
    constructor(
        string memory name_,
        string memory symbol_,
        address owner,
        IIdentityRegistry identityRegistry_
    ) ERC20("", "") RestrictedToken(owner, identityRegistry_) {
        _tokenName = name_;
        _tokenSymbol = symbol_;
        emit IdentityRegistryAdded(address(identityRegistry_));
        emit ComplianceAdded(address(this));
    }

    function name() public view override returns (string memory) {
        return _tokenName;
    }

    function symbol() public view override returns (string memory) {
        return _tokenSymbol;
    }

    /// @inheritdoc IERC3643
    function version() public pure returns (string memory) {
        return "1.0.0";
    }

    /// @inheritdoc IERC3643
    function identityRegistry() external view returns (address) {
        return address(_registry);
    }

    /// @inheritdoc IERC3643
    function compliance() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC3643
    function isFrozen(address userAddress) external view returns (bool) {
        return _frozenAddresses[userAddress];
    }

    /// @inheritdoc IERC3643
    function isAgent(address agent) external view returns (bool) {
        return _agents[agent];
    }

    /// @inheritdoc IERC3643
    function addAgent(address agent) external onlyOwner {
        require(agent != address(0), AddressMissing());
        _agents[agent] = true;
        emit AgentAdded(agent);
    }

    /// @inheritdoc IERC3643
    function removeAgent(address agent) external onlyOwner {
        _agents[agent] = false;
        emit AgentRemoved(agent);
    }

    /// @inheritdoc IERC3643
    function setName(string calldata name_) external onlyOwner {
        _tokenName = name_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setSymbol(string calldata symbol_) external onlyOwner {
        _tokenSymbol = symbol_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setOnchainID(address onchainID_) external onlyOwner {
        onchainID = onchainID_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setIdentityRegistry(address identityRegistry_) external onlyOwner {
        require(identityRegistry_ != address(0), AddressMissing());
        _registry = IIdentityRegistry(identityRegistry_);
        emit IdentityRegistryAdded(identityRegistry_);
    }

    /// @inheritdoc IERC3643
    /// @dev Compliance is not pluggable: a hook that calls out is a hook that can be turned.
    function setCompliance(address) external view onlyOwner {
        revert ComplianceBuiltIn();
    }

    /// @inheritdoc IERC3643
    function pause() external onlyAgent {
        _pause();
    }

    /// @inheritdoc IERC3643
    function unpause() external onlyAgent {
        _unpause();
    }

    /// @inheritdoc IERC3643
    /// @dev Works while paused, as ERC-3643 has it; the receiver must be allowed to hold.
    function mint(address to, uint256 amount) public onlyAgent {
        require(canReceive(to), ERC7943CannotReceive(to));
        _mint(to, amount);
    }

    /// @inheritdoc IERC3643
    function burn(address userAddress, uint256 amount) public onlyAgent {
        _thaw(userAddress, amount);
        _burn(userAddress, amount);
    }

    /// @inheritdoc IERC7943Fungible
    /// @dev To itself nothing leaves the account, so nothing is unfrozen.
    function forcedTransfer(address from, address to, uint256 amount) public onlyAgent returns (bool) {
        require(canReceive(to), ERC7943CannotReceive(to));
        if (from != to) _thaw(from, amount);
        _transfer(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address account, uint256 amount) external onlyAgent returns (bool) {
        _setFrozen(account, amount);
        return true;
    }

    /// @inheritdoc IERC3643
    function freezePartialTokens(address userAddress, uint256 amount) public onlyAgent {
        _setFrozen(userAddress, _frozenTokens[userAddress] + amount);
    }

    /// @inheritdoc IERC3643
    function unfreezePartialTokens(address userAddress, uint256 amount) public onlyAgent {
        uint256 frozen = _frozenTokens[userAddress];
        require(amount <= frozen, UnfreezeExceedsFrozen(amount, frozen));
        _setFrozen(userAddress, frozen - amount);
    }

    /// @inheritdoc IERC3643
    function setAddressFrozen(address userAddress, bool freeze) public onlyAgent {
        _frozenAddresses[userAddress] = freeze;
        emit AddressFrozen(userAddress, freeze, _msgSender());
    }

    /// @inheritdoc IERC3643
    /// @dev The registry knows that both wallets proved the same nullifier; freezes follow the holder.
    function recoveryAddress(
        address lostWallet,
        address newWallet,
        address investorOnchainID
    ) external onlyAgent returns (bool) {
        uint256 balance = balanceOf(lostWallet);
        require(balance > 0, NothingToRecover(lostWallet));
        require(
            _registry.movedTo(address(this), lostWallet) == newWallet,
            RecoveryNotProven(lostWallet, newWallet)
        );
        uint256 frozen = _frozenTokens[lostWallet];
        bool addressFrozen = _frozenAddresses[lostWallet];
        forcedTransfer(lostWallet, newWallet, balance);
        if (frozen > 0) _setFrozen(newWallet, _frozenTokens[newWallet] + frozen);
        if (addressFrozen) setAddressFrozen(newWallet, true);
        emit RecoverySuccess(lostWallet, newWallet, investorOnchainID);
        return true;
    }

    /// @inheritdoc IERC3643
    function batchTransfer(address[] calldata toList, uint256[] calldata amounts) external {
        _checkLengths(toList.length, amounts.length);
        for (uint256 i = 0; i < toList.length; i++) transfer(toList[i], amounts[i]);
    }

    /// @inheritdoc IERC3643
    function batchForcedTransfer(
        address[] calldata fromList,
        address[] calldata toList,
        uint256[] calldata amounts
    ) external {
        _checkLengths(fromList.length, toList.length);
        _checkLengths(toList.length, amounts.length);
        for (uint256 i = 0; i < fromList.length; i++) forcedTransfer(fromList[i], toList[i], amounts[i]);
    }

    /// @inheritdoc IERC3643
    function batchMint(address[] calldata toList, uint256[] calldata amounts) external {
        _checkLengths(toList.length, amounts.length);
        for (uint256 i = 0; i < toList.length; i++) mint(toList[i], amounts[i]);
    }

    /// @inheritdoc IERC3643
    function batchBurn(address[] calldata userAddresses, uint256[] calldata amounts) external {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i = 0; i < userAddresses.length; i++) burn(userAddresses[i], amounts[i]);
    }

    /// @inheritdoc IERC3643
    function batchSetAddressFrozen(address[] calldata userAddresses, bool[] calldata freeze) external {
        _checkLengths(userAddresses.length, freeze.length);
        for (uint256 i = 0; i < userAddresses.length; i++) setAddressFrozen(userAddresses[i], freeze[i]);
    }

    /// @inheritdoc IERC3643
    function batchFreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts) external {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i = 0; i < userAddresses.length; i++) freezePartialTokens(userAddresses[i], amounts[i]);
    }

    /// @inheritdoc IERC3643
    function batchUnfreezePartialTokens(
        address[] calldata userAddresses,
        uint256[] calldata amounts
    ) external {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i = 0; i < userAddresses.length; i++)
            unfreezePartialTokens(userAddresses[i], amounts[i]);
    }

    /// @dev ERC-3643 announces the difference beside ERC-7943's new total.
    function _setFrozen(address account, uint256 amount) internal override {
        uint256 before = _frozenTokens[account];
        super._setFrozen(account, amount);
        if (amount > before) emit TokensFrozen(account, amount - before);
        else if (amount < before) emit TokensUnfrozen(account, before - amount);
    }

    function _checkLengths(uint256 a, uint256 b) private pure {
        require(a == b, LengthsDiffer());
    }

    function _emitInformation() private {
        emit UpdatedTokenInformation(_tokenName, _tokenSymbol, decimals(), version(), onchainID);
    }
}
