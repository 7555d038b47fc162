import { concat, type Hex, size } from 'viem';
import { flipBit } from '../protocol/vectors.ts';
import type { Random } from './random.ts';

/** Another list of proof nodes than the one that holds; which way it was bent is named for the counts. */
export function bendNodes(random: Random, nodes: readonly Hex[], foreign: readonly Hex[]): [string, Hex[]] {
  const at = random.below(nodes.length);
  const node = nodes[at]!;
  const ways: [string, Hex[]][] = [
    ['bit flipped', nodes.with(at, flipBit(node, random.below(size(node) * 8)))],
    ['byte added', nodes.with(at, concat([node, '0x00']))],
    ['last node missing', nodes.slice(0, -1)],
    ['first node missing', nodes.slice(1)],
    ['last node twice', [...nodes, nodes.at(-1)!]],
    ['foreign node added', [...nodes, ...foreign.slice(-1)]],
    ['nodes swapped', nodes.toReversed()],
    ['proof of another', [...foreign]],
    ['nothing', []],
  ];
  const different = ways.filter(([, bent]) => bent.join() !== nodes.join());
  return random.pick(different);
}

/** The same 32 bytes but for one bit. */
export function bendWord(random: Random, word: Hex): Hex {
  return flipBit(word, random.below(256));
}
