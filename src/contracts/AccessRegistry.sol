// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Who may send and who may see on the permissioned chain
/// @notice Stands at 0x4200000000000000000000000000000000000acc from the genesis block on: no constructor, the
/// admin and the first accounts are written by the genesis allocation. The node reads the words of this
/// contract from its proven head state before it takes a transaction or answers a private read; it holds no
/// list of its own.
/// @dev Storage is part of the protocol, since it is read by slot:
///   0 admin (address)                      1 pending admin (address)
///   2 permissions: account => word         3 minimum tip (wei per gas)
///   4 disclosures: contract => word        5 disclosed slots: contract => DisclosedSlots[]
contract AccessRegistry {
    /// @dev Words of a contract's storage that may be shown. Two storage words each.
    struct DisclosedSlots {
        /// @dev With `keyed` the slot of a mapping from address, else the first of the words themselves.
        bytes32 base;
        /// @dev How many consecutive words.
        uint32 words;
        /// @dev Shown to the account alone that is the mapping's key, else to everybody.
        bool keyed;
    }

    /// @notice Bits of an account's word.
    uint256 public constant ADMITTED = 1;
    uint256 public constant SUSPENDED = 2;
    /// @notice May pay no price for gas, where the chain asks for none.
    uint256 public constant FREE_GAS = 4;
    /// @notice Admits accounts.
    uint256 public constant ADMITTER = 8;
    /// @notice Suspends accounts and ends suspensions.
    uint256 public constant COMPLIANCE = 16;
    /// @notice Sees everything.
    uint256 public constant AUDITOR = 32;
    /// @notice Creates contracts on a chain whose reads are private: new code can show what existing code tells it.
    uint256 public constant DEPLOYER = 64;

    /// @notice Bits of a contract's word. An account's balance, nonce and code hash are shown with any of them.
    uint256 public constant PUBLIC_CODE = 1;
    /// @notice All of its storage.
    uint256 public constant PUBLIC_STATE = 2;
    /// @notice All of its logs, but not the transactions around them.
    uint256 public constant PUBLIC_LOGS = 4;

    uint256 private constant ROLES = ADMITTER | COMPLIANCE | AUDITOR | DEPLOYER;
    uint256 private constant DISCLOSURES = PUBLIC_CODE | PUBLIC_STATE | PUBLIC_LOGS;
    /// @dev The node looks through all of them at each read.
    uint256 private constant MOST_SLOTS = 64;

    /// @notice Names roles, sets the minimum tip, declares disclosures, and may do what each role may.
    address public admin;
    address public pendingAdmin;
    mapping(address account => uint256 word) public permissions;
    /// @notice Wei per gas that an account without free gas pays at least, where the chain asks for no base fee.
    uint256 public minimumTip;
    mapping(address subject => uint256 word) public disclosures;
    mapping(address subject => DisclosedSlots[]) private _disclosedSlots;

    event AdminOffered(address indexed admin);
    event AdminSet(address indexed admin);
    /// @param word All bits of the account after the change.
    event PermissionsSet(address indexed account, uint256 word);
    event MinimumTipSet(uint256 minimumTip);
    event DisclosureSet(address indexed subject, uint256 word, DisclosedSlots[] slots);

    error CallerNotAllowed(address caller);
    error AddressMissing();
    error AdminNotSuspendable();
    error RoleInvalid(uint256 role);
    error DisclosureInvalid(address subject);

    modifier onlyAdmin() {
        require(msg.sender == admin, CallerNotAllowed(msg.sender));
        _;
    }

    modifier onlyRole(uint256 role) {
        _checkRole(role);
        _;
    }

    /// @notice Admits accounts. A suspension stays.
    function admit(address[] calldata accounts, bool freeGas) external onlyRole(ADMITTER) {
        for (uint256 i = 0; i < accounts.length; i++)
            _set(accounts[i], freeGas ? ADMITTED | FREE_GAS : ADMITTED, 0);
    }

    /// @notice Ends an admission and with it free gas. Roles stay: only the admin ends those.
    function dismiss(address account) external onlyRole(ADMITTER) {
        _set(account, 0, ADMITTED | FREE_GAS);
    }

    /// @notice Keeps an account from sending until the suspension ends. It still sees its own.
    function setSuspended(address account, bool suspended) external onlyRole(COMPLIANCE) {
        require(account != admin, AdminNotSuspendable());
        if (suspended) _set(account, SUSPENDED, 0);
        else _set(account, 0, SUSPENDED);
    }

    /// @param role One of ADMITTER, COMPLIANCE, AUDITOR and DEPLOYER, or several.
    function setRole(address account, uint256 role, bool granted) external onlyAdmin {
        require(role != 0 && role & ~ROLES == 0, RoleInvalid(role));
        if (granted) _set(account, role, 0);
        else _set(account, 0, role);
    }

    /// @param minimumTip_ Wei per gas.
    function setMinimumTip(uint256 minimumTip_) external onlyAdmin {
        minimumTip = minimumTip_;
        emit MinimumTipSet(minimumTip_);
    }

    /// @notice Offers the administration; it changes hands when the other side takes it.
    function transferAdmin(address admin_) external onlyAdmin {
        pendingAdmin = admin_;
        emit AdminOffered(admin_);
    }

    function acceptAdmin() external {
        require(msg.sender == pendingAdmin, CallerNotAllowed(msg.sender));
        admin = msg.sender;
        pendingAdmin = address(0);
        // Whoever administers can mend everything else, so nothing may keep it from sending.
        _set(msg.sender, ADMITTED, SUSPENDED);
        emit AdminSet(msg.sender);
    }

    /// @notice Declares what of a contract may be shown; replaces what was declared before.
    /// @dev By the admin, the contract itself, its `owner()`, or a holder of its DEFAULT_ADMIN_ROLE.
    function setDisclosure(address subject, uint256 word, DisclosedSlots[] calldata slots) external {
        require(_speaksFor(msg.sender, subject), CallerNotAllowed(msg.sender));
        require(
            subject.code.length > 0 && word & ~DISCLOSURES == 0 && slots.length <= MOST_SLOTS,
            DisclosureInvalid(subject)
        );
        disclosures[subject] = word;
        delete _disclosedSlots[subject];
        for (uint256 i = 0; i < slots.length; i++) _disclosedSlots[subject].push(slots[i]);
        emit DisclosureSet(subject, word, slots);
    }

    function disclosedSlots(address subject) external view returns (DisclosedSlots[] memory) {
        return _disclosedSlots[subject];
    }

    function _set(address account, uint256 added, uint256 removed) private {
        require(account != address(0), AddressMissing());
        uint256 word = (permissions[account] | added) & ~removed;
        permissions[account] = word;
        emit PermissionsSet(account, word);
    }

    function _checkRole(uint256 role) private view {
        // Who is suspended acts in no role, as it cannot send; through a contract that it controls neither.
        uint256 word = permissions[msg.sender];
        require(
            msg.sender == admin || (word & role != 0 && word & SUSPENDED == 0),
            CallerNotAllowed(msg.sender)
        );
    }

    function _speaksFor(address caller, address subject) private view returns (bool) {
        if (caller == admin || caller == subject) return true;
        if (permissions[caller] & SUSPENDED != 0) return false;
        (bool ok, bytes memory answer) = subject.staticcall(abi.encodeWithSignature("owner()"));
        if (ok && answer.length == 32 && uint256(bytes32(answer)) == uint256(uint160(caller))) return true;
        (ok, answer) = subject.staticcall(
            abi.encodeWithSignature("hasRole(bytes32,address)", bytes32(0), caller)
        );
        return ok && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }
}
