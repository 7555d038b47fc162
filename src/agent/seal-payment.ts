import { type Address, bytesToHex, type Hex, zeroHash } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { addressRecipient, eoaSigner, type Mandate } from '../protocol/hsp.ts';
import { parseGrant } from '../protocol/hsp-json.ts';
import { payeeProof } from '../protocol/agent-mandate.ts';
import { sameAddress } from '../protocol/address.ts';
import type { PaymentRequirements } from '../protocol/x402.ts';
import { requirementRef, verifySignedMandate } from '../protocol/x402-binding.ts';
import type { Budget, SignedPayment } from '../wallet/vault-api.ts';
import type { PaymentPlan, SealedPayment } from './payment.ts';

/** The longest that money stands promised, in seconds. */
const LONGEST_VALIDITY = 300n;
/** After its transfer could still settle, a mandate lets its receipt be asked for. Seconds. */
const RECEIPT_PERIOD = 3600n;

/** A fresh 32 bytes. */
export function freshNonce(): Hex {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * What is going to be signed for these terms.
 *
 * @param now seconds since 1970
 */
export function planPayment(
  { account, expiry, payees }: Pick<Budget, 'account' | 'expiry' | 'payees'>,
  terms: PaymentRequirements,
  { url, nonce, since, now }: { url: string; nonce: Hex; since: bigint; now: bigint },
): PaymentPlan {
  const wanted = [now + BigInt(terms.maxTimeoutSeconds), now + LONGEST_VALIDITY, expiry];
  const validBefore = wanted.reduce((least, time) => (time < least ? time : least));
  return {
    terms,
    account: account.toLowerCase() as Address,
    authorization: {
      to: terms.payTo,
      value: BigInt(terms.amount),
      validAfter: 0n,
      validBefore,
      nonce,
      deadline: validBefore + RECEIPT_PERIOD,
      mandateNonce: freshNonce(),
      requirementRef: requirementRef(url, terms),
    },
    // With one payee the path is empty.
    ...(payees.length > 1 && { payeeProof: payeeProof(payees, terms.payTo) }),
    since,
  };
}

/**
 * Puts what the vault signed together with what it signed, and checks that the two agree: nothing is
 * presented that a merchant would have to refuse.
 *
 * @throws `SEAL_MISMATCH`, and the codes of `verifySignedMandate`
 */
export function sealPayment(
  { chainId, token, grant }: Pick<Budget, 'chainId' | 'token' | 'grant'>,
  { account, authorization }: PaymentPlan,
  signed: SignedPayment,
  now: bigint,
): SealedPayment {
  const { to, value, nonce, deadline, mandateNonce, requirementRef: ref } = authorization;
  const mandate: Mandate = {
    nonce: mandateNonce,
    signer: eoaSigner(account),
    grantRef: grant.hash,
    requirementRef: ref,
    recipient: addressRecipient(to),
    token,
    amount: value,
    chainId: BigInt(chainId),
    deadline,
    settlementBinding: nonce,
    requiredCapabilitiesHash: zeroHash,
  };
  const signedMandate = {
    mandate,
    signature: signed.mandateSignature,
    grant: parseGrant(JSON.parse(grant.json), 'budget.grant'),
    grantSignature: grant.signature,
  };
  const { paymentId, signer, recipient } = verifySignedMandate(signedMandate, chainId, now);
  if (paymentId !== signed.paymentId || !sameAddress(signer, account) || !sameAddress(recipient, to))
    throw new HskError('SEAL_MISMATCH', 'The vault signed another payment than it was asked for', {
      details: `${signed.paymentId}, expected ${paymentId}`,
      action: 'Nothing was presented. Reload the page.',
    });
  return { signature: signed.authorization, mandate: signedMandate, paymentId };
}
