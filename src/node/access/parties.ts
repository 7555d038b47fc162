import { RLP } from '@ethereumjs/rlp';
import type { Address, Hex } from 'viem';
import type { BlockRecord } from '../chain/block-record.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import { decodeReceipt } from '../rpc/receipt.ts';

/** Where the recipient stands in each transaction type's list. */
const RECIPIENT: Record<number, number> = { 0: 3, 1: 4, 2: 5, 4: 5 };

/** Computed once a block. */
const known = new WeakMap<BlockRecord, (ReadonlySet<Address> | undefined)[]>();

/**
 * Whom a transaction concerns: its sender, its recipient, and every account that an indexed topic of its logs
 * names. They see it whole, as they would find it in their own books.
 */
export function partiesOf(block: BlockRecord, index: number): ReadonlySet<Address> {
  let parties = known.get(block);
  if (!parties) known.set(block, (parties = []));
  return (parties[index] ??= readParties(block, index));
}

function readParties(block: BlockRecord, index: number): ReadonlySet<Address> {
  const parties = new Set<Address>([block.senders[index]!]);
  const recipient = recipientOf(block.transactions[index]!);
  if (recipient) parties.add(recipient);
  for (const { topics } of decodeReceipt(block.receipts[index]!).logs)
    // The first topic is the event's name.
    for (const topic of topics.slice(1)) {
      const account = accountInWord(topic);
      if (account) parties.add(account);
    }
  return parties;
}

/** The account that a 32-byte word holds, as Solidity writes one; small numbers are none. */
export function accountInWord(word: Hex): Address | undefined {
  return word.startsWith(`0x${'0'.repeat(24)}`) && !word.startsWith(`0x${'0'.repeat(40)}`)
    ? `0x${word.slice(26)}`
    : undefined;
}

function recipientOf(raw: Hex): Address | undefined {
  const bytes = toBytes(raw);
  const type = bytes[0]! >= 0xc0 ? 0 : bytes[0]!;
  const fields = RLP.decode(type === 0 ? bytes : bytes.subarray(1)) as Uint8Array[];
  const recipient = fields[RECIPIENT[type] ?? -1];
  return recipient?.length === 20 ? toHex(recipient) : undefined;
}
