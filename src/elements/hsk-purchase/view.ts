import type { Admission } from '../../market/admission.ts';
import type { Holding } from '../../market/holdings.ts';
import type { Offer } from '../../market/products.ts';
import type { PurchaseState, PurchaseStep } from '../../market/purchase-machine.ts';
import type { Renewal } from '../../market/renewal.ts';
import type { Product } from '../../protocol/profile.ts';
import type { Proven } from '../../protocol/trust.ts';
import type { Session } from '../shared/session.ts';
import type { PurchaseWords } from './hsk-purchase.messages.ts';

/** What every part of the purchase draws from. */
export interface View {
  t: PurchaseWords;
  /** For `Intl`. */
  language: string;
  session: Session;
  product: Product;
  offer: Offer | undefined;
  cash: Proven<bigint> | undefined;
  holding: Holding | undefined;
  admission: Proven<Admission> | undefined;
  renewal: Renewal;
  /** Last day of the credential that satisfies the product, YYYYMMDD. */
  credentialEnds: number | undefined;
  /** Seconds since 1970; moves every second while something counts down. */
  now: number;
}

/** The view of one step: its state is known. */
export type StepView<S extends PurchaseStep> = View & { state: Extract<PurchaseState, { step: S }> };
