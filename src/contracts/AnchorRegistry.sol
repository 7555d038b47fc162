// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IL2OutputOracle, OutputProposal} from "./interfaces/OpStack.sol";
import {Bls12381} from "./lib/Bls12381.sol";

/// @title Registry of anchored output roots
/// @notice Stands on the mainchain. Keeps the committee of every epoch and, by execution block number, the
/// output roots that a threshold of the current committee attested. Anybody may bring an anchor; only the
/// aggregate signature decides. Its reads speak the OP Stack's L2OutputOracle.
contract AnchorRegistry is Ownable2Step, EIP712, IL2OutputOracle {
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
    bytes private constant ATTESTATION_DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
    bytes private constant POSSESSION_DST = "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
    uint256 private constant MAX_MEMBERS = 256;

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

    /// @param keys EIP-2537 points of G2 in member order, so that old committees stay resolvable.
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

    /// @notice Opens the next epoch with a new committee.
    /// @param keys Points of G2 (256 bytes each), in member order.
    /// @param possession Signatures (128 bytes each) of each secret over its own encoded key, under the
    /// proof-of-possession ciphersuite, so that no key can be chosen to cancel another.
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
        for (uint256 i = 0; i < size; i++) {
            require(keys[i].length == Bls12381.G2_SIZE, KeyInvalid(i));
            for (uint256 j = 0; j < i; j++)
                require(keccak256(keys[i]) != keccak256(keys[j]), KeyRepeated(i, j));
            require(
                Bls12381.verify(possession[i], keys[i], Bls12381.hashToG1(keys[i], POSSESSION_DST)),
                PossessionNotProven(i)
            );
        }
        bytes32 hash = keccak256(abi.encode(threshold, keys));
        epoch++;
        committees[epoch] = Committee(hash, uint64(threshold), uint64(size));
        emit CommitteeRegistered(epoch, hash, threshold, keys);
    }

    /// @notice Anchors an attested output root.
    /// @param bitmap ceil(n/8) bytes; member i is bit i & 7 of byte i >> 3.
    /// @param signature Aggregate of exactly the members whose bits are set, a point of G1 (128 bytes).
    /// @param keys The committee's keys, all of them, as they were registered.
    function anchor(
        Attestation calldata attestation,
        bytes calldata bitmap,
        bytes calldata signature,
        bytes[] calldata keys
    ) external {
        Committee memory committee = committees[epoch];
        _checkStatement(attestation, committee, keys);
        bytes memory aggregate = _aggregate(committee, bitmap, keys);
        bytes32 digest = attestationDigest(attestation);
        require(
            Bls12381.verify(
                signature,
                aggregate,
                Bls12381.hashToG1(abi.encodePacked(digest), ATTESTATION_DST)
            ),
            SignatureInvalid(digest)
        );

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

    /// @dev The sum of the keys whose bits are set.
    function _aggregate(
        Committee memory committee,
        bytes calldata bitmap,
        bytes[] calldata keys
    ) private view returns (bytes memory aggregate) {
        uint256 size = committee.size;
        require(bitmap.length == (size + 7) / 8, BitmapInvalid(size));
        uint256 signers = 0;
        for (uint256 i = 0; i < bitmap.length * 8; i++) {
            if (uint8(bitmap[i >> 3]) & (1 << (i & 7)) == 0) continue;
            require(i < size, BitmapInvalid(size));
            aggregate = signers == 0 ? keys[i] : Bls12381.addG2(aggregate, keys[i]);
            signers++;
        }
        require(signers >= committee.threshold, TooFewSigners(signers, committee.threshold));
    }

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
