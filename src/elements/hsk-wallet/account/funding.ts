import type { Address } from 'viem';
import { serializeError, type SerializedError } from '../../../protocol/errors.ts';
import { askFaucet } from '../../../market/faucet.ts';

/** Milliseconds after which money from the faucet is no longer waited for. */
const PATIENCE = 20_000;

/** Test dollars on their way from the faucet; the balance tells when they have come. */
export class Funding {
  busy = false;
  error: SerializedError | undefined;

  constructor(private readonly changed: () => void) {}

  async ask(url: string, account: Address): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = undefined;
    this.changed();
    try {
      await askFaucet(url, account);
      setTimeout(() => this.arrived(), PATIENCE);
    } catch (error) {
      this.error = serializeError(error);
      this.busy = false;
    }
    this.changed();
  }

  arrived(): void {
    if (!this.busy) return;
    this.busy = false;
    this.changed();
  }
}
