// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface IBalances {
    function balanceOf(address account) external view returns (uint256);
}

/// @notice Reads a balance in a frame that reverts with it, so that no trace of the read stays in the state.
contract Spy {
    function look(IBalances token, address account) external view returns (uint256 held) {
        try this.peek(token, account) {
            return 0;
        } catch (bytes memory answer) {
            held = abi.decode(answer, (uint256));
        }
    }

    function peek(IBalances token, address account) external view {
        uint256 held = token.balanceOf(account);
        assembly {
            mstore(0, held)
            revert(0, 32)
        }
    }
}
