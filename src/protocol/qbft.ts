import type { Address, Hex } from 'viem';
import { keccak256, numberToHex } from './hex.ts';
import { fromRlp, toRlp } from './rlp.ts';
import { HskError } from './errors.ts';
import { type Header, headerToRlpList, rlpScalar } from './header.ts';

/** QBFT as Besu writes it (wire.md §1). This file is the format; `sealed-header.ts` is the decision. */
export interface QbftExtra {
  vanity: Hex;
  /** Sorted ascending. */
  validators: Address[];
  /** A vote on one validator, or none. */
  vote: { recipient: Address; add: boolean } | undefined;
  round: bigint;
  /** 65 bytes each: r ‖ s ‖ v, v in {0, 1}. */
  seals: Hex[];
}

/** What marks a QBFT block; a constant of the protocol. */
export const QBFT_MIX_HASH: Hex = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365';

export function encodeQbftExtra(extra: QbftExtra): Hex {
  return toRlp([
    extra.vanity,
    extra.validators,
    extra.vote ? [extra.vote.recipient, extra.vote.add ? '0xff' : '0x80'] : [],
    rlpScalar(extra.round),
    extra.seals,
  ]);
}

/** @throws `QBFT_EXTRA_INVALID` when the field is not the five-part list, or a part has the wrong size. */
export function decodeQbftExtra(extraData: Hex): QbftExtra {
  const bad = (why: string) =>
    new HskError('QBFT_EXTRA_INVALID', `The header's extraData is not QBFT: ${why}`);
  let list: unknown;
  try {
    list = fromRlp(extraData);
  } catch (cause) {
    throw new HskError('QBFT_EXTRA_INVALID', "The header's extraData is not RLP", { cause });
  }
  if (!Array.isArray(list) || list.length !== 5) throw bad('five parts expected');
  const [vanity, validators, vote, round, seals] = list as unknown[];
  const sized = (value: unknown, size: number): value is Hex =>
    typeof value === 'string' && value.length === 2 + 2 * size;
  if (!sized(vanity, 32)) throw bad('vanity is not 32 bytes');
  if (!Array.isArray(validators) || !validators.every((v) => sized(v, 20))) throw bad('validators');
  if (!Array.isArray(seals) || !seals.every((s) => sized(s, 65))) throw bad('seals');
  if (typeof round !== 'string' || round.length > 18) throw bad('round');
  if (!Array.isArray(vote) || (vote.length !== 0 && vote.length !== 2)) throw bad('vote');
  if (
    vote.length === 2 &&
    (!sized(vote[0], 20) || (vote[1] !== '0xff' && vote[1] !== '0x80' && vote[1] !== '0x'))
  )
    throw bad('vote');
  return {
    vanity,
    validators: validators as Address[],
    vote: vote.length === 2 ? { recipient: vote[0] as Address, add: vote[1] === '0xff' } : undefined,
    round: round === '0x' ? 0n : BigInt(round),
    seals: seals as Hex[],
  };
}

/** What the validators sign: the header with no seals, the round kept. */
export function qbftSealHash(header: Header): Hex {
  return keccak256(
    toRlp(headerToRlpList(header, encodeQbftExtra({ ...decodeQbftExtra(header.extraData), seals: [] }))),
  );
}

/** The block hash: the header with no seals and round 0, so that it does not depend on who sealed. */
export function qbftBlockHash(header: Header): Hex {
  const extra = encodeQbftExtra({ ...decodeQbftExtra(header.extraData), seals: [], round: 0n });
  return keccak256(toRlp(headerToRlpList(header, extra)));
}

export function qbftVanity(label: string): Hex {
  const bytes = new TextEncoder().encode(label).slice(0, 32);
  return numberToHex(
    BigInt(
      `0x${[...bytes]
        .map((b) => b.toString(16).padStart(2, '0'))
        .join('')
        .padEnd(64, '0')}`,
    ),
    {
      size: 32,
    },
  );
}
