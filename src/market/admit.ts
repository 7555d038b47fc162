import { type Address, type Hex, keccak256 } from 'viem';
import type { ProvingProgress } from '../identity/prover-api.ts';
import { HskError, toHskError } from '../protocol/errors.ts';
import type { Product } from '../protocol/profile.ts';
import type { SendProgress } from '../wallet/send.ts';
import { admitCalldata } from './admission.ts';
import { askFaucet } from './faucet.ts';
import type { PurchaseJournal } from './purchase-journal.ts';
import type { PurchaseRooms } from './purchase-rooms.ts';

/** Milliseconds between two looks whether the faucet's gas has come. */
const PACE = 500;

/** Who wants to be admitted to what, and where a sent admission is kept. */
export interface Admitting<F> {
  rooms: PurchaseRooms<F>;
  product: Product;
  buyer: Address;
  journal: PurchaseJournal;
}

/** Told on the way. */
export interface AdmittingSteps {
  proving(progress: ProvingProgress): void;
  /** The proof is made and on disk. @returns false when nobody wants it any more */
  proved(): boolean;
  sent(): void;
  progress(progress: SendProgress): void;
}

/**
 * Proves that the buyer may hold the product and has the registry admit the wallet.
 *
 * @throws as `PurchaseIdentity.prove` and `sendAdmission`
 */
export async function proveAndAdmit<F>(admitting: Admitting<F>, steps: AdmittingSteps): Promise<void> {
  const { rooms, product, buyer, journal } = admitting;
  const [proof] = await Promise.all([
    rooms.identity.prove(product, buyer, (progress) => steps.proving(progress)),
    ensureGas(rooms, buyer),
  ]);
  const calldata = admitCalldata(product, proof);
  const entry = { kind: 'admission', token: product.token, buyer } as const;
  await journal.write({ ...entry, calldata });
  if (steps.proved()) await sendAdmission(admitting, calldata, steps);
  else await journal.remove(entry);
}

/** Sends a call of `admit` and waits until it is proven. @throws `ADMISSION_REFUSED`, and as `Wallet.send` */
export async function sendAdmission<F>(
  { rooms, product, buyer, journal }: Admitting<F>,
  calldata: Hex,
  steps: Pick<AdmittingSteps, 'sent' | 'progress'>,
): Promise<void> {
  try {
    const { value } = await rooms.wallet.send({
      id: `admit:${buyer}:${keccak256(calldata)}`,
      from: buyer,
      to: rooms.profile.execution.contracts.identityRegistry,
      data: calldata,
      describe: `Admission to ${product.symbol}`,
      onSent: () => steps.sent(),
      onProgress: (progress) => steps.progress(progress),
    });
    if (value.status === 'reverted')
      throw new HskError('ADMISSION_REFUSED', 'The registry did not accept the proof', {
        details: `transaction ${value.transactionHash} reverted`,
        action: 'Prove again.',
      });
  } catch (error) {
    if (toHskError(error).code !== 'CALL_REVERTS') throw error;
    throw new HskError('ADMISSION_REFUSED', 'The registry would not accept the proof', {
      action: 'Prove again.',
      cause: error,
    });
  } finally {
    await journal.remove({ kind: 'admission', token: product.token, buyer });
  }
}

/** Transactions cost gas: on a test network the faucet pays it. */
async function ensureGas<F>({ profile, lightClient }: PurchaseRooms<F>, buyer: Address): Promise<void> {
  const { faucet } = profile.services;
  const balance = async () => (await lightClient.read({ kind: 'account', address: buyer })).value.balance;
  if (!faucet || (await balance()) > 0n) return;
  await askFaucet(faucet, buyer);
  for (let tries = 0; tries < 30 && (await balance()) === 0n; tries++)
    await new Promise((resolve) => {
      setTimeout(resolve, PACE);
    });
}
