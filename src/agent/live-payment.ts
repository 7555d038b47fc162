import { advance, type PaymentEvent, type PaymentState } from './payment.ts';
import type { PaymentJournal } from './payment-journal.ts';

/** A payment that somebody is working on: it moves only by events, and is kept before anything follows from it. */
export class LivePayment {
  constructor(
    public state: PaymentState,
    private readonly journal: Pick<PaymentJournal, 'put'>,
    private readonly onChange: () => void,
  ) {}

  /** Resolves when the new state is durable. A request that has signed nothing yet is not worth keeping. */
  async move(event: PaymentEvent): Promise<void> {
    const next = advance(this.state, event);
    if (next === this.state) return;
    if (next.status !== 'asking') await this.journal.put(next);
    this.state = next;
    this.onChange();
  }
}
