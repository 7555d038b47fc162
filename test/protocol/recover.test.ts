import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, type Hex, hexToBytes, keccak256, numberToHex } from 'viem';
import { recoverSigner } from '../../src/protocol/recover.ts';
import { flipBit, seededRandom } from './vectors.ts';

/** What the library's own recovery says. */
function reference(hash: Hex, signature: Hex): Hex | undefined {
  const bytes = hexToBytes(signature);
  const v = bytes[64];
  if (bytes.length !== 65 || (v !== 0 && v !== 1)) return undefined;
  try {
    const key = secp256k1.Signature.fromBytes(bytes.subarray(0, 64), 'compact')
      .addRecoveryBit(v)
      .recoverPublicKey(hexToBytes(hash));
    return `0x${keccak256(key.toBytes(false).subarray(1)).slice(26)}`;
  } catch {
    return undefined;
  }
}

const below = seededRandom(6);
const word = () => bytesToHex(Uint8Array.from({ length: 32 }, () => below(256)));

describe('recoverSigner', () => {
  it('recovers who signed, and for altered signatures what the library recovers', () => {
    let nobody = 0;
    for (let round = 0; round < 60; round++) {
      const hash = word();
      const key = hexToBytes(word());
      const signed = secp256k1.sign(hexToBytes(hash), key, { prehash: false, format: 'recovered' });
      const signature = bytesToHex(Uint8Array.from([...signed.subarray(1), signed[0]!]));
      const own = keccak256(secp256k1.getPublicKey(key, false).subarray(1)).slice(26);
      assert.equal(recoverSigner(hash, signature), `0x${own}`);
      const bent = flipBit(signature, below(64 * 8));
      assert.equal(recoverSigner(hash, bent), reference(hash, bent));
      if (recoverSigner(hash, bent) === undefined) nobody++;
    }
    assert.ok(nobody > 5);
  });

  const { ORDER } = secp256k1.Point.Fn;
  const edges = [0n, 1n, ORDER - 1n, ORDER, secp256k1.Point.Fp.ORDER, (1n << 256n) - 1n];
  it('at the edges of r, s and the hash it says what the library says', () => {
    for (const r of edges)
      for (const s of edges)
        for (const z of edges)
          for (const v of ['00', '01', '02', '1b']) {
            const signature =
              `${numberToHex(r, { size: 32 })}${numberToHex(s, { size: 32 }).slice(2)}${v}` as Hex;
            const hash = numberToHex(z, { size: 32 });
            assert.equal(recoverSigner(hash, signature), reference(hash, signature), `${signature} ${hash}`);
          }
  });
});
