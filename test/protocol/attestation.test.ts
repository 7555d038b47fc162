import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAbiParameters, type Hex, hashTypedData, keccak256, toHex } from 'viem';
import { type Attestation, attestationDigest } from '../../src/protocol/attestation.ts';
import { committeeHash } from '../../src/protocol/committee.ts';

const bytes32 = (seed: string) => keccak256(toHex(seed));
const domain = { mainchainId: 1337, anchorRegistry: '0x5fbdb2315678afecb367f032d93f642f64180aa3' } as const;
const attestation: Attestation = {
  executionChainId: 2n ** 255n + 7n,
  epoch: 3n,
  committeeHash: bytes32('committee'),
  blockNumber: 2n ** 64n - 1n,
  blockHash: bytes32('block'),
  outputRoot: bytes32('output'),
  dataHash: bytes32('data'),
  dataLength: 0n,
  expiry: 1_790_000_000n,
  previous: `0x${'00'.repeat(32)}`,
};

test('the attestation digest is that of EIP-712', () => {
  const expected = hashTypedData({
    domain: { name: 'HSK DAC', version: '1', chainId: 1337, verifyingContract: domain.anchorRegistry },
    types: {
      Attestation: [
        { name: 'executionChainId', type: 'uint256' },
        { name: 'epoch', type: 'uint64' },
        { name: 'committeeHash', type: 'bytes32' },
        { name: 'blockNumber', type: 'uint64' },
        { name: 'blockHash', type: 'bytes32' },
        { name: 'outputRoot', type: 'bytes32' },
        { name: 'dataHash', type: 'bytes32' },
        { name: 'dataLength', type: 'uint64' },
        { name: 'expiry', type: 'uint64' },
        { name: 'previous', type: 'bytes32' },
      ],
    },
    primaryType: 'Attestation',
    message: attestation,
  });
  assert.equal(attestationDigest(domain, attestation), expected);
});

test('a field that does not fit its type has no digest', () => {
  for (const field of ['epoch', 'blockNumber', 'dataLength', 'expiry'] as const)
    assert.throws(() => attestationDigest(domain, { ...attestation, [field]: 2n ** 64n }), field);
  assert.throws(() => attestationDigest(domain, { ...attestation, executionChainId: 2n ** 256n }));
  assert.throws(() => attestationDigest(domain, { ...attestation, epoch: -1n }));
  assert.throws(() => attestationDigest(domain, { ...attestation, blockHash: '0x12' }));
});

test("the committee's hash is that of abi.encode", () => {
  const key = (seed: number): Hex => `0x${toHex(seed, { size: 1 }).slice(2).repeat(256)}`;
  const lists: Hex[][] = [[], [key(1)], [key(1), key(2), key(3), key(4)], ['0x', '0x01', key(9)]];
  for (const keys of lists)
    assert.equal(
      committeeHash(3, keys),
      keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'bytes[]' }], [3n, keys])),
    );
});
