// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IMintable} from "./interfaces/IMintable.sol";

/// @title The permissioned chain's side of the bridge
/// @notice Stands at 0x4200000000000000000000000000000000000016 from the genesis block on: no constructor,
/// owner and relayer are written by the genesis allocation. Deposits in the mainchain's Vault become tokens
/// here; burning them leaves a message that the Vault pays on proof.
/// @dev Storage is part of the protocol. Slots 0 and 1 are exactly those of the OP Stack's L2ToL1MessagePasser,
/// so that viem's `op-stack` actions build the proofs:
///   0 sentMessages: bytes32 => bool        1 message nonce (uint240)
///   2 owner (address)                      3 relayer (address)
///   4 lock state: asset => word            5 token of an asset: asset => address
///   6 relayed deposits: id => bool         7 one above the highest deposit relayed
/// An asset is named by its mainchain address throughout.
contract Lockbox {
    /// @dev One word: relayed in bits 0 to 119, withdrawn in 120 to 239, status in 240 to 255.
    struct LockState {
        /// @dev All that was ever deposited in, base units.
        uint120 relayed;
        /// @dev All that was ever withdrawn again, base units.
        uint120 withdrawn;
        /// @dev 1 once the asset is known, so that no state is ever an absent word.
        uint16 status;
    }

    /// @notice Withdrawal hashes that were initiated here.
    mapping(bytes32 withdrawalHash => bool) public sentMessages;
    uint240 internal msgNonce;
    /// @notice Maps assets to tokens and names the relayer.
    address public owner;
    /// @notice Brings deposits over from the mainchain.
    address public relayer;
    mapping(address asset => LockState) internal lockStates;
    /// @notice The token here that stands for a mainchain asset.
    mapping(address asset => address token) public tokenOf;
    /// @notice Deposits that were already brought over.
    mapping(uint256 id => bool) public relayed;
    /// @notice One above the highest deposit number that was brought over; never zero once an asset is set. A
    /// deposit at or above it was not credited here, which the Vault may so learn from a word that is present.
    uint256 public nextDeposit;

    uint16 private constant OPEN = 1;
    uint256 private constant MESSAGE_VERSION = 1;

    event AssetSet(address indexed asset, address indexed token);
    event OwnerSet(address indexed owner);
    event RelayerSet(address indexed relayer);
    /// @param id The Vault's deposit number.
    event DepositRelayed(uint256 indexed id, address indexed asset, address indexed to, uint256 amount);
    /// @notice As the OP Stack's L2ToL1MessagePasser emits it.
    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    error CallerNotAllowed(address caller);
    error AssetUnknown(address asset);
    error AssetAlreadySet(address asset, address token);
    error AddressMissing();
    error AmountInvalid(uint256 amount);
    error DepositAlreadyRelayed(uint256 id);
    error WithdrawalExceedsClaim(uint256 amount, uint256 claimed);

    modifier onlyOwner() {
        require(msg.sender == owner, CallerNotAllowed(msg.sender));
        _;
    }

    /// @notice Names the token that stands for a mainchain asset, once: holders' claims hang on it.
    function setAsset(address asset, address token) external onlyOwner {
        require(asset != address(0) && token != address(0), AddressMissing());
        require(tokenOf[asset] == address(0), AssetAlreadySet(asset, tokenOf[asset]));
        tokenOf[asset] = token;
        lockStates[asset].status = OPEN;
        if (nextDeposit == 0) nextDeposit = 1;
        emit AssetSet(asset, token);
    }

    function setRelayer(address relayer_) external onlyOwner {
        relayer = relayer_;
        emit RelayerSet(relayer_);
    }

    function transferOwnership(address owner_) external onlyOwner {
        require(owner_ != address(0), AddressMissing());
        owner = owner_;
        emit OwnerSet(owner_);
    }

    /// @notice Credits a deposit of the Vault, once.
    /// @param id The Vault's deposit number.
    /// @param amount Base units.
    function relayDeposit(uint256 id, address asset, address to, uint256 amount) external {
        require(msg.sender == relayer, CallerNotAllowed(msg.sender));
        require(!relayed[id], DepositAlreadyRelayed(id));
        require(amount > 0 && amount <= type(uint120).max, AmountInvalid(amount));
        address token = _tokenOf(asset);
        relayed[id] = true;
        if (id >= nextDeposit) nextDeposit = id + 1;
        lockStates[asset].relayed += uint120(amount);
        emit DepositRelayed(id, asset, to, amount);
        IMintable(token).mint(to, amount);
    }

    /// @notice Burns the caller's tokens and leaves the message that the Vault pays: the very call
    /// `asset.transfer(to, amount)`, to be made by the Vault.
    /// @param amount Base units.
    function initiateWithdrawal(
        address asset,
        address to,
        uint256 amount
    ) external returns (bytes32 withdrawalHash) {
        require(to != address(0), AddressMissing());
        require(amount > 0, AmountInvalid(amount));
        LockState storage state = lockStates[asset];
        uint256 claimed = claims(asset);
        require(amount <= claimed, WithdrawalExceedsClaim(amount, claimed));
        state.withdrawn += uint120(amount);
        IMintable(_tokenOf(asset)).burn(msg.sender, amount);
        return _passMessage(asset, abi.encodeWithSignature("transfer(address,uint256)", to, amount));
    }

    /// @notice What was relayed in and withdrawn again, and whether the asset is open.
    function lockState(address asset) external view returns (LockState memory) {
        return lockStates[asset];
    }

    /// @notice Base units that this chain still claims of what the Vault holds.
    function claims(address asset) public view returns (uint256) {
        LockState storage state = lockStates[asset];
        return state.relayed - state.withdrawn;
    }

    /// @notice The next message's nonce with its version in the upper two bytes, as on the OP Stack.
    function messageNonce() public view returns (uint256) {
        return (MESSAGE_VERSION << 240) | msgNonce;
    }

    function _passMessage(address target, bytes memory data) private returns (bytes32 withdrawalHash) {
        uint256 nonce = messageNonce();
        withdrawalHash = keccak256(abi.encode(nonce, msg.sender, target, uint256(0), uint256(0), data));
        sentMessages[withdrawalHash] = true;
        msgNonce++;
        emit MessagePassed(nonce, msg.sender, target, 0, 0, data, withdrawalHash);
    }

    function _tokenOf(address asset) private view returns (address token) {
        token = tokenOf[asset];
        require(token != address(0), AssetUnknown(asset));
    }
}
