import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesToHex, fromRlp as viemFromRlp, type Hex, toRlp as viemToRlp } from 'viem';
import { HskError } from '../../src/protocol/errors.ts';
import { fromRlp, type RlpItem, toRlp } from '../../src/protocol/rlp.ts';
import { flipBit, seededRandom } from './vectors.ts';

type Tree = Hex | Tree[];

function tree(below: (end: number) => number, depth: number): Tree {
  if (depth > 0 && below(3) === 0) return Array.from({ length: below(6) }, () => tree(below, depth - 1));
  const size = below(8) === 0 ? below(70_000) : below(60);
  return bytesToHex(Uint8Array.from({ length: size }, () => below(256)));
}

function decoded(decode: (encoded: Hex) => unknown, encoded: Hex): unknown {
  try {
    return decode(encoded);
  } catch {
    return 'refused';
  }
}

describe('rlp', () => {
  it('writes and reads what viem writes and reads', () => {
    const below = seededRandom(4);
    for (let round = 0; round < 400; round++) {
      const item = tree(below, 4);
      const encoded = toRlp(item as RlpItem);
      assert.equal(encoded, viemToRlp(item as Hex[]));
      assert.deepEqual(fromRlp(encoded), item);
    }
  });

  it('refuses what viem refuses', () => {
    const below = seededRandom(5);
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      const encoded = toRlp(tree(below, 3) as RlpItem);
      if (encoded.length > 4000) continue;
      const bent = flipBit(encoded, below((encoded.length - 2) * 4));
      const ours = decoded(fromRlp, bent);
      assert.deepEqual(
        ours,
        decoded((value) => viemFromRlp(value, 'hex'), bent),
        bent,
      );
      if (ours === 'refused') refused++;
    }
    assert.ok(refused > 100, String(refused));
  });

  for (const [name, encoded] of [
    ['nothing', '0x'],
    ['a second item', '0x0102'],
    ['a byte with a length', '0x8101'],
    ['a long length for a short string', '0xb801aa'],
    ['a length with a leading zero', `0xb90038${'aa'.repeat(56)}`],
    ['a string cut short', '0x83aaaa'],
    ['a length cut short', '0xb9'],
    ['a length of eight bytes', '0xbfffffffffffffffff00'],
    ['a list whose item passes its end', '0xc281'],
    ['lists too deep', toRlp(Array.from({ length: 80 }).reduce<RlpItem>((inner) => [inner], []))],
  ] as [string, Hex][])
    it(`refuses ${name}`, () =>
      assert.throws(
        () => fromRlp(encoded),
        (error) => error instanceof HskError && error.code === 'RLP_INVALID',
      ));
});
