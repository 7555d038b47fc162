// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IMintable} from "../../src/contracts/interfaces/IMintable.sol";

/// @notice An ordinary token that anybody may mint and burn.
contract PlainToken is ERC20, IMintable {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Plain", "PLN") {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }
}

/// @notice Keeps a hundredth of whatever is moved.
contract FeeToken is PlainToken(18) {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 100);
    }
}

/// @notice Says true and moves nothing.
contract IdleToken is PlainToken(18) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @notice Makes one call of its owner's choosing whenever it is moved, as hooks of other standards do.
contract HookToken is PlainToken(18) {
    address private _target;
    bytes private _call;
    /// @notice What the call was refused with; empty when it was not.
    bytes public refusal;
    bool public called;

    function setHook(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0) || from == address(0)) return;
        address target = _target;
        delete _target;
        (bool success, bytes memory answer) = target.call(_call);
        called = true;
        refusal = success ? bytes("") : answer;
    }
}
