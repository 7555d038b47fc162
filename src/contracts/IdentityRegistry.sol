// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC3643IdentityRegistry, IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IZkidVerifier, Proof} from "./interfaces/IZkidVerifier.sol";
import {CalendarDate} from "./lib/CalendarDate.sol";

/// @title Who may hold which token, proven in zero knowledge
/// @notice A wallet admits itself to a token by a ZKID proof. Per token and wallet the registry keeps the
/// nullifier and an expiry, never an attribute. The same nullifier proven from another wallet moves the
/// admission there. Times are seconds since 1970.
contract IdentityRegistry is AccessControl, IIdentityRegistry {
    struct Root {
        address issuer;
        uint64 postedAt;
    }

    struct Policy {
        uint256 policyHash;
        uint256 scope;
        /// @dev Raised by every change; admissions of an older epoch no longer count.
        uint64 epoch;
    }

    struct Admission {
        uint256 nullifier;
        /// @dev The second word: expiry in bits 0 to 63, epoch in 64 to 127, revoked in 128.
        uint64 expiry;
        uint64 epoch;
        bool revoked;
    }

    /// @notice Posts roots of credential trees, revokes and reinstates.
    bytes32 public constant ISSUER_ROLE = keccak256("ISSUER_ROLE");
    /// @notice Sets the tokens' policies.
    bytes32 public constant POLICY_ROLE = keccak256("POLICY_ROLE");

    IZkidVerifier public immutable verifier;
    /// @notice Seconds for which a posted root may be proven against: how long a revocation can take.
    uint64 public rootLifetime = 1 days;
    /// @notice Seconds after which an admission has to be proven again.
    uint64 public admissionLifetime = 365 days;

    mapping(uint256 root => Root) public roots;
    /// @notice The newest root of each issuer, the only one that may be posted again.
    mapping(address issuer => uint256 root) public latestRoot;
    mapping(address token => Policy) public policies;
    mapping(address token => mapping(address wallet => Admission)) public admissions;
    mapping(address token => mapping(uint256 nullifier => address wallet)) public walletOf;
    /// @notice Holders who may not be admitted, whatever wallet they prove from.
    mapping(address token => mapping(uint256 nullifier => bool)) public revoked;
    /// @inheritdoc IIdentityRegistry
    mapping(address token => mapping(address wallet => address)) public movedTo;
    mapping(address wallet => address token) private _lastToken;
    mapping(address wallet => uint16) private _countries;

    event RootPosted(address indexed issuer, uint256 indexed root, uint64 postedAt);
    event PolicySet(address indexed token, uint256 policyHash, uint256 scope, uint64 epoch);
    event LifetimesSet(uint64 rootLifetime, uint64 admissionLifetime);
    event Admitted(address indexed token, address indexed wallet, uint256 nullifier, uint64 expiry);
    event Rebound(address indexed token, address indexed from, address indexed to, uint256 nullifier);
    event Revoked(address indexed token, uint256 indexed nullifier, bool revoked);
    event CountrySet(address indexed wallet, uint16 country);

    error RootSuperseded(uint256 root);
    error RootOfOtherIssuer(uint256 root, address issuer);
    error RootUnknown(uint256 root);
    error RootExpired(uint256 root, uint256 expiredAt);
    error PolicyMissing(address token);
    error PolicyMismatch(uint256 seen, uint256 expected);
    error ScopeMismatch(uint256 seen, uint256 expected);
    error DateMismatch(uint256 seen, uint256 today);
    error BindingMismatch(uint256 seen, uint256 expected);
    error NullifierRevoked(uint256 nullifier);
    error ProofInvalid();
    error LifetimeInvalid();

    /// @param owner Administrator of roles, and the first to set policies. Issuers are named by `grantRole`.
    constructor(address owner, IZkidVerifier verifier_) {
        verifier = verifier_;
        _grantRole(DEFAULT_ADMIN_ROLE, owner);
        _grantRole(POLICY_ROLE, owner);
    }

    /// @notice Posts the root of the issuer's tree. Posting the newest root again renews it.
    function postRoot(uint256 root) external onlyRole(ISSUER_ROLE) {
        address issuer = roots[root].issuer;
        if (issuer != address(0)) {
            require(issuer == msg.sender, RootOfOtherIssuer(root, issuer));
            // An older tree may still hold leaves that were revoked since.
            require(latestRoot[msg.sender] == root, RootSuperseded(root));
        }
        roots[root] = Root(msg.sender, uint64(block.timestamp));
        latestRoot[msg.sender] = root;
        emit RootPosted(msg.sender, root, uint64(block.timestamp));
    }

    /// @notice Sets what a token asks of its holders; everybody has to prove again.
    /// @param policyHash Poseidon hash of the policy.
    /// @param scope keccak(abi.encode(chainId, token, keccak(tag))) >> 3.
    function setPolicy(address token, uint256 policyHash, uint256 scope) external onlyRole(POLICY_ROLE) {
        uint64 epoch = policies[token].epoch + 1;
        policies[token] = Policy(policyHash, scope, epoch);
        emit PolicySet(token, policyHash, scope, epoch);
    }

    function setLifetimes(
        uint64 rootLifetime_,
        uint64 admissionLifetime_
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(rootLifetime_ > 0 && admissionLifetime_ > 0, LifetimeInvalid());
        rootLifetime = rootLifetime_;
        admissionLifetime = admissionLifetime_;
        emit LifetimesSet(rootLifetime_, admissionLifetime_);
    }

    /// @notice Ends or restores the admission of a holder, whatever wallet it moves to.
    function setRevoked(address token, uint256 nullifier, bool revoked_) external onlyRole(ISSUER_ROLE) {
        revoked[token][nullifier] = revoked_;
        address wallet = walletOf[token][nullifier];
        if (wallet != address(0)) admissions[token][wallet].revoked = revoked_;
        emit Revoked(token, nullifier, revoked_);
    }

    /// @notice Country of a business that registers it openly. ISO 3166-1 numeric.
    function setCountry(address wallet, uint16 country) external onlyRole(ISSUER_ROLE) {
        _countries[wallet] = country;
        emit CountrySet(wallet, country);
    }

    /// @notice Admits the caller to a token.
    /// @param publicSignals nullifier, root, policyHash, scope, today (YYYYMMDD), binding to the caller.
    function admit(address token, Proof calldata proof, uint256[6] calldata publicSignals) external {
        Policy memory policy = policies[token];
        _checkSignals(token, policy, publicSignals);
        require(verifier.verify(proof, publicSignals), ProofInvalid());

        uint256 nullifier = publicSignals[0];
        address before = walletOf[token][nullifier];
        if (before != msg.sender) {
            if (before != address(0)) {
                delete admissions[token][before];
                movedTo[token][before] = msg.sender;
                emit Rebound(token, before, msg.sender, nullifier);
            }
            uint256 replaced = admissions[token][msg.sender].nullifier;
            if (replaced != 0) delete walletOf[token][replaced];
            walletOf[token][nullifier] = msg.sender;
            delete movedTo[token][msg.sender];
        }
        uint64 expiry = uint64(block.timestamp) + admissionLifetime;
        admissions[token][msg.sender] = Admission(nullifier, expiry, policy.epoch, false);
        _lastToken[msg.sender] = token;
        emit Admitted(token, msg.sender, nullifier, expiry);
    }

    /// @inheritdoc IIdentityRegistry
    function isAdmitted(address token, address wallet) public view returns (bool) {
        Admission storage admission = admissions[token][wallet];
        return
            isKnown(token, wallet) &&
            block.timestamp < admission.expiry &&
            admission.epoch == policies[token].epoch;
    }

    /// @inheritdoc IIdentityRegistry
    function isKnown(address token, address wallet) public view returns (bool) {
        Admission storage admission = admissions[token][wallet];
        return admission.nullifier != 0 && !admission.revoked;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function contains(address wallet) external view returns (bool) {
        return admissions[_tokenFor(wallet)][wallet].nullifier != 0;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function isVerified(address wallet) external view returns (bool) {
        return isAdmitted(_tokenFor(wallet), wallet);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function identity(address wallet) external view returns (address) {
        uint256 nullifier = admissions[_tokenFor(wallet)][wallet].nullifier;
        return nullifier == 0 ? address(0) : address(uint160(uint256(keccak256(abi.encode(nullifier)))));
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function investorCountry(address wallet) external view returns (uint16) {
        return _countries[wallet];
    }

    /// @notice What a proof must be bound to so that it admits this wallet and no other.
    function walletBinding(address wallet) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(wallet))) >> 3;
    }

    function _checkSignals(address token, Policy memory policy, uint256[6] calldata signals) private view {
        require(policy.epoch > 0, PolicyMissing(token));
        Root memory root = roots[signals[1]];
        require(root.issuer != address(0) && hasRole(ISSUER_ROLE, root.issuer), RootUnknown(signals[1]));
        uint256 expiredAt = uint256(root.postedAt) + rootLifetime;
        require(block.timestamp < expiredAt, RootExpired(signals[1], expiredAt));
        require(signals[2] == policy.policyHash, PolicyMismatch(signals[2], policy.policyHash));
        require(signals[3] == policy.scope, ScopeMismatch(signals[3], policy.scope));
        _checkDate(signals[4]);
        uint256 binding = walletBinding(msg.sender);
        require(signals[5] == binding, BindingMismatch(signals[5], binding));
        require(!revoked[token][signals[0]], NullifierRevoked(signals[0]));
    }

    /// @dev The prover's clock may be a day off in either direction, never more.
    function _checkDate(uint256 date) private view {
        require(
            date == CalendarDate.fromTimestamp(block.timestamp) ||
                date == CalendarDate.fromTimestamp(block.timestamp - 1 days) ||
                date == CalendarDate.fromTimestamp(block.timestamp + 1 days),
            DateMismatch(date, CalendarDate.fromTimestamp(block.timestamp))
        );
    }

    function _tokenFor(address wallet) private view returns (address) {
        return policies[msg.sender].epoch > 0 ? msg.sender : _lastToken[wallet];
    }
}
