import { fromRlp, type Hex, toRlp } from 'viem';
import { flipBit } from '../protocol/vectors.ts';
import type { ChainName, Json, Lie } from './lying-peer.ts';

/** Lies about `eth_getProof`; all name the one account they are about. */
const proofOf = (address: Hex, alter: Lie['alter'], chain: ChainName = 'execution'): Lie => ({
  chain,
  method: 'eth_getProof',
  about: ([asked]) => asked.toLowerCase() === address.toLowerCase(),
  ...(alter && { alter }),
});

const withNodes = (change: (nodes: Hex[]) => Hex[]) => (answer: Json) => ({
  ...answer,
  accountProof: change(answer.accountProof),
});

const withSlots = (change: (entry: Json) => Json) => (answer: Json) => ({
  ...answer,
  storageProof: answer.storageProof.map(change),
});

const alterLast = (nodes: Hex[], change: (leaf: Hex) => Hex) => [
  ...nodes.slice(0, -1),
  change(nodes.at(-1)!),
];

/** The account leaf with another balance: a node that nobody's parent names. */
function richer(leaf: Hex): Hex {
  const [path, value] = fromRlp(leaf, 'hex') as [Hex, Hex];
  const [nonce, , ...roots] = fromRlp(value, 'hex') as Hex[];
  return toRlp([path, toRlp([nonce!, '0x0fffffffffffffffff', ...roots])]);
}

/** A storage leaf with another word. */
function otherWord(leaf: Hex): Hex {
  const [path] = fromRlp(leaf, 'hex') as [Hex];
  return toRlp([path, toRlp(`0x${'11'.repeat(32)}`)]);
}

export const balanceBesideProof = (address: Hex) =>
  proofOf(address, (answer) => ({ ...answer, balance: '0xffffffffffffffffffff', nonce: '0x63' }));
export const balanceInLeaf = (address: Hex) =>
  proofOf(
    address,
    withNodes((nodes) => alterLast(nodes, richer)),
  );
export const flippedNode = (address: Hex) =>
  proofOf(
    address,
    withNodes((nodes) => nodes.with(1, flipBit(nodes[1]!, 77))),
  );
export const shortProof = (address: Hex) =>
  proofOf(
    address,
    withNodes((nodes) => nodes.slice(0, -1)),
  );
export const emptyProof = (address: Hex) =>
  proofOf(
    address,
    withNodes(() => []),
  );
export const surplusNode = (address: Hex) =>
  proofOf(
    address,
    withNodes((nodes) => [...nodes, '0xc0']),
  );
export const anothersProof = (address: Hex, other: Hex): Lie => ({
  ...proofOf(address, undefined),
  instead: ([, ...rest]) => [other, ...rest],
});
export const earlierState = (address: Hex): Lie => ({
  ...proofOf(address, undefined),
  instead: ([account, slots]) => [account, slots, '0x1'],
});
export const proofWithheld = (address: Hex) => proofOf(address, () => null);

export const valueBesideProof = (address: Hex) =>
  proofOf(
    address,
    withSlots((entry) => ({ ...entry, value: '0x1234' })),
  );
export const valueInLeaf = (address: Hex, chain: ChainName = 'execution') =>
  proofOf(
    address,
    withSlots((entry) => ({ ...entry, proof: alterLast(entry.proof, otherWord) })),
    chain,
  );
export const anotherSlotsProof = (address: Hex, slot: Hex): Lie => ({
  ...proofOf(address, undefined),
  instead: ([account, , block]) => [account, [slot], block],
});
/** The same, spelled as if it were the one asked for. */
export const anotherSlotsProofRenamed = (address: Hex, slot: Hex): Lie => ({
  ...anotherSlotsProof(address, slot),
  alter: (_honest, other, [, [asked]]) => withSlots((entry) => ({ ...entry, key: asked }))(other),
});
export const storageProofWithheld = (address: Hex) =>
  proofOf(address, (answer) => ({ ...answer, storageProof: [] }));
/** Account fields that would open another storage trie. */
export const storageHashBesideProof = (address: Hex) =>
  proofOf(address, (answer) => ({ ...answer, storageHash: `0x${'22'.repeat(32)}` }));

/** Code that returns seven, whatever it is asked. */
export const otherCode: Lie = {
  chain: 'execution',
  method: 'eth_getCode',
  alter: () => '0x600760005260206000f3',
};
/** The hint to what a call touches holds nothing of it, or something else. */
export const accessListWithheld: Lie = {
  chain: 'execution',
  method: 'eth_createAccessList',
  alter: () => null,
};
export const accessListAside: Lie = {
  ...accessListWithheld,
  alter: () => ({ accessList: [{ address: `0x${'77'.repeat(20)}`, storageKeys: [`0x${'11'.repeat(32)}`] }] }),
};

/** Lies about one word of the mainchain's AnchorRegistry. */
const registryWord = (registry: Hex, slots: readonly Hex[], alter?: Lie['alter']): Lie => ({
  ...proofOf(registry, alter, 'mainchain'),
  about: ([address, [slot, more]]) =>
    address.toLowerCase() === registry.toLowerCase() && more === undefined && slots.includes(slot),
});
export const anchorInLeaf = (registry: Hex, slots: readonly Hex[]) =>
  registryWord(registry, slots, valueInLeaf(registry).alter);
export const anchorBesideProof = (registry: Hex, slots: readonly Hex[]) =>
  registryWord(registry, slots, valueBesideProof(registry).alter);
export const anotherAnchorsProof = (registry: Hex, slots: readonly Hex[], other: Hex): Lie => ({
  ...anotherSlotsProofRenamed(registry, other),
  ...registryWord(registry, slots, anotherSlotsProofRenamed(registry, other).alter),
});
/** The hint to the anchor above a block names another root, and another block. */
export const anchorHint: Lie = {
  chain: 'execution',
  method: 'hsk_getAnchor',
  alter: (answer) => ({ ...answer, outputRoot: `0x${'33'.repeat(32)}`, blockNumber: '0x1' }),
};
