import { type Address, bytesToHex } from 'viem';
import { HskError } from '../../../protocol/errors.ts';
import { lookAlike } from '../../../wallet/look-alike.ts';
import type { Asset } from '../account/assets.ts';
import type { OpenView } from '../view.ts';
import { knownRecipients } from './recipient.ts';
import type { SendOrder } from './send-machine.ts';
import { transferCall } from './transfer-call.ts';

/**
 * Everything that can be known before signing: what it costs, whether the contract would take it, and
 * whether the recipient is who they seem.
 *
 * @throws the codes of `Wallet.estimate`; `GAS_MISSING`; for a fund `RECIPIENT_NOT_ADMITTED` and
 * `SENDER_NOT_ADMITTED` where the registry's proven record explains the refusal
 */
export async function checkTransfer(
  { session, account }: Pick<OpenView, 'session' | 'account'>,
  asset: Asset,
  to: Address,
  amount: bigint,
): Promise<SendOrder> {
  const { wallet, profile, lightClient } = session;
  const call = transferCall(asset, to, amount);
  const [fees, native, sent] = await Promise.all([
    wallet.estimate(call).catch((error: unknown) => explain(error, session, account, asset, to)),
    lightClient.read({ kind: 'account', address: account }),
    wallet.sent(),
  ]);
  const needed = call.value + fees.fee;
  if (native.value.balance < needed)
    throw new HskError('GAS_MISSING', 'This wallet holds too little to pay the network fee', {
      details: `${native.value.balance} wei, needed ${needed}`,
    });
  const known = knownRecipients(sent, profile);
  return {
    id: `send-${bytesToHex(crypto.getRandomValues(new Uint8Array(16)))}`,
    asset,
    to,
    amount,
    fees,
    alike: lookAlike(to, [account, ...known]),
    first: !known.some((address) => address.toLowerCase() === to.toLowerCase()),
  };
}

/** A fund refuses whoever is not admitted; the registry's storage says, by proof, who that is. */
async function explain(
  refusal: unknown,
  { lightClient, profile }: OpenView['session'],
  account: Address,
  asset: Asset,
  to: Address,
): Promise<never> {
  if (!(refusal instanceof HskError) || refusal.code !== 'CALL_REVERTS' || asset.kind !== 'fund')
    throw refusal;
  // Needed only where a fund refuses, and heavy.
  const { readAdmission } = await import('../../../market/admission.ts');
  const admitted = async (holder: Address) =>
    (await readAdmission(lightClient, profile, asset.product, holder)).value.admitted;
  const [recipient, sender] = await Promise.all([admitted(to), admitted(account)]).catch(() => [true, true]);
  if (recipient && sender) throw refusal;
  throw new HskError(
    recipient ? 'SENDER_NOT_ADMITTED' : 'RECIPIENT_NOT_ADMITTED',
    'The fund does not admit this transfer',
    { ...(refusal.details !== undefined && { details: refusal.details }), cause: refusal },
  );
}
