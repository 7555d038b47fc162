import assert from 'node:assert/strict';
import { it } from 'node:test';
import { verifyKzgProof } from '../../src/evm/kzg.ts';

/** go-ethereum's test of the point evaluation precompile: versioned hash, z, y, commitment, proof. */
const INPUT =
  '01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d3630624d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a18f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a';
const part = (start: number, end: number) => `0x${INPUT.slice(2 * start, 2 * end)}`;
const [z, y, commitment, proof] = [part(32, 64), part(64, 96), part(96, 144), part(144, 192)];

it('KZG: Ethereum’s own proof is accepted, and no other', () => {
  assert.equal(verifyKzgProof(commitment, z, y, proof), true);
  assert.equal(verifyKzgProof(commitment, z, part(32, 64), proof), false);
  assert.equal(verifyKzgProof(commitment, y, z, proof), false);
  assert.equal(verifyKzgProof(proof, z, y, commitment), false);
  // The polynomial that is zero everywhere.
  const infinity = `0xc0${'00'.repeat(47)}`;
  const zero = `0x${'00'.repeat(32)}`;
  assert.equal(verifyKzgProof(infinity, z, zero, infinity), true);
  assert.equal(verifyKzgProof(infinity, zero, zero, infinity), true);
  assert.equal(verifyKzgProof(infinity, z, y, infinity), false);
  assert.throws(() => verifyKzgProof(commitment, `0x${'ff'.repeat(32)}`, y, proof));
  assert.throws(() => verifyKzgProof(`0x${'ff'.repeat(48)}`, z, y, proof));
});
