// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ERC165, IERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IERC7943Fungible} from "../interfaces/IERC7943.sol";
import {IIdentityRegistry} from "../interfaces/IIdentityRegistry.sol";

/// @title A token whose every movement is checked on both sides (ERC-7943)
/// @notice Who may hold it, the identity registry decides. Issuer accounts (treasury, escrow) hold without an
/// admission and always receive, so that a holder whose admission lapsed keeps an exit.
abstract contract RestrictedToken is ERC20, Ownable2Step, Pausable, ERC165, IERC7943Fungible {
    IIdentityRegistry internal _registry;
    mapping(address account => uint256 amount) internal _frozenTokens;
    mapping(address account => bool) internal _frozenAddresses;
    /// @notice The issuer's own accounts.
    mapping(address account => bool) public isIssuerAccount;

    event IssuerAccountSet(address indexed account, bool isIssuer);

    constructor(address owner, IIdentityRegistry registry) Ownable(owner) {
        _registry = registry;
    }

    /// @notice Units have 6 decimals.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function setIssuerAccount(address account, bool isIssuer) external onlyOwner {
        isIssuerAccount[account] = isIssuer;
        emit IssuerAccountSet(account, isIssuer);
    }

    /// @inheritdoc IERC165
    function supportsInterface(
        bytes4 interfaceId
    ) public view virtual override(ERC165, IERC165) returns (bool) {
        return interfaceId == type(IERC7943Fungible).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc IERC7943Fungible
    /// @dev A holder whose admission lapsed may still send, but only to the issuer: `canTransfer` says so.
    function canSend(address account) public view returns (bool) {
        return
            !_frozenAddresses[account] &&
            (isIssuerAccount[account] || _registry.isKnown(address(this), account));
    }

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) public view returns (bool) {
        return
            !_frozenAddresses[account] &&
            (isIssuerAccount[account] || _registry.isAdmitted(address(this), account));
    }

    /// @inheritdoc IERC7943Fungible
    function canTransfer(address from, address to, uint256 amount) public view returns (bool) {
        if (paused() || !canSend(from) || !canReceive(to) || !_isExitOrCurrent(from, to)) return false;
        return _frozenTokens[from] == 0 || amount <= _unfrozen(from);
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) public view returns (uint256) {
        return _frozenTokens[account];
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _checkTransfer(_msgSender(), to, amount);
        return super.transfer(to, amount);
    }

    /// @dev The allowance is spent first, so that a caller without one learns nothing about the holder.
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spendAllowance(from, _msgSender(), amount);
        _checkTransfer(from, to, amount);
        _transfer(from, to, amount);
        return true;
    }

    function _checkTransfer(address from, address to, uint256 amount) internal view {
        _requireNotPaused();
        require(canSend(from), ERC7943CannotSend(from));
        require(canReceive(to), ERC7943CannotReceive(to));
        require(_isExitOrCurrent(from, to), ERC7943CannotTransfer(from, to, amount));
        uint256 unfrozen = _unfrozen(from);
        if (amount > unfrozen && amount <= balanceOf(from))
            revert ERC7943InsufficientUnfrozenBalance(from, amount, unfrozen);
    }

    function _isExitOrCurrent(address from, address to) private view returns (bool) {
        return isIssuerAccount[from] || isIssuerAccount[to] || _registry.isAdmitted(address(this), from);
    }

    function _unfrozen(address account) internal view returns (uint256) {
        uint256 balance = balanceOf(account);
        uint256 frozen = _frozenTokens[account];
        return frozen < balance ? balance - frozen : 0;
    }

    function _setFrozen(address account, uint256 amount) internal virtual {
        _frozenTokens[account] = amount;
        emit Frozen(account, amount);
    }

    /// @dev Unfreezes what `amount` takes beyond the unfrozen balance, before the balance moves.
    function _thaw(address account, uint256 amount) internal {
        uint256 balance = balanceOf(account);
        require(amount <= balance, ERC20InsufficientBalance(account, balance, amount));
        if (amount > _unfrozen(account)) _setFrozen(account, balance - amount);
    }
}
