import { type Address, encodeEventTopics, type Hex } from 'viem';
import { hongKongDollarAbi, hongKongDollarSlots } from '../contracts/abi/HongKongDollar.ts';
import type { LightClientApi, ProvenReceipt } from '../light-client/light-client-api.ts';
import { mappingSlot } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import { hspDomain, identifier } from '../protocol/hsp.ts';
import { parseSignedReceipt } from '../protocol/hsp-json.ts';
import { sameAddress } from '../protocol/address.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { BlockRef, Proven } from '../protocol/trust.ts';
import { verifyReceipt } from '../protocol/verify-mandate.ts';
import { decodeHeaderValue, parseSettleResponse, type SettleResponse } from '../protocol/x402.ts';
import { decodeObservation, X402_PROOF_SCHEMA } from '../protocol/x402-binding.ts';
import type { PaymentPlan, SealedPayment } from './payment.ts';

type Reader = Pick<LightClientApi, 'read'>;
/** Whose authorisation it was and what it moved. */
export type Transfer = Pick<PaymentPlan, 'account' | 'authorization'>;

/** Blocks in one question for logs. */
const SPAN = 4096n;

/**
 * Holds a merchant's `PAYMENT-RESPONSE` against the payment: settled, with an HSP receipt of this very
 * mandate by the operator that the profile pins. Says where the money is claimed to have moved; that it did
 * is for the light client to prove.
 *
 * @throws `RECEIPT_MISSING`, `RECEIPT_UNREADABLE`, `RECEIPT_MISMATCH`, and the codes of `verifyReceipt`
 */
export function checkReceipt(
  profile: Pick<ChainProfile, 'execution' | 'hsp'>,
  { account, authorization }: Transfer,
  { paymentId }: Pick<SealedPayment, 'paymentId'>,
  header: string | null,
): Hex {
  const { chainId, contracts } = profile.execution;
  const { success, transaction, network, payer, amount, extensions } = readResponse(header);
  if (!success || transaction === '')
    throw mismatch('The merchant handed out the resource without a settlement', network);
  if (extensions?.['hsp'] === undefined)
    throw new HskError('RECEIPT_MISSING', 'The merchant gave no receipt for the payment', {
      details: transaction,
    });
  if (
    network !== `eip155:${chainId}` ||
    (payer !== undefined && !sameAddress(payer, account)) ||
    (amount !== undefined && amount !== authorization.value.toString())
  )
    throw mismatch('The merchant confirms another payment', `${network} ${payer ?? ''} ${amount ?? ''}`);
  const { receipt, adapterProof, signature } = readable(() =>
    parseSignedReceipt(extensions['hsp'], 'extensions.hsp'),
  );
  const { settled } = verifyReceipt({
    receipt,
    signature,
    adapterProof,
    domain: hspDomain(chainId),
    paymentId,
    adapters: profile.hsp.adapters,
  });
  const observed = decodeObservation(adapterProof);
  if (
    !settled ||
    receipt.adapterId !== identifier('adapter:x402') ||
    receipt.proofSchemaId !== X402_PROOF_SCHEMA ||
    observed.chainId !== BigInt(chainId) ||
    !sameAddress(observed.token, contracts.stablecoin) ||
    observed.authorizationNonce.toLowerCase() !== authorization.nonce ||
    observed.transactionHash.toLowerCase() !== transaction
  )
    throw mismatch('The receipt is of another settlement', observed.transactionHash);
  return transaction;
}

/**
 * Whether a proven transaction used this authorisation and moved its amount.
 *
 * @throws `TRANSFER_MISMATCH`
 */
export function checkTransfer(
  { execution }: Pick<ChainProfile, 'execution'>,
  { account, authorization }: Transfer,
  receipt: ProvenReceipt,
): void {
  const { to, value, nonce } = authorization;
  const logs = receipt.logs.filter(({ address }) => sameAddress(address, execution.contracts.stablecoin));
  const used = logs.find(({ topics }) => sameTopics(topics, useTopics(account, nonce)));
  // The token writes the transfer right after the use of the nonce that allowed it.
  const moved = logs.find(({ logIndex }) => logIndex === (used?.logIndex ?? 0) + 1);
  const transfer = encodeEventTopics({
    abi: hongKongDollarAbi,
    eventName: 'Transfer',
    args: { from: account, to },
  }) as Hex[];
  const right =
    receipt.status === 'success' &&
    used !== undefined &&
    moved !== undefined &&
    sameTopics(moved.topics, transfer) &&
    moved.data !== '0x' &&
    BigInt(moved.data) === value;
  if (!right)
    throw new HskError('TRANSFER_MISMATCH', 'The transaction did not move this payment', {
      details: receipt.transactionHash,
      action: 'The resource is withheld. Save the evidence and ask the merchant.',
    });
}

/** Whether the token has taken this authorisation, proven from its storage, and as of which block. */
export async function readAuthorizationUse(
  reader: Reader,
  profile: Pick<ChainProfile, 'execution'>,
  { account, authorization }: Transfer,
): Promise<{ used: boolean; block: BlockRef }> {
  const ofAccount = BigInt(mappingSlot(hongKongDollarSlots.usedNonces, account));
  const { value, block } = await reader.read({
    kind: 'storage',
    address: profile.execution.contracts.stablecoin,
    slots: [mappingSlot(ofAccount, authorization.nonce)],
  });
  return { used: value[0] !== 0n, block };
}

/** The proven receipt of the transaction that used this authorisation, whoever sent it. */
export async function findTransfer(
  reader: Reader,
  profile: Pick<ChainProfile, 'execution'>,
  { account, authorization, since }: Transfer & Pick<PaymentPlan, 'since'>,
  newest: bigint,
): Promise<Proven<ProvenReceipt> | undefined> {
  for (let fromBlock = since; fromBlock <= newest; fromBlock += SPAN) {
    const { value } = await reader.read({
      kind: 'logs',
      address: profile.execution.contracts.stablecoin,
      topics: useTopics(account, authorization.nonce),
      fromBlock,
      toBlock: fromBlock + SPAN - 1n < newest ? fromBlock + SPAN - 1n : newest,
    });
    const log = value[0];
    if (log) return reader.read({ kind: 'receipt', transactionHash: log.transactionHash });
  }
  return undefined;
}

function useTopics(authorizer: Address, nonce: Hex): Hex[] {
  return encodeEventTopics({
    abi: hongKongDollarAbi,
    eventName: 'AuthorizationUsed',
    args: { authorizer, nonce },
  }) as Hex[];
}

function sameTopics(a: readonly Hex[], b: readonly Hex[]): boolean {
  return a.length === b.length && a.every((topic, index) => topic.toLowerCase() === b[index]!.toLowerCase());
}

function readResponse(header: string | null): SettleResponse {
  if (header === null)
    throw new HskError('RECEIPT_MISSING', 'The merchant gave no receipt for the payment', {
      details: 'no PAYMENT-RESPONSE header',
    });
  return readable(() => parseSettleResponse(decodeHeaderValue(header), 'PAYMENT-RESPONSE'));
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new HskError('RECEIPT_UNREADABLE', 'The merchant’s receipt cannot be read', {
      details: cause instanceof HskError ? cause.message : 'not base64 of JSON',
      cause,
    });
  }
}

function mismatch(message: string, details: string): HskError {
  return new HskError('RECEIPT_MISMATCH', message, { details, action: 'The resource is withheld.' });
}
