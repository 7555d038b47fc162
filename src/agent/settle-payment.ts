import type { Hex } from 'viem';
import type { LightClientApi, ProvenReceipt } from '../light-client/light-client-api.ts';
import { HskError, serializeError, toHskError } from '../protocol/errors.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { VaultApi } from '../wallet/vault-api.ts';
import type { LivePayment } from './live-payment.ts';
import { type Fetch, type MerchantAnswer, presentPayment } from './merchant-answer.ts';
import { pause } from './pause.ts';
import { isOpen, type OpenPayment, type PaymentState, type TransferProof } from './payment.ts';
import { checkReceipt, checkTransfer, findTransfer, readAuthorizationUse } from './prove-payment.ts';

export interface SettleParts {
  profile: ChainProfile;
  lightClient: Pick<LightClientApi, 'read'>;
  vault: Pick<VaultApi, 'releasePayment'>;
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds that a transfer with a valid receipt has to become provable. */
  patience: number;
}

/** Milliseconds. */
const PACE = { retry: 500, longest: 5000, proof: 250 };
/** Presentations after the money is proven to have moved and the time is over. */
const LAST_TRIES = 3;

type Sealed = Extract<PaymentState, { status: 'presented' | 'proving' | 'failed' }>;

/**
 * Presents a payment until its outcome is proven, always the same bytes: the answer is what was paid for.
 * Ends in an error as soon as the answer is a lie, or when the time of the authorisation is over.
 *
 * @throws `PAYMENT_LAPSED` when it is proven that nothing was paid, `PAYMENT_WITHOUT_RESOURCE` when it is
 * proven that it was; `PAYMENT_UNPROVEN`, `TRANSFER_MISMATCH` and the codes of `checkReceipt` for a lie;
 * `VAULT_LOCKED` when the budget has to be given back what lapsed; the signal's reason
 */
export async function settlePayment(
  parts: SettleParts,
  payment: LivePayment,
  signal: AbortSignal,
): Promise<MerchantAnswer> {
  for (let tries = 0, triesAfterUse = 0; ; tries++) {
    signal.throwIfAborted();
    const { state } = payment;
    let problem: unknown;
    if (state.status === 'presented' || state.status === 'proving' || state.status === 'failed')
      try {
        return await attempt(parts, payment, state, signal);
      } catch (error) {
        signal.throwIfAborted();
        problem = error;
        await payment.move({ type: 'problem', error: serializeError(error) });
      }
    if (await isUsed(parts, payment)) triesAfterUse++;
    if (triesAfterUse >= LAST_TRIES) await giveUpResource(parts, payment);
    if (payment.state.status === 'failed') throw toHskError(problem, 'PAYMENT_UNPROVEN');
    await pause(Math.min(PACE.retry * 1.6 ** tries, PACE.longest), signal);
  }
}

/** Presents a payment that is proven to be paid once more, for its resource. @throws as the merchant lets it */
export async function redeem(
  { fetch, profile }: Pick<SettleParts, 'fetch' | 'profile'>,
  { url, plan, sealed }: Extract<PaymentState, { status: 'paid' }>,
  signal: AbortSignal,
): Promise<MerchantAnswer> {
  for (let tries = 1; ; tries++)
    try {
      const answer = await presentPayment(fetch, url, plan, sealed, signal);
      checkReceipt(profile, plan, sealed, answer.headers.get('PAYMENT-RESPONSE'));
      return answer;
    } catch (error) {
      if (tries >= LAST_TRIES) throw error;
      await pause(PACE.retry * 2 ** tries, signal);
    }
}

/** Reads a proven transfer again, at the rung it has reached by now. */
export async function proveTransfer(
  { lightClient, profile }: Pick<SettleParts, 'lightClient' | 'profile'>,
  { plan }: Pick<Sealed, 'plan'>,
  transactionHash: Hex,
): Promise<TransferProof> {
  const proven = await lightClient.read({ kind: 'receipt', transactionHash });
  checkTransfer(profile, plan, proven.value);
  return toProof(proven);
}

