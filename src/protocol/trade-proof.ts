import { type Address, type Hex, pad } from 'viem';
import { fromRlp } from './rlp.ts';
import {
  type Attestation,
  type AttestationDomain,
  attestationDigest,
  parseAttestation,
} from './attestation.ts';
import { HskError } from './errors.ts';
import { encodeHeader, headerFromRlpList } from './header.ts';
import { hex, integer, list, object, oneOf, type Parser } from './parse.ts';
import { decodeReceipt, type Receipt, verifyReceiptInclusion } from './receipt.ts';
import {
  decodeTransaction,
  type Transaction,
  transactionSender,
  verifyTransactionInclusion,
} from './transaction.ts';
import { verifyAttestedHeader } from './verify-attestation.ts';

/** One transaction and what became of it, proven under an attested block: what a party gets of its own trade. */
export interface TradeProof {
  version: 1;
  /** About the block; whoever checks the proof looks for the committee's signature over its digest. */
  attestation: Attestation;
  digest: Hex;
  /** RLP. */
  header: Hex;
  index: number;
  transaction: Hex;
  /** From the transactions root down. */
  transactionProof: Hex[];
  receipt: Hex;
  /** From the receipts root down. */
  receiptProof: Hex[];
}

/** What a `TradeProof` proves. */
export interface Trade {
  attestation: Attestation;
  transaction: Transaction;
  receipt: Receipt;
}

const nodes = list(hex(), 130);

/** @throws `PARSE_INVALID` */
export const parseTradeProof: Parser<TradeProof> = object<TradeProof>({
  version: oneOf(1),
  attestation: parseAttestation,
  digest: hex(32),
  header: hex(),
  index: integer,
  transaction: hex(),
  transactionProof: nodes,
  receipt: hex(),
  receiptProof: nodes,
});

/**
 * Whether a trade proof holds together: digest, header, transaction and receipt. Whether a committee signed the digest
 * is `verifyAttestation`'s question.
 *
 * @throws `TRADE_PROOF` naming what does not fit, `ATTESTATION_HEADER`, the codes of a trie proof
 */
export function verifyTradeProof(proof: TradeProof, domain: AttestationDomain): Trade {
  const bad = (details: string) =>
    new HskError('TRADE_PROOF', 'The proof of the trade does not hold', { details });
  const { attestation, index } = proof;
  if (attestationDigest(domain, attestation) !== proof.digest) throw bad('digest');
  const fields = fromRlp(proof.header);
  if (!Array.isArray(fields) || fields.length < 15 || fields.some((field) => typeof field !== 'string'))
    throw bad('header');
  const header = headerFromRlpList(fields as Hex[]);
  if (encodeHeader(header) !== proof.header) throw bad('header encoding');
  verifyAttestedHeader(attestation, header);
  const raw = verifyTransactionInclusion({
    transactionsRoot: header.transactionsRoot,
    index,
    proof: proof.transactionProof,
  });
  if (raw !== proof.transaction) throw bad('transaction');
  const receipt = verifyReceiptInclusion({
    receiptsRoot: header.receiptsRoot,
    index,
    proof: proof.receiptProof,
  });
  return { attestation, transaction: decodeTransaction(raw), receipt };
}

/**
 * Whether an account takes part in a transaction: it sent it, receives it, or is an indexed topic of an event that it
 * raised (sender and recipient of a token, buyer and seller of an order). Deny by default: a mention elsewhere is none.
 */
export function isParty(account: Address, raw: Hex, encodedReceipt: Hex): boolean {
  const wanted = account.toLowerCase() as Address;
  if (decodeTransaction(raw).to === wanted || transactionSender(raw) === wanted) return true;
  const topic = pad(wanted, { size: 32 });
  return decodeReceipt(encodedReceipt).logs.some(({ topics }) => topics.slice(1).includes(topic));
}
