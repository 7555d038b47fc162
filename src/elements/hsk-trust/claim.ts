import { html, type TemplateResult } from 'lit';
import { formatUnits } from 'viem';
import type { Claim } from '../../protocol/evidence.ts';
import { renderAddress, renderHash } from '../shared/address.ts';
import type { TrustWords } from './hsk-trust.messages.ts';

/** What a document claims, as a person reads it. Amounts of storage words are shown as they are stored. */
export function renderClaim(
  claim: Claim,
  { t, language, currency }: { t: TrustWords; language: string; currency: string },
): TemplateResult {
  const fact = (name: unknown, value: unknown) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const facts = (...all: unknown[]) => html`<dl class="facts" part="claim">${all}</dl>`;
  const account = (address: Parameters<typeof renderAddress>[0]) => renderAddress(address, language);
  const block = (number: bigint) => t.block(number.toLocaleString(language));
  switch (claim.kind) {
    case 'account':
      return facts(
        fact(t.claimAccount, account(claim.address)),
        fact(t.claimBalance, `${formatUnits(claim.account.balance, 18)} ${currency}`),
        fact(t.claimNonce, claim.account.nonce.toLocaleString(language)),
        fact(t.claimAt, block(claim.block)),
      );
    case 'storage':
      return facts(
        fact(t.claimContract, account(claim.address)),
        claim.slots.map((slot, index) =>
          fact(
            html`${t.claimSlot} ${renderHash(slot, t.claimSlot, language)}`,
            html`<span class="mono">${claim.values[index]!.toString()}</span>`,
          ),
        ),
        fact(t.claimAt, block(claim.block)),
      );
    case 'code':
      return facts(
        fact(t.claimContract, account(claim.address)),
        fact(t.claimCode, t.claimBytes((claim.code.length / 2 - 1).toLocaleString(language))),
        fact(t.claimAt, block(claim.block)),
      );
    case 'block':
      return facts(
        fact(t.claimBlock, renderHash(claim.hash, t.claimBlock, language)),
        fact(t.claimTransactions, t.claimComplete(claim.transactions.length.toLocaleString(language))),
        fact(t.claimAt, block(claim.block)),
      );
    case 'call':
      return facts(
        claim.call.to ? fact(t.claimContract, account(claim.call.to)) : [],
        claim.call.from ? fact(t.claimFrom, account(claim.call.from)) : [],
        claim.call.data ? fact(t.claimInput, renderHash(claim.call.data, t.claimInput, language)) : [],
        fact(
          claim.method === 'eth_call' ? t.claimResult : t.claimGas,
          claim.method === 'eth_call'
            ? renderHash(claim.result, t.claimResult, language)
            : BigInt(claim.result).toLocaleString(language),
        ),
        fact(t.claimAt, block(claim.block)),
      );
    case 'receipt':
      return facts(
        fact(t.claimTransaction, renderHash(claim.transactionHash, t.claimTransaction, language)),
        fact(t.claimOutcome, claim.outcome.status === 'success' ? t.claimSucceeded : t.claimReverted),
        fact(t.claimFrom, account(claim.outcome.from)),
        claim.outcome.to ? fact(t.claimTo, account(claim.outcome.to)) : [],
        fact(t.claimEvents, claim.outcome.logs.length.toLocaleString(language)),
        fact(t.claimAt, block(claim.block)),
      );
    case 'logs':
      return facts(
        fact(t.claimContract, account(claim.address)),
        fact(t.claimEvents, t.claimComplete(claim.logs.length.toLocaleString(language))),
        fact(t.claimRange, `${block(claim.fromBlock)} – ${block(claim.toBlock)}`),
      );
  }
}
