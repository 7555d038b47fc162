import type { Address, Hex } from 'viem';
import { verifyAccountProof, verifyStateProof } from './account-proof.ts';
import { HskError } from './errors.ts';
import {
  bigintToString,
  type Claim,
  type ClaimedLog,
  type ClaimProof,
  type TransactionOutcome,
} from './evidence.ts';
import { executionHash } from './execution-hash.ts';
import type { Header } from './header.ts';
import { keccak256 } from './hex.ts';
import { checkReceipts, completeLogs, placeLogs } from './logs.ts';
import { decodeReceipt, type Receipt } from './receipt.ts';
import { decodeTransaction, transactionSender, verifyTransactionInclusion } from './transaction.ts';
import { orderedTrieRoot } from './trie-root.ts';

/**
 * Recomputes a claim's answer from its proof under verified headers and compares the two. Returns the number
 * of the claim's last block and a line for people.
 *
 * @param executed what the local EVM made of this very claim and proof, where the claim is about a call
 * @throws `CLAIM_MISMATCH` when the proof proves another answer, `CLAIM_BLOCK` when a header is missing,
 * and the codes of the proofs themselves
 */
export function verifyClaim(
  claim: Claim,
  proof: ClaimProof,
  headers: readonly { header: Header }[],
  executed?: Hex,
): [lastBlock: bigint, detail: string] {
  const headerOf = (number: bigint): Header => headerAt(headers, number);
  switch (claim.kind) {
    case 'account': {
      if (proof.kind !== 'account') throw wrongKind(claim, proof);
      const { stateRoot } = headerOf(claim.block);
      const proven = verifyAccountProof({ stateRoot, address: claim.address, proof: proof.accountProof });
      mustEqual(claim.account, proven);
      return [claim.block, `account ${claim.address} in block ${claim.block}`];
    }
    case 'storage': {
      if (proof.kind !== 'storage') throw wrongKind(claim, proof);
      const { stateRoot } = headerOf(claim.block);
      const { values: proven } = verifyStateProof({
        stateRoot,
        address: claim.address,
        slots: claim.slots,
        proof,
      });
      mustEqual(claim.values, proven);
      return [claim.block, `${proven.length} storage words of ${claim.address} in block ${claim.block}`];
    }
    case 'code': {
      if (proof.kind !== 'code') throw wrongKind(claim, proof);
      const { stateRoot } = headerOf(claim.block);
      const { codeHash } = verifyAccountProof({
        stateRoot,
        address: claim.address,
        proof: proof.accountProof,
      });
      mustEqual(keccak256(claim.code), codeHash);
      return [
        claim.block,
        `${claim.code.length / 2 - 1} bytes of code of ${claim.address} in block ${claim.block}`,
      ];
    }
    case 'block': {
      if (proof.kind !== 'block') throw wrongKind(claim, proof);
      const header = headerOf(claim.block);
      const { transactions } = proof;
      mustEqual(orderedTrieRoot(transactions), header.transactionsRoot);
      mustEqual(claim.hash, executionHash(header));
      mustEqual(
        claim.transactions,
        transactions.map((raw) => keccak256(raw)),
      );
      return [claim.block, `block ${claim.block}, ${transactions.length} transactions, all of them`];
    }
    case 'call': {
      if (proof.kind !== 'call') throw wrongKind(claim, proof);
      const { state } = openCall(claim, proof, headers);
      if (executed === undefined)
        throw new HskError('CLAIM_NOT_EXECUTED', 'The call of this document was not executed here', {
          action: 'Verify it where the local EVM can be started.',
        });
      mustEqual(claim.result, executed);
      return [claim.block, `${claim.method} executed on ${state.length} accounts of block ${claim.block}`];
    }
    case 'receipt': {
      if (proof.kind !== 'receipt') throw wrongKind(claim, proof);
      const header = headerOf(claim.block);
      const index = claim.outcome.transactionIndex;
      const raw = verifyTransactionInclusion({
        transactionsRoot: header.transactionsRoot,
        index,
        proof: proof.transactionProof,
      });
      if (raw !== proof.transaction.toLowerCase()) throw mismatch('the transaction is another');
      const receipts = proof.receipts.map(decodeReceipt);
      checkReceipts(header, receipts);
      if (decodeTransaction(raw).hash !== claim.transactionHash)
        throw mismatch('the hash is of another transaction');
      mustEqual(claim.outcome, transactionOutcome(header.number, index, raw, receipts));
      return [claim.block, `transaction ${index} of block ${claim.block}, ${receipts.length} receipts`];
    }
    case 'logs': {
      if (proof.kind !== 'logs') throw wrongKind(claim, proof);
      const filter = {
        addresses: [claim.address],
        topics: claim.topics.map((topic) => (topic === null ? null : [topic])),
      };
      if (claim.toBlock < claim.fromBlock) throw mismatch('the range is empty');
      const proven: ClaimedLog[] = [];
      for (let number = claim.fromBlock; number <= claim.toBlock; number++) {
        const shown = proof.blocks.find((block) => block.number === number);
        const logs = completeLogs(headerOf(number), shown?.receipts.map(decodeReceipt), filter);
        proven.push(...logs.map((log) => ({ ...log, blockNumber: number })));
      }
      mustEqual(claim.logs, proven);
      return [
        claim.toBlock,
        `${proven.length} logs, complete from block ${claim.fromBlock} to ${claim.toBlock}`,
      ];
    }
  }
}

