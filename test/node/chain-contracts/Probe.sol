// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

contract Child {
    uint256 public value;
    address immutable maker;

    constructor(uint256 v) payable {
        value = v;
        maker = msg.sender;
    }

    function set(uint256 v) external {
        value = v;
    }

    function end(address payable to) external {
        selfdestruct(to);
    }
}

contract ShortLived {
    constructor(address payable to) payable {
        selfdestruct(to);
    }
}

/// Touches what engines get wrong: refunds, warm slots, nested reverts, creation, transient storage, precompiles.
contract Probe {
    mapping(uint256 => uint256) public slots;
    mapping(address => uint256) public balanceOf;
    Child public child;
    bytes32 public kept;
    event Wrote(uint256 indexed key, uint256 value);
    event Transfer(address indexed from, address indexed to, uint256 value);
    error Refused(uint256 code, string why);

    constructor() payable {
        balanceOf[msg.sender] = 1e30;
    }

    receive() external payable {
        emit Wrote(msg.value, gasleft() > 0 ? 1 : 0);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        emit Transfer(msg.sender, to, amount);
        return true;
    }

    function fill(uint256 from, uint256 count, uint256 value) external {
        for (uint256 i = from; i < from + count; i++) {
            slots[i] = value;
            emit Wrote(i, value);
        }
    }

    function clear(uint256 from, uint256 count) external {
        for (uint256 i = from; i < from + count; i++) delete slots[i];
    }

    function dirty(uint256 key) external {
        slots[key] = 1;
        slots[key] = 2;
        slots[key] = 0;
        slots[key] = 3;
    }

    function refuse(uint256 code) external pure {
        revert Refused(code, "no");
    }

    function nested(uint256 key) external {
        slots[key] = 10;
        try this.writeAndRevert(key) {} catch {}
        emit Wrote(key, slots[key]);
    }

    function writeAndRevert(uint256 key) external {
        slots[key] = 99;
        emit Wrote(key, 99);
        new Child{salt: bytes32(key)}(7);
        revert("undone");
    }

    function make(uint256 v) external payable {
        child = new Child{value: msg.value}(v);
        child.set(v + 1);
    }

    function make2(bytes32 salt, uint256 v) external {
        child = new Child{salt: salt}(v);
    }

    function makeShortLived(bytes32 salt) external payable {
        new ShortLived{salt: salt, value: msg.value}(payable(msg.sender));
    }

    function endChild(address payable to) external {
        child.end(to);
    }

    function burn() external {
        while (true) {}
    }

    function bad() external pure {
        assembly {
            invalid()
        }
    }

    function transient_(uint256 v) external returns (uint256 before) {
        assembly {
            before := tload(1)
            tstore(1, v)
        }
        slots[1000] = before;
    }

    function precompiles(bytes32 hash, uint8 v, bytes32 r, bytes32 s) external {
        address who = ecrecover(hash, v, r, s);
        bytes32 a = sha256(abi.encode(who));
        bytes32 b = ripemd160(abi.encode(a));
        (bool ok, bytes memory out) = address(5).staticcall(
            abi.encodePacked(
                uint256(32),
                uint256(32),
                uint256(32),
                uint256(uint160(who)),
                uint256(65537),
                type(uint256).max - 58
            )
        );
        require(ok);
        (bool ok2, bytes memory sum) = address(6).staticcall(
            abi.encode(uint256(1), uint256(2), uint256(1), uint256(2))
        );
        require(ok2);
        (bool ok3, bytes memory mul) = address(7).staticcall(
            abi.encode(uint256(1), uint256(2), uint256(hash))
        );
        require(ok3);
        kept = keccak256(abi.encode(who, a, b, out, sum, mul));
        emit Wrote(uint256(kept), uint160(who));
    }

    function call(address precompile, bytes calldata input) external {
        (bool ok, bytes memory out) = precompile.call(input);
        kept = keccak256(abi.encode(ok, out));
        emit Wrote(uint256(kept), ok ? 1 : 0);
    }

    function deep(uint256 n) external returns (uint256 reached) {
        if (n == 0) return gasleft() % 1;
        (bool ok, bytes memory out) = address(this).call{gas: gasleft()}(abi.encodeCall(this.deep, (n - 1)));
        reached = ok && out.length == 32 ? abi.decode(out, (uint256)) + 1 : 1;
    }

    function environment() external view returns (uint256, address, uint256, uint256, uint256) {
        return (block.chainid, tx.origin, address(this).balance, block.gaslimit, msg.sender.code.length);
    }

    function hashes(uint256 back) external view returns (bytes32 opcode, bytes32 stored) {
        opcode = blockhash(block.number - back);
        (bool ok, bytes memory out) = 0x0000F90827F1C53a10cb7A02335B175320002935.staticcall(
            abi.encode(block.number - back)
        );
        stored = ok ? abi.decode(out, (bytes32)) : bytes32(0);
    }

    function beaconRoot(uint256 timestamp) external view returns (bool ok, bytes memory out) {
        (ok, out) = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02.staticcall(abi.encode(timestamp));
    }

    function remember(uint256 back) external {
        kept = blockhash(block.number - back);
    }
}
