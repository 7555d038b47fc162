// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC3643IdentityRegistry, IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IZkidVerifier, Proof} from "./interfaces/IZkidVerifier.sol";
import {CalendarDate} from "./lib/CalendarDate.sol";

/// @title Who may hold which token, proven in zero knowledge
/// @notice A wallet admits itself to a token by a ZKID proof. Per token and wallet the registry keeps a handle of
/// the nullifier and an expiry, never an attribute; a country only where a business chose to prove it openly. The
/// same nullifier proven from another wallet moves the admission there. Times are seconds since 1970.
/// @dev A policy may also belong to a service whose agents hold mandates (MandateRegistry): "token" is then the
/// service.
contract IdentityRegistry is AccessControl, IIdentityRegistry {
    struct Root {
        address issuer;
        uint64 postedAt;
    }

    struct Policy {
        uint256 policyHash;
        uint256 scope;
        /// @dev The third word: epoch in bits 0 to 31, grace in 32 to 71, verifier in 72 to 231. Every change
        /// raises the epoch; admissions of an older one do not count, but those of the last until the grace ends.
        uint32 epoch;
        uint40 graceUntil;
        IZkidVerifier verifier;
    }

    /// @dev `Left`: the holder proved from another wallet since.
    enum Standing {
        Good,
        Revoked,
        Left
    }

    /// @dev One word: holder in bits 0 to 159, expiry in 160 to 199, epoch in 200 to 231, country in 232 to 247,
    /// standing in 248 to 255.
    struct Admission {
        bytes20 holder;
        uint40 expiry;
        uint32 epoch;
        uint16 country;
        Standing standing;
    }

    /// @dev `wallet` is the one whose admission names the holder and is not `Left`.
    struct Holder {
        address wallet;
        bool revoked;
    }

    /// @notice Posts roots of credential trees, revokes and reinstates.
    bytes32 public constant ISSUER_ROLE = keccak256("ISSUER_ROLE");
    /// @notice Sets the tokens' policies.
    bytes32 public constant POLICY_ROLE = keccak256("POLICY_ROLE");

    /// @dev Order of the field of the proof's signals.
    uint256 private constant FIELD =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice Seconds for which a posted root may be proven against: how long a revocation can take.
    uint64 public rootLifetime = 1 days;
    /// @notice Seconds after which an admission has to be proven again.
    uint64 public admissionLifetime = 365 days;
    /// @notice The newest version of the verifier; versions begin with 1.
    uint32 public latestVerifier;

    /// @notice One contract for each version, named once and never changed.
    mapping(uint32 version => IZkidVerifier) public verifiers;
    mapping(uint256 root => Root) public roots;
    /// @notice The newest root of each issuer, the only one that may be posted again.
    mapping(address issuer => uint256 root) public latestRoot;
    mapping(address token => Policy) public policies;
    mapping(address token => mapping(address wallet => Admission)) public admissions;
    mapping(address token => mapping(bytes20 holder => Holder)) public holders;
    /// @notice Hashes of narrower policies that say the country. Setting a token's policy hash to another voids
    /// them all.
    mapping(address token => mapping(uint256 policyHash => mapping(uint256 narrowed => uint16 country)))
        public disclosedBy;

    event RootPosted(address indexed issuer, uint256 indexed root, uint64 postedAt);
    event VerifierAdded(uint32 indexed version, IZkidVerifier verifier);
    event PolicySet(
        address indexed token,
        uint256 policyHash,
        uint256 scope,
        uint32 verifierVersion,
        uint32 epoch,
        uint40 graceUntil
    );
    event EpochBumped(address indexed token, uint32 epoch, uint40 graceUntil);
    event DisclosureSet(address indexed token, uint256 policyHash, uint256 narrowed, uint16 country);
    event LifetimesSet(uint64 rootLifetime, uint64 admissionLifetime);
    event Admitted(address indexed token, address indexed wallet, uint256 nullifier, uint64 expiry);
    event CountryDisclosed(address indexed token, address indexed wallet, uint16 country);
    event Rebound(address indexed token, address indexed from, address indexed to, uint256 nullifier);
    event Revoked(address indexed token, uint256 indexed nullifier, bool revoked);

    error RootSuperseded(uint256 root);
    error RootOfOtherIssuer(uint256 root, address issuer);
    error RootUnknown(uint256 root);
    error RootExpired(uint256 root, uint256 expiredAt);
    error NotInField(uint256 value);
    error PolicyMissing(address token);
    error PolicyMismatch(uint256 seen, uint256 expected);
    error ScopeMismatch(uint256 seen, uint256 expected);
    error DateMismatch(uint256 seen, uint256 today);
    error BindingMismatch(uint256 seen, uint256 expected);
    error NullifierRevoked(uint256 nullifier);
    error WalletRevoked(address wallet);
    error WalletLeft(address wallet);
    error ProofInvalid();
    error LifetimeInvalid();
    error VerifierInvalid(IZkidVerifier verifier);
    error VerifierUnknown(uint32 version);
    error CountryInvalid(uint16 country);

    /// @param owner Administrator of roles and verifiers, and the first to set policies. Issuers are named by
    /// `grantRole`.
    /// @param verifier The first version.
    constructor(address owner, IZkidVerifier verifier) {
        _grantRole(DEFAULT_ADMIN_ROLE, owner);
        _grantRole(POLICY_ROLE, owner);
        _addVerifier(verifier);
    }

    /// @notice Posts the root of the issuer's tree. Posting the newest root again renews it.
    function postRoot(uint256 root) external onlyRole(ISSUER_ROLE) {
        require(root < FIELD, NotInField(root));
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

    /// @notice Adds the verifier of another circuit or key. Policies move to it one by one, by `setPolicy`.
    /// @return version Its number.
    function addVerifier(
        IZkidVerifier verifier
    ) external onlyRole(DEFAULT_ADMIN_ROLE) returns (uint32 version) {
        return _addVerifier(verifier);
    }

    /// @notice Sets what a token asks of its holders; everybody has to prove again.
    /// @param policyHash Poseidon hash of the policy.
    /// @param scope keccak(abi.encode(chainId, token, keccak(tag))) >> 3.
    /// @param verifierVersion The circuit in which it is proven.
    /// @param grace Seconds for which the admissions under the policy before still count; 0: none do.
    function setPolicy(
        address token,
        uint256 policyHash,
        uint256 scope,
        uint32 verifierVersion,
        uint32 grace
    ) external onlyRole(POLICY_ROLE) {
        require(policyHash < FIELD, NotInField(policyHash));
        require(scope < FIELD, NotInField(scope));
        IZkidVerifier verifier = verifiers[verifierVersion];
        require(address(verifier) != address(0), VerifierUnknown(verifierVersion));
        uint32 epoch = policies[token].epoch + 1;
        uint40 graceUntil = _graceUntil(grace);
        policies[token] = Policy(policyHash, scope, epoch, graceUntil, verifier);
        emit PolicySet(token, policyHash, scope, verifierVersion, epoch, graceUntil);
    }

    /// @notice Asks everybody to prove again under the same policy.
    /// @param grace Seconds for which the admissions of the epoch that ends still count, so that trading goes on.
    function bumpEpoch(address token, uint32 grace) external onlyRole(POLICY_ROLE) {
        Policy storage policy = policies[token];
        require(policy.epoch > 0, PolicyMissing(token));
        policy.epoch++;
        policy.graceUntil = _graceUntil(grace);
        emit EpochBumped(token, policy.epoch, policy.graceUntil);
    }

    /// @notice Names a policy narrowed to the businesses of one country: whoever proves it has said where it is.
    /// @param narrowed Hash of the token's policy with this country alone and no kind but business.
    /// @param country ISO 3166-1 numeric.
    function setDisclosure(address token, uint256 narrowed, uint16 country) external onlyRole(POLICY_ROLE) {
        Policy storage policy = policies[token];
        require(policy.epoch > 0, PolicyMissing(token));
        require(narrowed < FIELD, NotInField(narrowed));
        require(country > 0 && country < 1000, CountryInvalid(country));
        disclosedBy[token][policy.policyHash][narrowed] = country;
        emit DisclosureSet(token, policy.policyHash, narrowed, country);
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
    function setRevoked(address token, uint256 nullifier, bool revoked) external onlyRole(ISSUER_ROLE) {
        Holder storage holder = holders[token][holderOf(nullifier)];
        holder.revoked = revoked;
        if (holder.wallet != address(0))
            admissions[token][holder.wallet].standing = revoked ? Standing.Revoked : Standing.Good;
        emit Revoked(token, nullifier, revoked);
    }

    /// @notice Admits the caller to a token.
    /// @param publicSignals nullifier, root, policyHash, scope, today (YYYYMMDD), binding to the caller.
    function admit(address token, Proof calldata proof, uint256[6] calldata publicSignals) external {
        Policy memory policy = policies[token];
        uint16 country = _verify(token, policy, proof, publicSignals, walletBinding(msg.sender));

        bytes20 handle = holderOf(publicSignals[0]);
        Admission memory present = admissions[token][msg.sender];
        // The proof by which a wallet was admitted lies open: it must not bring back what its holder left.
        require(present.standing != Standing.Left, WalletLeft(msg.sender));
        Holder storage holder = holders[token][handle];
        address before = holder.wallet;
        if (before != msg.sender) {
            // Nobody takes over the wallet, and with it the units, of somebody who is barred.
            require(present.standing != Standing.Revoked, WalletRevoked(msg.sender));
            if (before != address(0)) {
                admissions[token][before].standing = Standing.Left;
                admissions[token][before].expiry = 0;
                emit Rebound(token, before, msg.sender, publicSignals[0]);
            }
            if (present.holder != 0) delete holders[token][present.holder].wallet;
            holder.wallet = msg.sender;
        }
        uint40 expiry = uint40(block.timestamp + admissionLifetime);
        admissions[token][msg.sender] = Admission(handle, expiry, policy.epoch, country, Standing.Good);
        emit Admitted(token, msg.sender, publicSignals[0], expiry);
        if (country > 0) emit CountryDisclosed(token, msg.sender, country);
    }

    /// @inheritdoc IIdentityRegistry
    function requireProof(
        address token,
        Proof calldata proof,
        uint256[6] calldata publicSignals,
        uint256 binding
    ) external view returns (uint32 epoch) {
        Policy memory policy = policies[token];
        _verify(token, policy, proof, publicSignals, binding);
        return policy.epoch;
    }

    /// @inheritdoc IIdentityRegistry
    function stands(address token, bytes20 holder, uint32 epoch) external view returns (bool) {
        return !holders[token][holder].revoked && _counts(token, epoch);
    }

    /// @inheritdoc IIdentityRegistry
    function isAdmitted(address token, address wallet) public view returns (bool) {
        Admission memory admission = admissions[token][wallet];
        return _isGood(admission) && block.timestamp < admission.expiry && _counts(token, admission.epoch);
    }

    /// @inheritdoc IIdentityRegistry
    function isKnown(address token, address wallet) external view returns (bool) {
        return _isGood(admissions[token][wallet]);
    }

    /// @inheritdoc IIdentityRegistry
    /// @dev However often the holder moved on.
    function movedTo(address token, address wallet) external view returns (address) {
        Admission memory admission = admissions[token][wallet];
        return admission.standing == Standing.Left ? holders[token][admission.holder].wallet : address(0);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function contains(address wallet) external view returns (bool) {
        return _present(wallet).holder != 0;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function isVerified(address wallet) external view returns (bool) {
        return isAdmitted(msg.sender, wallet);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function identity(address wallet) external view returns (address) {
        return address(_present(wallet).holder);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function investorCountry(address wallet) external view returns (uint16) {
        return _present(wallet).country;
    }

    /// @notice What a proof must be bound to so that it admits this wallet and no other.
    function walletBinding(address wallet) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(wallet))) >> 3;
    }

    /// @inheritdoc IIdentityRegistry
    function holderOf(uint256 nullifier) public pure returns (bytes20) {
        return bytes20(uint160(nullifier));
    }

    /// @return country What the proof says openly; 0 for nothing.
    function _verify(
        address token,
        Policy memory policy,
        Proof calldata proof,
        uint256[6] calldata signals,
        uint256 binding
    ) private view returns (uint16 country) {
        require(policy.epoch > 0, PolicyMissing(token));
        // The other signals are compared with values of the field.
        require(signals[0] < FIELD, NotInField(signals[0]));
        Root memory root = roots[signals[1]];
        require(root.issuer != address(0) && hasRole(ISSUER_ROLE, root.issuer), RootUnknown(signals[1]));
        uint256 expiredAt = uint256(root.postedAt) + rootLifetime;
        require(block.timestamp < expiredAt, RootExpired(signals[1], expiredAt));
        if (signals[2] != policy.policyHash) {
            country = disclosedBy[token][policy.policyHash][signals[2]];
            require(country > 0, PolicyMismatch(signals[2], policy.policyHash));
        }
        require(signals[3] == policy.scope, ScopeMismatch(signals[3], policy.scope));
        _checkDate(signals[4]);
        require(signals[5] == binding, BindingMismatch(signals[5], binding));
        require(!holders[token][holderOf(signals[0])].revoked, NullifierRevoked(signals[0]));
        require(policy.verifier.verify(proof, signals), ProofInvalid());
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

    function _counts(address token, uint32 epoch) private view returns (bool) {
        Policy storage policy = policies[token];
        uint32 current = policy.epoch;
        return
            epoch > 0 && (epoch == current || (epoch + 1 == current && block.timestamp < policy.graceUntil));
    }

    function _isGood(Admission memory admission) private pure returns (bool) {
        return admission.holder != 0 && admission.standing == Standing.Good;
    }

    /// @dev The record of a wallet with the token that asks.
    function _present(address wallet) private view returns (Admission memory admission) {
        admission = admissions[msg.sender][wallet];
        if (admission.standing == Standing.Left) delete admission;
    }

    function _graceUntil(uint32 grace) private view returns (uint40) {
        return grace == 0 ? 0 : uint40(block.timestamp + grace);
    }

    function _addVerifier(IZkidVerifier verifier) private returns (uint32 version) {
        require(address(verifier).code.length > 0, VerifierInvalid(verifier));
        version = ++latestVerifier;
        verifiers[version] = verifier;
        emit VerifierAdded(version, verifier);
    }
}
