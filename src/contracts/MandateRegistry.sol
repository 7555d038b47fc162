// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IMandateRegistry, Mandate} from "./interfaces/IMandateRegistry.sol";
import {Proof} from "./interfaces/IZkidVerifier.sol";

/// @title On whose behalf an agent acts, without saying who
/// @notice A verified person or business proves in zero knowledge that it stands behind an agent's key, with limits.
/// The proof is bound to the mandate and not to a sender, so any wallet may bring it. In one service's scope the
/// agents of one principal share a handle: they are capped together, and judged together. Between scopes nothing
/// links them. The policy, its epochs, the roots and revocation by the issuer are the identity registry's, under the
/// service's address.
/// @dev Not HSP's mandate, which is for one payment and is signed by the agent.
contract MandateRegistry is Ownable2Step, IMandateRegistry {
    struct Terms {
        /// @dev Zero: no service.
        uint16 maxAgents;
        /// @dev Seconds after which a mandate has to be proven again.
        uint32 proofLifetime;
    }

    /// @dev Word 0: principal in bits 0 to 159, notBefore in 160 to 199, notAfter in 200 to 239. Word 1: token in 0 to
    /// 159, provenUntil in 160 to 199, epoch in 200 to 231, ended in 232. Word 2: limit in 0 to 95, spent in 96 to
    /// 191, period in 192 to 223, window in 224 to 255.
    struct Record {
        bytes20 principal;
        uint40 notBefore;
        uint40 notAfter;
        address token;
        uint40 provenUntil;
        uint32 epoch;
        bool ended;
        uint96 limit;
        /// @dev Base units spent in `window`, the period counted from `notBefore`.
        uint96 spent;
        uint32 period;
        uint32 window;
        bytes32 id;
        bytes32 payees;
        bytes32 revocation;
    }

    /// @dev What all agents of a principal spent on a day, counted from 1970 in UTC.
    struct Day {
        uint32 day;
        uint96 spent;
    }

    /// @notice Seconds: no period is shorter.
    uint32 public constant SHORTEST_PERIOD = 1 minutes;
    /// @notice Agents of one principal that a service may allow: all of them are looked at in every grant.
    uint16 public constant MOST_AGENTS = 32;

    IIdentityRegistry public immutable identityRegistry;

    mapping(address service => Terms) public services;
    /// @notice Base units of a token that all agents of one principal may spend in a day (UTC) through a service.
    mapping(address service => mapping(address token => uint96)) public dailyLimits;
    mapping(address service => mapping(address agent => Record)) private _records;
    /// @notice Mandates that were revoked, renounced or replaced: the proof that granted them grants nothing more.
    mapping(bytes32 id => bool) public ended;
    mapping(address service => mapping(bytes20 principal => address[])) private _agents;
    mapping(address service => mapping(bytes20 principal => mapping(address token => Day))) private _days;

    event ServiceSet(address indexed service, uint16 maxAgents, uint32 proofLifetime);
    event DailyLimitSet(address indexed service, address indexed token, uint96 limit);
    event Granted(address indexed service, address indexed agent, bytes20 indexed principal, Mandate mandate);
    event Proven(address indexed service, address indexed agent, bytes32 id, uint40 provenUntil);
    event Ended(address indexed service, address indexed agent, bytes32 id);
    event Consumed(address indexed service, address indexed agent, address indexed payee, uint96 amount);

    error TermsInvalid();
    error ServiceUnknown(address service);
    error MandateInvalid();
    error ScopeMismatch(uint256 seen, uint256 expected);
    error AgentTaken(address agent);
    error TooManyAgents(uint256 most);
    error DailyLimitExceeded(uint256 asked, uint256 allowed);
    error MandateMissing(address agent);
    error MandateEnded(bytes32 id);
    error MandateNotYet(uint40 notBefore);
    error MandateExpired(uint40 notAfter);
    error MandateUnproven(bytes32 id);
    error RevocationKeyWrong(bytes32 id);
    error TokenMismatch(address seen, address expected);
    error PayeeNotAllowed(address payee);
    error LimitExceeded(uint256 asked, uint256 left);

    /// @param owner Sets services and their limits.
    constructor(address owner, IIdentityRegistry identityRegistry_) Ownable(owner) {
        identityRegistry = identityRegistry_;
    }

    /// @notice Admits a contract that enforces mandates, or changes its terms. Its policy is set in the identity
    /// registry, for the scope `mandateScope`.
    /// @param maxAgents How many agents one principal may have there; zero ends the service.
    /// @param proofLifetime Seconds after which a mandate has to be proven again.
    function setService(address service, uint16 maxAgents, uint32 proofLifetime) external onlyOwner {
        require(maxAgents <= MOST_AGENTS && proofLifetime > 0, TermsInvalid());
        services[service] = Terms(maxAgents, proofLifetime);
        emit ServiceSet(service, maxAgents, proofLifetime);
    }

    /// @notice Sets what the agents of one principal may spend in a day, and what their limits may come to together.
    /// Payments keep to it at once; mandates that stand are not taken back.
    function setDailyLimit(address service, address token, uint96 limit) external onlyOwner {
        dailyLimits[service][token] = limit;
        emit DailyLimitSet(service, token, limit);
    }

    /// @notice Grants a mandate, or proves one anew that stands: what was spent stays spent. Another mandate of the same principal for the same
    /// agent is replaced.
    /// @param publicSignals nullifier, root, policyHash, scope, today (YYYYMMDD), binding to the mandate.
    function grant(
        Mandate calldata mandate,
        Proof calldata proof,
        uint256[6] calldata publicSignals
    ) external {
        Terms memory terms = services[mandate.service];
        require(terms.maxAgents > 0, ServiceUnknown(mandate.service));
        _checkMandate(mandate);
        bytes32 id = mandateId(mandate);
        require(!ended[id], MandateEnded(id));
        (bytes20 principal, uint32 epoch) = _prove(mandate.service, id, proof, publicSignals);

        Record storage record = _records[mandate.service][mandate.agent];
        // An agent is nobody else's while its mandate may still be renewed.
        require(record.principal == principal || _isOver(record), AgentTaken(mandate.agent));
        if (record.id != id) {
            if (!_isOver(record)) _end(mandate.service, mandate.agent, record);
            _checkCaps(mandate, principal, terms.maxAgents);
            _agents[mandate.service][principal].push(mandate.agent);
            _write(record, mandate, principal, id);
            emit Granted(mandate.service, mandate.agent, principal, mandate);
        }
        (record.provenUntil, record.epoch) = (uint40(block.timestamp + terms.proofLifetime), epoch);
        emit Proven(mandate.service, mandate.agent, id, record.provenUntil);
    }

    /// @notice Ends a mandate by its revocation key, from any wallet: needs no proof, so that it also works for a
    /// principal whose credential has lapsed.
    function revoke(address service, address agent, bytes32 key) external {
        Record storage record = _present(service, agent);
        require(keccak256(abi.encode(key)) == record.revocation, RevocationKeyWrong(record.id));
        _end(service, agent, record);
    }

    /// @notice Ends the caller's own mandate.
    function renounce(address service) external {
        _end(service, msg.sender, _present(service, msg.sender));
    }

    /// @inheritdoc IMandateRegistry
    function consume(
        address agent,
        address token,
        address payee,
        uint96 amount,
        bytes32[] calldata payeeProof
    ) external {
        Record storage record = _present(msg.sender, agent);
        require(block.timestamp >= record.notBefore, MandateNotYet(record.notBefore));
        require(block.timestamp < record.notAfter, MandateExpired(record.notAfter));
        require(_isProven(msg.sender, record), MandateUnproven(record.id));
        require(token == record.token, TokenMismatch(token, record.token));
        require(
            record.payees == 0 || MerkleProof.verifyCalldata(payeeProof, record.payees, payeeLeaf(payee)),
            PayeeNotAllowed(payee)
        );
        (uint32 window, uint96 spent) = _period(record);
        require(amount <= record.limit - spent, LimitExceeded(amount, record.limit - spent));
        (record.window, record.spent) = (window, spent + amount);
        // Replacing a mandate, or changing agents, gives a principal no second day.
        (uint96 today, uint96 left) = _today(msg.sender, record);
        require(amount <= left, DailyLimitExceeded(amount, left));
        _days[msg.sender][record.principal][token] = Day(uint32(block.timestamp / 1 days), today + amount);
        emit Consumed(msg.sender, agent, payee, amount);
    }

    /// @notice The latest mandate of an agent.
    function recordOf(address service, address agent) external view returns (Record memory) {
        return _records[service][agent];
    }

    /// @inheritdoc IMandateRegistry
    function isAuthorised(
        address service,
        address agent,
        address token,
        uint96 amount
    ) external view returns (bool) {
        return _records[service][agent].token == token && amount <= remaining(service, agent);
    }

    /// @notice Base units that an agent may still spend now, by its period and by its principal's day; zero without a
    /// mandate in force.
    function remaining(address service, address agent) public view returns (uint96) {
        Record storage record = _records[service][agent];
        if (_isOver(record) || block.timestamp < record.notBefore || !_isProven(service, record)) return 0;
        (, uint96 spent) = _period(record);
        (, uint96 left) = _today(service, record);
        return record.limit - spent < left ? record.limit - spent : left;
    }

    /// @inheritdoc IMandateRegistry
    function principalOf(address service, address agent) public view returns (bytes20) {
        return _records[service][agent].principal;
    }

    /// @inheritdoc IMandateRegistry
    function samePrincipal(address service, address a, address b) external view returns (bool) {
        bytes20 principal = principalOf(service, a);
        return principal != 0 && principal == principalOf(service, b);
    }

    /// @notice Agents of a principal; some of their mandates may be over.
    function agentsOf(address service, bytes20 principal) external view returns (address[] memory) {
        return _agents[service][principal];
    }

    /// @notice Names a mandate on this chain and in this registry; its proof is bound to this, shifted right by 3.
    function mandateId(Mandate calldata mandate) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), mandate));
    }

    /// @notice The scope in which principals of a service's agents are named.
    function mandateScope(address service) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), service))) >> 3;
    }

    /// @notice Leaf of a payee in the tree of `Mandate.payees`, as OpenZeppelin's StandardMerkleTree has it.
    function payeeLeaf(address payee) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payee))));
    }

    function _checkMandate(Mandate calldata mandate) private view {
        require(mandate.notAfter > block.timestamp, MandateExpired(mandate.notAfter));
        require(
            mandate.agent != address(0) &&
                mandate.limit > 0 &&
                mandate.period >= SHORTEST_PERIOD &&
                mandate.notBefore < mandate.notAfter &&
                mandate.revocation != 0,
            MandateInvalid()
        );
    }

    function _prove(
        address service,
        bytes32 id,
        Proof calldata proof,
        uint256[6] calldata signals
    ) private view returns (bytes20 principal, uint32 epoch) {
        uint256 scope = mandateScope(service);
        require(signals[3] == scope, ScopeMismatch(signals[3], scope));
        epoch = identityRegistry.requireProof(service, proof, signals, uint256(id) >> 3);
        principal = identityRegistry.holderOf(signals[0]);
    }

    function _write(Record storage record, Mandate calldata mandate, bytes20 principal, bytes32 id) private {
        (record.principal, record.notBefore, record.notAfter) = (
            principal,
            mandate.notBefore,
            mandate.notAfter
        );
        (record.token, record.ended) = (mandate.token, false);
        (record.limit, record.spent, record.period, record.window) = (mandate.limit, 0, mandate.period, 0);
        (record.id, record.payees, record.revocation) = (id, mandate.payees, mandate.revocation);
    }

    /// @dev Forgets agents whose mandates are over, and weighs the others with the new one.
    function _checkCaps(Mandate calldata mandate, bytes20 principal, uint16 maxAgents) private {
        address[] storage agents = _agents[mandate.service][principal];
        uint256 daily = _mostInADay(mandate.limit, mandate.period);
        uint256 index = 0;
        while (index < agents.length) {
            Record storage record = _records[mandate.service][agents[index]];
            if (record.principal != principal || _isOver(record)) {
                agents[index] = agents[agents.length - 1];
                agents.pop();
                continue;
            }
            if (record.token == mandate.token) daily += _mostInADay(record.limit, record.period);
            index++;
        }
        require(agents.length < maxAgents, TooManyAgents(maxAgents));
        uint256 allowed = dailyLimits[mandate.service][mandate.token];
        require(daily <= allowed, DailyLimitExceeded(daily, allowed));
    }

    /// @dev A period longer than a day may be spent in one.
    function _mostInADay(uint96 limit, uint32 period) private pure returns (uint256) {
        return period >= 1 days ? limit : (uint256(limit) * 1 days + period - 1) / period;
    }

    function _end(address service, address agent, Record storage record) private {
        record.ended = true;
        ended[record.id] = true;
        emit Ended(service, agent, record.id);
    }

    /// @dev The agent's mandate, unless it was ended.
    function _present(address service, address agent) private view returns (Record storage record) {
        record = _records[service][agent];
        require(record.principal != 0, MandateMissing(agent));
        require(!record.ended, MandateEnded(record.id));
    }

    /// @dev Also of an agent that never had one.
    function _isOver(Record storage record) private view returns (bool) {
        return record.ended || block.timestamp >= record.notAfter;
    }

    /// @dev The proof is not too old, its epoch stands, and the issuer has not revoked the principal.
    function _isProven(address service, Record storage record) private view returns (bool) {
        return
            block.timestamp < record.provenUntil &&
            identityRegistry.stands(service, record.principal, record.epoch);
    }

    /// @return spent Base units that all agents of the principal spent today.
    /// @return left What they may still spend today.
    function _today(address service, Record storage record) private view returns (uint96 spent, uint96 left) {
        Day memory day = _days[service][record.principal][record.token];
        spent = day.day == block.timestamp / 1 days ? day.spent : 0;
        uint96 limit = dailyLimits[service][record.token];
        left = spent < limit ? limit - spent : 0;
    }

    /// @return window The present period.
    /// @return spent Base units spent in it.
    function _period(Record storage record) private view returns (uint32 window, uint96 spent) {
        window = uint32((block.timestamp - record.notBefore) / record.period);
        spent = window == record.window ? record.spent : 0;
    }
}