async function attempt(
  parts: SettleParts,
  payment: LivePayment,
  state: Sealed,
  signal: AbortSignal,
): Promise<MerchantAnswer> {
  const { profile, fetch } = parts;
  const answer = await presentPayment(fetch, state.url, state.plan, state.sealed, signal);
  const withhold = async (error: unknown): Promise<never> => {
    await payment.move({ type: 'withheld', error: serializeError(error) });
    throw error;
  };
  let transaction: Hex;
  try {
    transaction = checkReceipt(profile, state.plan, state.sealed, answer.headers.get('PAYMENT-RESPONSE'));
  } catch (error) {
    return withhold(error);
  }
  await payment.move({ type: 'receipted', transaction });
  let proof: TransferProof;
  try {
    proof = await awaitTransfer(parts, state, transaction, signal);
  } catch (error) {
    signal.throwIfAborted();
    return withhold(error);
  }
  await payment.move({ type: 'proven', proof });
  return answer;
}

/** Waits for the block of the transfer to be attested. @throws `PAYMENT_UNPROVEN`, `TRANSFER_MISMATCH` */
async function awaitTransfer(
  parts: SettleParts,
  state: Sealed,
  transaction: Hex,
  signal: AbortSignal,
): Promise<TransferProof> {
  for (let until = parts.now() + parts.patience; ; await pause(PACE.proof, signal))
    try {
      return await proveTransfer(parts, state, transaction);
    } catch (error) {
      const { code } = toHskError(error);
      if (code === 'TRANSFER_MISMATCH') throw error;
      if (parts.now() >= until)
        throw new HskError('PAYMENT_UNPROVEN', 'The transfer that the receipt names cannot be proven', {
          details: transaction,
          action: 'The resource is withheld. Try again: the same payment is presented.',
          cause: error,
        });
    }
}

/**
 * Once its time is over, asks the chain whether the authorisation was used. Unused under a block that is
 * past its time it can never be: the budget is given it back.
 *
 * @throws `PAYMENT_LAPSED`, `VAULT_LOCKED`
 */
async function isUsed({ profile, lightClient, vault, now }: SettleParts, payment: LivePayment) {
  const { state } = payment;
  if (!isOpen(state)) return false;
  const { validBefore } = state.plan.authorization;
  if (BigInt(Math.floor(now() / 1000)) < validBefore) return false;
  // While nothing can be proven the question stays open.
  const use = await readAuthorizationUse(lightClient, profile, state.plan).catch(() => undefined);
  if (!use || use.used) return use?.used ?? false;
  if (use.block.timestamp < validBefore) return false;
  await vault.releasePayment(state.budgetId, state.id);
  const lapsed = new HskError('PAYMENT_LAPSED', 'The payment was not taken in time', {
    details: `unused at block ${use.block.number}, valid before ${validBefore}`,
    action: 'Nothing was paid. Try again.',
  });
  await payment.move({ type: 'lapsed', error: serializeError(lapsed) });
  throw lapsed;
}

/** The money has moved and the merchant does not hand out what it was for. @throws `PAYMENT_WITHOUT_RESOURCE` */
async function giveUpResource({ profile, lightClient }: SettleParts, payment: LivePayment): Promise<void> {
  const state = payment.state as OpenPayment;
  const { block } = await readAuthorizationUse(lightClient, profile, state.plan);
  const found = await findTransfer(lightClient, profile, state.plan, block.number);
  if (!found) return;
  checkTransfer(profile, state.plan, found.value);
  const lost = new HskError('PAYMENT_WITHOUT_RESOURCE', 'The merchant was paid and did not deliver', {
    details: found.value.transactionHash,
    action: 'Save the evidence of the transfer and ask the merchant.',
  });
  await payment.move({ type: 'lost', proof: toProof(found), error: serializeError(lost) });
  throw lost;
}

function toProof({ value, rung, evidenceId }: Proven<ProvenReceipt>): TransferProof {
  return { transaction: value.transactionHash, rung, evidenceId };
}
