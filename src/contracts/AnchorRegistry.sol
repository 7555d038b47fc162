// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IL2OutputOracle, OutputProposal} from "./interfaces/OpStack.sol";

/// @title Registry of anchored output roots
/// @notice Stands on the mainchain. Keeps the committee of every epoch and, by execution block number, the
/// output roots that a threshold of the current committee attested. Anybody may bring an anchor; only the
/// members' signatures decide. Its reads speak the OP Stack's L2OutputOracle.
/// @dev How members sign is the scheme of the contract that inherits this one; storage, events and reads are
/// the same for all. Whoever owns the registry names the committee, and so what the Vault believes: let the
/// owner be a timelock or a multisignature account.
abstract contract AnchorRegistry is Ownable2Step, EIP712, IL2OutputOracle {
    /// @notice What committee members sign about one execution block.
    struct Attestation {
        uint256 executionChainId;
        uint64 epoch;
        bytes32 committeeHash;
        uint64 blockNumber;
        bytes32 blockHash;
        bytes32 outputRoot;
        bytes32 dataHash;
        /// @dev Bytes.
        uint64 dataLength;
        /// @dev Seconds since 1970; refused from this second on.
        uint64 expiry;
        bytes32 previous;
    }

    struct Committee {
        /// @dev keccak256(abi.encode(uint256 threshold, bytes[] keys)).
        bytes32 hash;
        uint64 threshold;
        uint64 size;
    }

    struct Anchor {
        bytes32 outputRoot;
        /// @dev Seconds since 1970.
        uint64 anchoredAt;
        uint64 index;
    }

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint256 executionChainId,uint64 epoch,bytes32 committeeHash,uint64 blockNumber,bytes32 blockHash,bytes32 outputRoot,bytes32 dataHash,uint64 dataLength,uint64 expiry,bytes32 previous)"
    );
    uint256 private constant MAX_MEMBERS = 256;

    /// @notice Execution blocks between two anchors, by which viem estimates how long to wait; no rule.
    uint256 public constant SUBMISSION_INTERVAL = 5;
    /// @notice Seconds between two execution blocks, for the same estimate.
    uint256 public constant L2_BLOCK_TIME = 1;

    /// @notice The chain whose blocks are anchored here.
    uint256 public immutable executionChainId;
    /// @inheritdoc IL2OutputOracle
    uint256 public immutable FINALIZATION_PERIOD_SECONDS;

    /// @notice The current epoch; 0 before the first committee.
    uint256 public epoch;
    /// @notice The newest anchored execution block.
    uint256 public latestBlock;
    mapping(uint256 epoch => Committee) public committees;
    mapping(uint256 blockNumber => Anchor) public anchors;
    /// @dev Anchored block numbers in order; the position is the output index.
    uint64[] private _blocks;

    /// @param keys The members' keys in their order, so that old committees stay resolvable.
    event CommitteeRegistered(uint256 indexed epoch, bytes32 indexed hash, uint256 threshold, bytes[] keys);
    /// @param digest The EIP-712 digest that was signed.
    /// @param index The output index.
    event Anchored(uint256 indexed blockNumber, bytes32 outputRoot, bytes32 digest, uint256 index);

    error ThresholdInvalid(uint256 threshold, uint256 members);
    error TooManyMembers(uint256 members);
    error KeyInvalid(uint256 member);
    error KeyRepeated(uint256 member, uint256 sameAs);
    error PossessionNotProven(uint256 member);
    error ExecutionChainMismatch(uint256 seen, uint256 expected);
    error EpochNotCurrent(uint256 seen, uint256 current);
    error CommitteeMismatch(bytes32 seen, bytes32 expected);
    error AttestationExpired(uint256 expiry, uint256 timestamp);
    error BlockNotIncreasing(uint256 seen, uint256 latest);
    error OutputRootMissing();
    error BitmapInvalid(uint256 members);
    error TooFewSigners(uint256 signers, uint256 threshold);
    error SignatureInvalid(bytes32 digest);
    error OutputUnknown(uint256 index);

    /// @param owner Registers committees.
    /// @param executionChainId_ The chain whose blocks are anchored.
    /// @param finalizationPeriodSeconds After which an anchored root counts as matured.
    constructor(
        address owner,
        uint256 executionChainId_,
        uint256 finalizationPeriodSeconds
    ) Ownable(owner) EIP712("HSK DAC", "1") {
        executionChainId = executionChainId_;
        FINALIZATION_PERIOD_SECONDS = finalizationPeriodSeconds;
    }

    /// @notice How members sign (wire format, section 2): 1 is BLS12-381, 2 is ECDSA.
    function scheme() external pure virtual returns (uint8);

    /// @notice Opens the next epoch with a new committee.
    /// @param keys In member order, each as the scheme encodes it.
    /// @param possession Each member's proof that it holds the secret of its key.
    /// @param threshold How many must sign; at least one, at most all.
    function registerCommittee(
        bytes[] calldata keys,
        bytes[] calldata possession,
        uint256 threshold
    ) external onlyOwner {
        uint256 size = keys.length;
        require(size <= MAX_MEMBERS, TooManyMembers(size));
        require(
            threshold > 0 && threshold <= size && possession.length == size,
            ThresholdInvalid(threshold, size)
        );
        for (uint256 i = 0; i < size; i++) _checkKey(i, keys, possession[i]);
        bytes32 hash = keccak256(abi.encode(threshold, keys));
        epoch++;
        committees[epoch] = Committee(hash, uint64(threshold), uint64(size));
        emit CommitteeRegistered(epoch, hash, threshold, keys);
    }

    /// @notice Anchors an attested output root.
    /// @param bitmap ceil(n/8) bytes; member i is bit i & 7 of byte i >> 3.
    /// @param signature Of exactly the members whose bits are set, as the scheme encodes it.
    /// @param keys The committee's keys, all of them, as they were registered.
    function anchor(
        Attestation calldata attestation,
        bytes calldata bitmap,
        bytes calldata signature,
        bytes[] calldata keys
    ) external {
        Committee memory committee = committees[epoch];
        _checkStatement(attestation, committee, keys);
        uint256[] memory signers = _signers(committee, bitmap);
        bytes32 digest = attestationDigest(attestation);
        require(_isSignedBy(digest, signature, keys, signers), SignatureInvalid(digest));

        uint256 index = _blocks.length;
        latestBlock = attestation.blockNumber;
        anchors[attestation.blockNumber] = Anchor(
            attestation.outputRoot,
            uint64(block.timestamp),
            uint64(index)
        );
        _blocks.push(attestation.blockNumber);
        emit Anchored(attestation.blockNumber, attestation.outputRoot, digest, index);
    }

    /// @notice The EIP-712 digest that members sign.
    function attestationDigest(Attestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation)));
    }

    function _checkStatement(
        Attestation calldata attestation,
        Committee memory committee,
        bytes[] calldata keys
    ) private view {
        require(
            attestation.executionChainId == executionChainId,
            ExecutionChainMismatch(attestation.executionChainId, executionChainId)
        );
        require(attestation.epoch == epoch && epoch > 0, EpochNotCurrent(attestation.epoch, epoch));
        require(
            attestation.committeeHash == committee.hash,
            CommitteeMismatch(attestation.committeeHash, committee.hash)
        );
        bytes32 seen = keccak256(abi.encode(uint256(committee.threshold), keys));
        require(seen == committee.hash, CommitteeMismatch(seen, committee.hash));
        require(
            block.timestamp < attestation.expiry,
            AttestationExpired(attestation.expiry, block.timestamp)
        );
        require(
            attestation.blockNumber > latestBlock,
            BlockNotIncreasing(attestation.blockNumber, latestBlock)
        );
        // A zero root could not be told from an anchor that is missing.
        require(attestation.outputRoot != bytes32(0), OutputRootMissing());
    }

    /// @dev The members whose bits are set, ascending; at least as many as the threshold.
    function _signers(
        Committee memory committee,
        bytes calldata bitmap
    ) private pure returns (uint256[] memory signers) {
        uint256 size = committee.size;
        require(bitmap.length == (size + 7) / 8, BitmapInvalid(size));
        signers = new uint256[](size);
        uint256 count = 0;
        for (uint256 i = 0; i < bitmap.length * 8; i++) {
            if (uint8(bitmap[i >> 3]) & (1 << (i & 7)) == 0) continue;
            require(i < size, BitmapInvalid(size));
            signers[count++] = i;
        }
        require(count >= committee.threshold, TooFewSigners(count, committee.threshold));
        assembly ("memory-safe") {
            mstore(signers, count)
        }
    }

    /// @dev Refuses the key at `index` unless it is well formed, differs from those before it and its owner
    /// holds the secret.
    function _checkKey(uint256 index, bytes[] calldata keys, bytes calldata possession) internal view virtual;

    /// @dev Whether every one of `signers` (ascending, at least one) signed the digest, and nobody else did.
    function _isSignedBy(
        bytes32 digest,
        bytes calldata signature,
        bytes[] calldata keys,
        uint256[] memory signers
    ) internal view virtual returns (bool);

    /// @inheritdoc IL2OutputOracle
    function latestBlockNumber() external view returns (uint256) {
        return latestBlock;
    }

    /// @inheritdoc IL2OutputOracle
    function latestOutputIndex() public view returns (uint256) {
        require(_blocks.length > 0, OutputUnknown(0));
        return _blocks.length - 1;
    }

    /// @notice The index that the next anchor will have.
    function nextOutputIndex() external view returns (uint256) {
        return _blocks.length;
    }

    /// @inheritdoc IL2OutputOracle
    function getL2Output(uint256 l2OutputIndex) public view returns (OutputProposal memory) {
        require(l2OutputIndex < _blocks.length, OutputUnknown(l2OutputIndex));
        uint64 blockNumber = _blocks[l2OutputIndex];
        Anchor memory found = anchors[blockNumber];
        return OutputProposal(found.outputRoot, found.anchoredAt, blockNumber);
    }

    /// @inheritdoc IL2OutputOracle
    /// @dev viem's `op-stack` actions recognise this very message as "waiting to prove".
    function getL2OutputIndexAfter(uint256 l2BlockNumber) public view returns (uint256) {
        require(
            l2BlockNumber <= latestBlock && _blocks.length > 0,
            "L2OutputOracle: cannot get output for a block that has not been proposed"
        );
        uint256 low = 0;
        uint256 high = _blocks.length - 1;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_blocks[middle] < l2BlockNumber) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// @notice The first output at or above a block.
    function getL2OutputAfter(uint256 l2BlockNumber) external view returns (OutputProposal memory) {
        return getL2Output(getL2OutputIndexAfter(l2BlockNumber));
    }
}