/**
 * What became of transaction `index`, from its bytes and all receipts of its block. Both must have been
 * checked against the header's roots.
 */
export function transactionOutcome(
  blockNumber: bigint,
  index: number,
  raw: Hex,
  receipts: readonly Receipt[],
): TransactionOutcome {
  const receipt = receipts[index];
  if (!receipt) throw mismatch(`there is no receipt ${index}`);
  const { to, input } = decodeTransaction(raw);
  return {
    transactionIndex: index,
    status: receipt.status ? 'success' : 'reverted',
    gasUsed: receipt.cumulativeGasUsed - (receipts[index - 1]?.cumulativeGasUsed ?? 0n),
    from: transactionSender(raw),
    to,
    input,
    logs: placeLogs(receipts)
      .filter((log) => log.transactionIndex === index)
      .map((log) => ({ ...log, blockNumber })),
  };
}

/** @throws `CLAIM_BLOCK` */
export function headerAt(headers: readonly { header: Header }[], number: bigint): Header {
  const found = headers.find(({ header }) => header.number === number);
  if (!found)
    throw new HskError('CLAIM_BLOCK', 'A block that the claim needs is not among the headers', {
      details: `block ${number}`,
    });
  return found.header;
}

/** An account with the slots that were proven beside it. */
export interface ProvenEntry {
  address: Address;
  nonce: bigint;
  balance: bigint;
  storageRoot: Hex;
  codeHash: Hex;
  /** 32-byte slots and their words. */
  slots: [Hex, bigint][];
  /** Hashes to `codeHash`; absent where nobody has fetched it yet. */
  code?: Hex;
}

/** The state that a call was executed on, proven under its block's header. @throws the codes of the proofs, `CLAIM_MISMATCH` */
export function openCall(
  claim: Claim & { kind: 'call' },
  proof: ClaimProof & { kind: 'call' },
  headers: readonly { header: Header }[],
): { header: Header; state: ProvenEntry[] } {
  const header = headerAt(headers, claim.block);
  const { stateRoot } = header;
  const state = proof.accounts.map(({ address, slots, code, ...proof }): ProvenEntry => {
    const { account, values } = verifyStateProof({ stateRoot, address, slots, proof });
    if (code !== undefined && keccak256(code) !== account.codeHash)
      throw mismatch(`the code shown for ${address} is not its own`);
    const words = slots.map((slot, index): [Hex, bigint] => [slot, values[index]!]);
    return { address, ...account, slots: words, ...(code !== undefined && { code }) };
  });
  return { header, state };
}

/** Compares by value, whatever the order of the fields. */
function mustEqual(claimed: unknown, proven: unknown): void {
  const [said, shown] = [canonical(claimed), canonical(proven)];
  if (said !== shown) throw mismatch(`claimed ${said.slice(0, 200)}, proven ${shown.slice(0, 200)}`);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      return bigintToString(key, entry);
    return Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function mismatch(details: string): HskError {
  return new HskError('CLAIM_MISMATCH', 'The proof proves another answer than the one claimed', { details });
}

function wrongKind(claim: Claim, proof: ClaimProof): HskError {
  return new HskError('CLAIM_MISMATCH', 'The proof is of another kind than the claim', {
    details: `${proof.kind} for ${claim.kind}`,
  });
}
