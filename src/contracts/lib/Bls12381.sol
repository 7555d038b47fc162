// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title BLS12-381 signatures, short form: signatures in G1, keys in G2
/// @notice Points are encoded as EIP-2537 does: each coordinate 64 bytes, big-endian, the upper 16 zero.
/// The precompiles refuse coordinates at or above the modulus and points off the curve; the pairing
/// refuses points outside the subgroup.
library Bls12381 {
    uint256 internal constant G1_SIZE = 128;
    uint256 internal constant G2_SIZE = 256;

    address private constant MODEXP = address(0x05);
    address private constant G1ADD = address(0x0b);
    address private constant G2ADD = address(0x0d);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_FP_TO_G1 = address(0x10);

    /// @dev The modulus of the base field, padded to 64 bytes.
    bytes private constant MODULUS =
        hex"000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

    /// @dev The generator of G2, negated: with it one pairing product of two decides a signature.
    bytes private constant NEGATED_G2_GENERATOR =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// @notice Whether `signature` (128 bytes) is by the secret of `key` (256 bytes) over a message hashed to `point`.
    /// @dev False for anything malformed, including the point at infinity in either place.
    function verify(
        bytes memory signature,
        bytes memory key,
        bytes memory point
    ) internal view returns (bool) {
        if (signature.length != G1_SIZE || key.length != G2_SIZE) return false;
        if (isInfinity(signature) || isInfinity(key)) return false;
        (bool success, bytes memory result) = PAIRING.staticcall(
            bytes.concat(signature, NEGATED_G2_GENERATOR, point, key)
        );
        return success && result.length == 32 && uint256(bytes32(result)) == 1;
    }

    /// @notice Sum of two points of G2, 256 bytes each. Reverts when either is not on the curve.
    function addG2(bytes memory a, bytes memory b) internal view returns (bytes memory) {
        return _call(G2ADD, bytes.concat(a, b));
    }

    /// @notice RFC 9380 `hash_to_curve` of suite BLS12381G1_XMD:SHA-256_SSWU_RO_. 128 bytes.
    /// @dev Mapping is linear after the isogeny, so clearing the cofactor of each half equals clearing the sum's.
    function hashToG1(bytes memory message, bytes memory dst) internal view returns (bytes memory) {
        bytes32[4] memory uniform = expandMessage(message, dst);
        return
            _call(
                G1ADD,
                bytes.concat(
                    _call(MAP_FP_TO_G1, _reduce(uniform[0], uniform[1])),
                    _call(MAP_FP_TO_G1, _reduce(uniform[2], uniform[3]))
                )
            );
    }

    /// @notice RFC 9380 section 5.3.1 `expand_message_xmd` with SHA-256 to 128 bytes.
    /// @param dst At most 255 bytes.
    function expandMessage(
        bytes memory message,
        bytes memory dst
    ) internal pure returns (bytes32[4] memory uniform) {
        bytes memory dstPrime = bytes.concat(dst, bytes1(uint8(dst.length)));
        bytes32 first = sha256(bytes.concat(new bytes(64), message, bytes3(0x008000), dstPrime));
        uniform[0] = sha256(bytes.concat(first, bytes1(0x01), dstPrime));
        for (uint8 i = 1; i < 4; i++)
            uniform[i] = sha256(bytes.concat(first ^ uniform[i - 1], bytes1(i + 1), dstPrime));
    }

    function isInfinity(bytes memory point) internal pure returns (bool) {
        return keccak256(point) == keccak256(new bytes(point.length));
    }

    /// @dev 64 bytes modulo the field's prime, as a 64-byte element.
    function _reduce(bytes32 high, bytes32 low) private view returns (bytes memory) {
        return
            _call(
                MODEXP,
                abi.encodePacked(uint256(64), uint256(1), uint256(64), high, low, bytes1(0x01), MODULUS)
            );
    }

    function _call(address precompile, bytes memory input) private view returns (bytes memory) {
        (bool success, bytes memory result) = precompile.staticcall(input);
        require(success && result.length > 0, PrecompileRefused(precompile));
        return result;
    }

    /// @notice A precompile refused its input: a point that is off the curve or badly encoded.
    error PrecompileRefused(address precompile);
}
