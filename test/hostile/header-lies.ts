import { type Address, bytesToHex, type Hex, hexToBytes, keccak256, numberToHex } from 'viem';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import type { Header } from '../../src/protocol/header.ts';
import { decodeQbftExtra, encodeQbftExtra, type QbftExtra, qbftSealHash } from '../../src/protocol/qbft.ts';
import { flipBit } from '../protocol/vectors.ts';
import type { ChainName, Json, Lie } from './lying-peer.ts';

const isLatest = ([tag]: readonly Json[]) => tag === 'latest';

const header = (chain: ChainName, about: (params: readonly Json[]) => boolean, alter: Lie['alter']): Lie => ({
  chain,
  method: 'eth_getBlockByNumber',
  about,
  ...(alter && { alter }),
});

/** The newest mainchain header with other extraData. */
const withExtra = (change: (extra: QbftExtra) => Partial<QbftExtra>): Lie =>
  header('mainchain', isLatest, (block) => {
    const extra = decodeQbftExtra(block.extraData);
    return { ...block, extraData: encodeQbftExtra({ ...extra, ...change(extra) }) };
  });

/** The lowest bit of s: still a signature, of nobody known. */
export const flippedSeal = withExtra(({ seals }) => ({ seals: seals.with(1, flipBit(seals[1]!, 63 * 8)) }));
export const recoveryByte = withExtra(({ seals }) => ({
  seals: seals.with(0, `${seals[0]!.slice(0, -2)}1b` as Hex),
}));
export const twoOfFourSeals = withExtra(({ seals }) => ({ seals: seals.slice(0, 2) }));
export const noSeals = withExtra(() => ({ seals: [] }));
export const doubledSeal = withExtra(({ seals: [a, b] }) => ({ seals: [a!, b!, a!] }));
export const surplusSeal = withExtra(({ seals }) => ({ seals: [...seals, seals[0]!] }));
export const otherRound = withExtra(({ round }) => ({ round: round + 1n }));
export const validatorReplaced = withExtra(({ validators: [, ...rest] }) => ({
  validators: ['0x0000000000000000000000000000000000000001', ...rest],
}));
export const validatorsReversed = withExtra(({ validators }) => ({ validators: validators.toReversed() }));

/** A header of the liar's own making, truly sealed by the validators that it names. */
export const ownValidators: Lie = header('mainchain', isLatest, (block) => {
  const keys = ['0x01', '0x02', '0x03', '0x04'].map((seed) => hexToBytes(keccak256(seed as Hex)));
  const addressOf = (key: Uint8Array): Address =>
    `0x${keccak256(secp256k1.getPublicKey(key, false).subarray(1)).slice(26)}`;
  const validators = keys.map(addressOf).toSorted();
  const forged: Header = {
    ...headerFromRpc(block),
    stateRoot: `0x${'44'.repeat(32)}`,
    extraData: encodeQbftExtra({ ...decodeQbftExtra(block.extraData), validators, seals: [] }),
  };
  const digest = hexToBytes(qbftSealHash(forged));
  const seals = keys.map((key) => {
    const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
    return bytesToHex(Uint8Array.from([...bytes.subarray(1), bytes[0]!]));
  });
  const extraData = encodeQbftExtra({ ...decodeQbftExtra(forged.extraData), seals });
  return { ...block, stateRoot: forged.stateRoot, extraData };
});

const changed = (block: Json, field: string): Json => ({
  ...block,
  [field]: field === 'timestamp' ? numberToHex(BigInt(block.timestamp) + 1n) : flipBit(block[field], 5),
});

/** One field of the newest mainchain header. */
export const mainchainField = (field: 'stateRoot' | 'timestamp' | 'parentHash'): Lie =>
  header('mainchain', isLatest, (block) => changed(block, field));
/** One field of the headers below it. */
export const mainchainAncestor: Lie = header(
  'mainchain',
  (params) => !isLatest(params),
  (block) => block && changed(block, 'timestamp'),
);
/** One field of every execution header that is asked for by number. */
export const executionField = (field: 'timestamp' | 'logsBloom', about = (_number: bigint) => true): Lie =>
  header(
    'execution',
    ([tag, full]) => !isLatest([tag]) && full === false && about(BigInt(tag)),
    (block) => changed(block, field),
  );
/** The hash beside the header. */
export const hashBesideHeader = (chain: ChainName): Lie =>
  header(
    chain,
    () => true,
    (block) => block && { ...block, hash: `0x${'55'.repeat(32)}` },
  );
/** Another block than the one asked for. */
export const anotherBlock: Lie = {
  ...header('execution', ([tag]) => !isLatest([tag]), undefined),
  instead: ([tag, full]) => [numberToHex(BigInt(tag) - 1n), full],
};
export const headerWithheld: Lie = header('mainchain', isLatest, () => null);
/** Another chain's newest header. */
export const anotherChain = (foreign: Json): Lie => header('mainchain', isLatest, () => foreign);
/** The head as it was at this height. */
export const withheldFrom = (number: bigint): Lie => ({
  ...header('mainchain', isLatest, undefined),
  instead: ([, full]) => [numberToHex(number), full],
});
/** A newest block that nobody attested and that has no parent. */
export const inventedHead: Lie = header('execution', isLatest, (block) => ({
  ...block,
  number: '0xffffff',
  stateRoot: `0x${'66'.repeat(32)}`,
}));

/** The JSON-RPC form of a header from elsewhere. */
export function rpcHeader(foreign: Header): Json {
  return Object.fromEntries(
    Object.entries(foreign).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? numberToHex(value) : value,
    ]),
  );
}
