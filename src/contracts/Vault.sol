// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {
    IL2OutputOracle,
    OutputProposal,
    OutputRootProof,
    WithdrawalTransaction
} from "./interfaces/OpStack.sol";
import {StateProof} from "./lib/StateProof.sol";

/// @title The mainchain's side of the bridge
/// @notice Holds what was deposited and pays withdrawals that are proven under an anchored and matured output
/// root, together with the lock state of the asset under the same root. Shaped like the OP Stack's
/// OptimismPortal, so that viem's `op-stack` actions drive it. Amounts are base units of the asset.
/// @dev A withdrawal's message is the call `asset.transfer(to, amount)`; nothing else is ever executed. For
/// each asset what goes out falls into three parts that no proof can make overlap, and whose sum is what was
/// deposited: withdrawals (never more than the chain says were withdrawn), escapes (never more than it still
/// claimed at the last anchor) and reclaimed deposits (never more than it had not credited by then).
///
/// What nobody can do, whoever they are: pay to another than the proven recipient, pay twice, upgrade this
/// contract, sweep it, or hold back a matured withdrawal for longer than `maxPauseSeconds`. The owner opens and
/// closes assets for deposits and names the guardian; the guardian pauses. A committee that lies at its
/// threshold can take what was deposited, and nothing beyond; so can the registry's owner, who names it.
///
/// Assets must move exactly the amount asked for and must not rebase. Their tokens on the permissioned chain
/// keep balances in slot 0, as OpenZeppelin's ERC20 does; otherwise holders could not escape.
contract Vault is Ownable2Step, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct ProvenWithdrawal {
        bytes32 outputRoot;
        /// @dev Seconds since 1970.
        uint128 timestamp;
        uint128 l2OutputIndex;
    }

    /// @notice What the Lockbox said of an asset under one output root.
    struct ProvenLockState {
        uint120 relayed;
        uint120 withdrawn;
        uint16 status;
    }

    /// @notice What came in and went out of one asset.
    struct Accounts {
        /// @dev Whether deposits are taken.
        bool accepted;
        uint120 deposited;
        uint120 paid;
        uint120 escaped;
        uint120 reclaimed;
    }

    /// @notice Proof of a holder's balance on the permissioned chain; nodes from the root down.
    struct EscapeProof {
        OutputRootProof outputRootProof;
        /// @dev The asset's token in the Lockbox.
        bytes[] tokenOf;
        /// @dev The token's account under the state root.
        bytes[] tokenAccount;
        /// @dev The holder's balance in the token.
        bytes[] balance;
    }

    uint256 private constant SENT_MESSAGES_SLOT = 0;
    uint256 private constant LOCK_STATES_SLOT = 4;
    uint256 private constant TOKENS_SLOT = 5;
    uint256 private constant NEXT_DEPOSIT_SLOT = 7;
    uint256 private constant BALANCES_SLOT = 0;

    /// @notice The AnchorRegistry.
    IL2OutputOracle public immutable l2Oracle;
    /// @notice The Lockbox on the permissioned chain.
    address public immutable lockbox;
    /// @notice Seconds without a new anchor after which holders may leave by their balance.
    uint256 public immutable escapeDelaySeconds;
    /// @notice Seconds that a pause lasts, that must pass before the next, and after which no pause holds back
    /// what has matured: a withdrawal is payable this long after its maturity at the latest.
    uint256 public immutable maxPauseSeconds;

    /// @notice May pause.
    address public guardian;
    /// @notice Seconds since 1970 at which the newest pause ends or ended.
    uint256 public pausedUntil;
    /// @notice Number that the next deposit gets; the first is 1.
    uint256 public nextDepositId = 1;
    /// @notice Output index at which holders began to leave, plus one; 0 while the chain lives.
    uint256 public escapedAt;
    /// @notice The first proof of a withdrawal, as OptimismPortal reports it.
    mapping(bytes32 withdrawalHash => ProvenWithdrawal) public provenWithdrawals;
    mapping(bytes32 withdrawalHash => bool) public finalizedWithdrawals;
    /// @notice Seconds since 1970 at which a withdrawal was proven under an output root; 0 if it was not.
    mapping(bytes32 withdrawalHash => mapping(bytes32 outputRoot => uint256)) public provenAt;
    mapping(bytes32 outputRoot => mapping(address asset => ProvenLockState)) public provenLockStates;
    /// @notice The newest lock state by which a withdrawal was paid: an older root knows less of what was
    /// withdrawn, and must not make a withdrawal unpayable because later ones were paid first.
    mapping(address asset => ProvenLockState) public settledLockStates;
    mapping(address asset => Accounts) public accounts;
    /// @notice keccak(abi.encode(asset, from, amount)) of a deposit; zero when there is none to reclaim.
    mapping(uint256 id => bytes32) public depositHashes;
    mapping(address asset => mapping(address holder => bool)) public hasEscaped;

    event AssetAccepted(address indexed asset, bool accepted);
    event GuardianSet(address indexed guardian);
    event Paused(uint256 until);
    event Unpaused();
    event Deposited(uint256 indexed id, address asset, address from, address to, uint256 amount);
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);
    event LockStateProven(
        bytes32 indexed outputRoot,
        address indexed asset,
        uint256 relayed,
        uint256 withdrawn
    );
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);
    event EscapeOpened(uint256 l2OutputIndex);
    event Escaped(address indexed asset, address indexed holder, uint256 amount);
    event DepositReclaimed(uint256 indexed id, address indexed asset, address indexed from, uint256 amount);

    error EscapeDelayTooShort(uint256 delay, uint256 maturity);
    error PauseTooLong(uint256 maxPause, uint256 escapeDelay);
    error CallerNotGuardian(address caller);
    error PauseTooSoon(uint256 allowedFrom, uint256 timestamp);
    error NotPaused();
    error VaultPaused(uint256 until);
    error AssetNotAccepted(address asset);
    error AmountInvalid(uint256 amount);
    error RecipientMissing();
    error TransferInexact(uint256 moved, uint256 expected);
    error OutputRootMismatch(bytes32 computed, bytes32 anchored);
    error OutputVersionUnknown(bytes32 version);
    error WithdrawalAlreadyProven(bytes32 withdrawalHash, bytes32 outputRoot);
    error WithdrawalAlreadyFinalized(bytes32 withdrawalHash);
    error WithdrawalNotProven(bytes32 withdrawalHash);
    error WithdrawalUnpayable(bytes32 withdrawalHash);
    error NotMatured(uint256 maturesAt, uint256 timestamp);
    error LockboxRootMismatch(bytes32 proven, bytes32 attested);
    error LockStateNotProven(bytes32 outputRoot, address asset);
    error LockStateInconsistent(uint256 relayed, uint256 withdrawn);
    error ChainClaimsMore(uint256 claimed, uint256 deposited);
    error ClaimsNotCovered(uint256 remaining, uint256 claimed);
    error ChainStillAnchors(uint256 escapableAt, uint256 timestamp);
    error ChainHasEscaped();
    error OutputAfterEscape(uint256 l2OutputIndex);
    error AlreadyEscaped(address asset, address holder);
    error DepositUnknown(uint256 id);
    error DepositWasRelayed(uint256 id, uint256 nextDeposit);

    /// @param owner Accepts assets and names the guardian.
    /// @param guardian_ Pauses.
    /// @param anchorRegistry Names the anchored output roots and how long one matures.
    /// @param lockbox_ The Lockbox's address on the permissioned chain.
    /// @param escapeDelaySeconds_ Longer than a root takes to mature.
    /// @param maxPauseSeconds_ No longer than the escape delay.
    constructor(
        address owner,
        address guardian_,
        IL2OutputOracle anchorRegistry,
        address lockbox_,
        uint256 escapeDelaySeconds_,
        uint256 maxPauseSeconds_
    ) Ownable(owner) {
        uint256 maturity = anchorRegistry.FINALIZATION_PERIOD_SECONDS();
        require(escapeDelaySeconds_ > maturity, EscapeDelayTooShort(escapeDelaySeconds_, maturity));
        require(maxPauseSeconds_ <= escapeDelaySeconds_, PauseTooLong(maxPauseSeconds_, escapeDelaySeconds_));
        l2Oracle = anchorRegistry;
        lockbox = lockbox_;
        escapeDelaySeconds = escapeDelaySeconds_;
        maxPauseSeconds = maxPauseSeconds_;
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @notice Below 3: proofs go against output roots, not against dispute games.
    function version() external pure returns (string memory) {
        return "2.5.0";
    }

    /// @notice Opens or closes an asset for deposits. Withdrawals stay possible either way.
    function acceptAsset(address asset, bool accepted) external onlyOwner {
        accounts[asset].accepted = accepted;
        emit AssetAccepted(asset, accepted);
    }

    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @notice Stops deposits and payments for `maxPauseSeconds`; proofs are still taken. Not again before as
    /// much time has passed after it. What matured longer ago than that is paid all the same.
    function pause() external {
        require(msg.sender == guardian, CallerNotGuardian(msg.sender));
        uint256 allowedFrom = pausedUntil == 0 ? 0 : pausedUntil + maxPauseSeconds;
        require(block.timestamp >= allowedFrom, PauseTooSoon(allowedFrom, block.timestamp));
        pausedUntil = block.timestamp + maxPauseSeconds;
        emit Paused(pausedUntil);
    }

    /// @notice Ends a pause early; the next may follow no sooner than `maxPauseSeconds` from now.
    function unpause() external {
        require(msg.sender == guardian, CallerNotGuardian(msg.sender));
        require(paused(), NotPaused());
        pausedUntil = block.timestamp;
        emit Unpaused();
    }

    function paused() public view returns (bool) {
        return block.timestamp < pausedUntil;
    }

    /// @notice Takes tokens in; they appear at `to` on the permissioned chain.
    /// @param amount Base units; needs an allowance. All deposits of an asset together stay below 2^120.
    function deposit(address asset, uint256 amount, address to) external nonReentrant returns (uint256 id) {
        require(escapedAt == 0, ChainHasEscaped());
        require(!paused(), VaultPaused(pausedUntil));
        Accounts storage account = accounts[asset];
        require(account.accepted, AssetNotAccepted(asset));
        require(amount > 0 && amount <= type(uint120).max - account.deposited, AmountInvalid(amount));
        require(to != address(0), RecipientMissing());
        id = nextDepositId++;
        account.deposited += uint120(amount);
        depositHashes[id] = _hashDeposit(asset, msg.sender, amount);
        uint256 before = IERC20(asset).balanceOf(address(this));
        IERC20(asset).safeTransferFrom(msg.sender, address(this), amount);
        uint256 moved = IERC20(asset).balanceOf(address(this)) - before;
        require(moved == amount, TransferInexact(moved, amount));
        emit Deposited(id, asset, msg.sender, to, amount);
    }

    /// @notice Proves that a withdrawal was initiated, under an anchored output root. May be repeated under
    /// another root; the first proof stays the one that `finalizeWithdrawalTransaction` pays under.
    /// @param withdrawalProof Storage proof of `sentMessages[withdrawalHash]` in the Lockbox.
    function proveWithdrawalTransaction(
        WithdrawalTransaction memory transaction,
        uint256 l2OutputIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external {
        bytes32 root = _checkOutput(l2OutputIndex, outputRootProof);
        bytes32 withdrawalHash = hashWithdrawal(transaction);
        require(provenAt[withdrawalHash][root] == 0, WithdrawalAlreadyProven(withdrawalHash, root));
        bytes32 slot = keccak256(abi.encode(withdrawalHash, SENT_MESSAGES_SLOT));
        uint256 sent = StateProof.word(outputRootProof.messagePasserStorageRoot, slot, withdrawalProof);
        require(sent == 1, WithdrawalNotProven(withdrawalHash));
        provenAt[withdrawalHash][root] = block.timestamp;
        if (provenWithdrawals[withdrawalHash].timestamp == 0)
            provenWithdrawals[withdrawalHash] = ProvenWithdrawal(
                root,
                uint128(block.timestamp),
                uint128(l2OutputIndex)
            );
        emit WithdrawalProven(withdrawalHash, transaction.sender, transaction.target);
    }

    /// @notice Proves how much of an asset the chain still claims, under an anchored output root.
    /// @param accountProof The Lockbox's account under the state root.
    /// @param storageProof The asset's lock state in the Lockbox.
    function proveLockState(
        address asset,
        uint256 l2OutputIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external {
        bytes32 root = _checkOutput(l2OutputIndex, outputRootProof);
        _checkLockboxRoot(outputRootProof, accountProof);
        uint256 word = StateProof.word(
            outputRootProof.messagePasserStorageRoot,
            StateProof.slotOf(asset, LOCK_STATES_SLOT),
            storageProof
        );
        ProvenLockState memory state = ProvenLockState(
            uint120(word),
            uint120(word >> 120),
            uint16(word >> 240)
        );
        require(state.status != 0, LockStateNotProven(root, asset));
        require(state.withdrawn <= state.relayed, LockStateInconsistent(state.relayed, state.withdrawn));
        provenLockStates[root][asset] = state;
        emit LockStateProven(root, asset, state.relayed, state.withdrawn);
    }

    /// @notice Pays a withdrawal under the root it was first proven under.
    function finalizeWithdrawalTransaction(WithdrawalTransaction memory transaction) external {
        finalizeWithdrawalUnder(transaction, provenWithdrawals[hashWithdrawal(transaction)].l2OutputIndex);
    }

    /// @notice Pays a withdrawal, once, under any matured root at which both it and the asset's lock state are
    /// proven, if what remains covers what the chain still claims and what was not yet relayed to it.
    function finalizeWithdrawalUnder(
        WithdrawalTransaction memory transaction,
        uint256 l2OutputIndex
    ) public nonReentrant {
        bytes32 withdrawalHash = hashWithdrawal(transaction);
        require(!finalizedWithdrawals[withdrawalHash], WithdrawalAlreadyFinalized(withdrawalHash));
        require(provenWithdrawals[withdrawalHash].timestamp != 0, WithdrawalNotProven(withdrawalHash));
        require(escapedAt == 0 || l2OutputIndex < escapedAt, OutputAfterEscape(l2OutputIndex));
        bytes32 root = l2Oracle.getL2Output(l2OutputIndex).outputRoot;
        uint256 proven = provenAt[withdrawalHash][root];
        require(proven != 0, WithdrawalNotProven(withdrawalHash));
        // A proof needs the anchor first, so the root has matured whenever its proof has.
        uint256 maturesAt = proven + l2Oracle.FINALIZATION_PERIOD_SECONDS();
        require(block.timestamp >= maturesAt, NotMatured(maturesAt, block.timestamp));
        _checkNotPaused(maturesAt);

        address asset = transaction.target;
        (address to, uint256 amount) = _payment(transaction, withdrawalHash);
        _checkCovered(asset, amount, root);
        finalizedWithdrawals[withdrawalHash] = true;
        accounts[asset].paid += uint120(amount);
        emit WithdrawalFinalized(withdrawalHash, true);
        IERC20(asset).safeTransfer(to, amount);
    }

    /// @notice When anchors have stopped for longer than the escape delay: pays a holder what the last anchored
    /// state says it held, once, at the same address here. The first to leave closes the bridge for good:
    /// no deposits, and no output root after that one. The asset's lock state must be proven under that root.
    /// @dev Where the chain claims more than is there, everybody gets the same share of it, so that nobody
    /// gains by being first.
    function escape(address asset, address holder, EscapeProof calldata proof) external nonReentrant {
        (uint256 index, uint256 escapableAt) = _openEscape();
        bytes32 root = _checkOutput(index, proof.outputRootProof);
        _checkNotPaused(escapableAt);
        require(!hasEscaped[asset][holder], AlreadyEscaped(asset, holder));
        uint256 token = StateProof.word(
            proof.outputRootProof.messagePasserStorageRoot,
            StateProof.slotOf(asset, TOKENS_SLOT),
            proof.tokenOf
        );
        bytes32 tokenRoot = StateProof.storageRoot(
            proof.outputRootProof.stateRoot,
            address(uint160(token)),
            proof.tokenAccount
        );
        uint256 balance = StateProof.word(tokenRoot, StateProof.slotOf(holder, BALANCES_SLOT), proof.balance);
        hasEscaped[asset][holder] = true;
        uint256 amount = _takeShare(asset, balance, root);
        emit Escaped(asset, holder, amount);
        IERC20(asset).safeTransfer(holder, amount);
    }

    /// @notice When anchors have stopped for longer than the escape delay: pays a deposit back to whom it came
    /// from, if the last anchored state had not credited it. Any asset's lock state must be proven under that
    /// root. The evidence is present, never an absence: the Lockbox counts deposits in their order.
    /// @param nextDeposit Storage proof of the Lockbox's `nextDeposit`.
    function reclaimDeposit(
        uint256 id,
        address asset,
        address from,
        uint256 amount,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata nextDeposit
    ) external nonReentrant {
        (uint256 index, uint256 escapableAt) = _openEscape();
        bytes32 root = _checkOutput(index, outputRootProof);
        _checkNotPaused(escapableAt);
        require(depositHashes[id] == _hashDeposit(asset, from, amount), DepositUnknown(id));
        ProvenLockState memory state = _lockState(root, asset);
        uint256 next = StateProof.word(
            outputRootProof.messagePasserStorageRoot,
            bytes32(NEXT_DEPOSIT_SLOT),
            nextDeposit
        );
        require(id >= next, DepositWasRelayed(id, next));
        delete depositHashes[id];
        Accounts storage account = accounts[asset];
        account.reclaimed += uint120(amount);
        uint256 credited = uint256(state.relayed) + account.reclaimed;
        require(credited <= account.deposited, ChainClaimsMore(credited, account.deposited));
        emit DepositReclaimed(id, asset, from, amount);
        IERC20(asset).safeTransfer(from, amount);
    }

    /// @notice Whether an anchored output root has matured.
    function isOutputFinalized(uint256 l2OutputIndex) external view returns (bool) {
        return
            block.timestamp >=
            l2Oracle.getL2Output(l2OutputIndex).timestamp + l2Oracle.FINALIZATION_PERIOD_SECONDS();
    }

    /// @notice keccak(abi.encode(nonce, sender, target, value, gasLimit, data)).
    function hashWithdrawal(WithdrawalTransaction memory transaction) public pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    transaction.nonce,
                    transaction.sender,
                    transaction.target,
                    transaction.value,
                    transaction.gasLimit,
                    transaction.data
                )
            );
    }

    /// @dev The last output that counts, and when it became possible to leave by it.
    function _openEscape() private returns (uint256 index, uint256 escapableAt) {
        bool opened = escapedAt != 0;
        index = opened ? escapedAt - 1 : l2Oracle.latestOutputIndex();
        escapableAt = l2Oracle.getL2Output(index).timestamp + escapeDelaySeconds;
        if (opened) return (index, escapableAt);
        require(block.timestamp > escapableAt, ChainStillAnchors(escapableAt, block.timestamp));
        escapedAt = index + 1;
        emit EscapeOpened(index);
    }

    /// @param since When what is asked for became payable, seconds since 1970.
    function _checkNotPaused(uint256 since) private view {
        uint256 until = since + maxPauseSeconds;
        if (pausedUntil < until) until = pausedUntil;
        require(block.timestamp >= until, VaultPaused(until));
    }

    function _hashDeposit(address asset, address from, uint256 amount) private pure returns (bytes32) {
        return keccak256(abi.encode(asset, from, amount));
    }

    function _checkOutput(
        uint256 l2OutputIndex,
        OutputRootProof calldata proof
    ) private view returns (bytes32 root) {
        require(escapedAt == 0 || l2OutputIndex < escapedAt, OutputAfterEscape(l2OutputIndex));
        require(proof.version == bytes32(0), OutputVersionUnknown(proof.version));
        root = l2Oracle.getL2Output(l2OutputIndex).outputRoot;
        bytes32 computed = StateProof.outputRoot(proof);
        require(computed == root, OutputRootMismatch(computed, root));
    }

    /// @dev The committee states the Lockbox's storage root beside the state root; both must agree.
    function _checkLockboxRoot(OutputRootProof calldata proof, bytes[] calldata accountProof) private view {
        bytes32 proven = StateProof.storageRoot(proof.stateRoot, lockbox, accountProof);
        require(
            proven == proof.messagePasserStorageRoot,
            LockboxRootMismatch(proven, proof.messagePasserStorageRoot)
        );
    }

    /// @dev `asset.transfer(to, amount)` and nothing else.
    function _payment(
        WithdrawalTransaction memory transaction,
        bytes32 withdrawalHash
    ) private pure returns (address to, uint256 amount) {
        bytes memory data = transaction.data;
        require(
            transaction.value == 0 && data.length == 68 && bytes4(data) == IERC20.transfer.selector,
            WithdrawalUnpayable(withdrawalHash)
        );
        assembly ("memory-safe") {
            to := mload(add(data, 36))
            amount := mload(add(data, 68))
        }
    }

    function _lockState(bytes32 root, address asset) private view returns (ProvenLockState memory state) {
        state = provenLockStates[root][asset];
        require(state.status != 0, LockStateNotProven(root, asset));
    }

    /// @dev What remains after `amount` must cover what the chain still claims, and deposits that it has not
    /// credited yet; both by the newest lock state that payments went by.
    function _checkCovered(address asset, uint256 amount, bytes32 root) private {
        ProvenLockState memory state = _lockState(root, asset);
        ProvenLockState memory settled = settledLockStates[asset];
        if (state.withdrawn < settled.withdrawn) state = settled;
        else settledLockStates[asset] = state;
        Accounts memory account = accounts[asset];
        require(state.relayed <= account.deposited, ChainClaimsMore(state.relayed, account.deposited));
        uint256 left = uint256(account.escaped) + account.reclaimed;
        uint256 held = account.deposited - account.paid - left;
        uint256 balance = IERC20(asset).balanceOf(address(this));
        if (balance < held) held = balance;
        // What the chain claims and what it has yet to be credited with, less those who left already.
        uint256 owed = account.deposited - state.withdrawn - left;
        require(
            held >= amount && held - amount >= owed,
            ClaimsNotCovered(held > amount ? held - amount : 0, owed)
        );
    }

    /// @dev What a balance is worth when its holder leaves: all of it, if what was deposited and not withdrawn
    /// covers what the chain claims.
    function _takeShare(address asset, uint256 balance, bytes32 root) private returns (uint256 amount) {
        ProvenLockState memory state = _lockState(root, asset);
        Accounts storage account = accounts[asset];
        uint256 claimed = state.relayed - state.withdrawn;
        // Tokens that the Lockbox did not make claim nothing.
        require(balance <= claimed, ClaimsNotCovered(claimed, balance));
        uint256 backing = account.deposited > state.withdrawn ? account.deposited - state.withdrawn : 0;
        if (backing > claimed) backing = claimed;
        amount = (balance * backing) / claimed;
        account.escaped += uint120(amount);
        require(account.escaped <= backing, ClaimsNotCovered(backing, account.escaped));
    }
}
