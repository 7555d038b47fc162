import type { Address } from 'viem';
import type { LightClientApi, LightClientStatus } from '../light-client/light-client-api.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { VaultApi } from './vault-api.ts';

export interface SessionParts {
  vault: Pick<VaultApi, 'signIn'>;
  lightClient: Pick<LightClientApi, 'subscribe' | 'unsubscribe' | 'signInTerms' | 'signIn' | 'signOut'>;
  profile: ChainProfile;
}

/** Milliseconds until a sign-in that failed is tried again. */
const RETRY = 5000;

/**
 * Keeps the unlocked account signed in at a chain whose reads are private: no prompt, since it moves nothing and
 * goes to the node that the page's profile pins. On other chains it does nothing.
 */
export class SessionKeeper {
  readonly #parts: SessionParts;
  readonly #private: boolean;
  #account: Address | undefined;
  #status: LightClientStatus | undefined;
  #subscription: Promise<number> | undefined;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#private = parts.profile.execution.access?.reads === 'private';
    if (!this.#private) return;
    this.#subscription = parts.lightClient.subscribe((status) => {
      this.#status = status;
      this.#look();
    });
    this.#subscription.catch(() => undefined);
  }

  /** The account that is unlocked now; undefined while the wallet is locked. */
  use(account: Address | undefined): void {
    if (!this.#private || account === this.#account) return;
    const before = this.#account;
    this.#account = account;
    if (before) this.#parts.lightClient.signOut().catch(() => undefined);
    this.#look();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#account = undefined;
    void this.#subscription?.then((id) => this.#parts.lightClient.unsubscribe(id)).catch(() => undefined);
  }

  #look(): void {
    if (this.#busy || !this.#account || !this.#status?.signIn) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    this.#signIn(this.#account)
      .catch(() => void (this.#timer = setTimeout(() => this.#look(), RETRY)))
      .finally(() => (this.#busy = false));
  }

  async #signIn(account: Address): Promise<void> {
    const { lightClient, vault, profile } = this.#parts;
    const terms = await lightClient.signInTerms();
    if (!terms) return;
    const { admitted } = await lightClient.signIn(await vault.signIn(account, terms));
    // A test network's faucet admits whom it funds; an institution admits its customers itself.
    if (!admitted && profile.services.faucet) await askAdmission(profile.services.faucet, account);
  }
}

/** What comes of it shows in the balance; a faucet that is dry or was asked before changes nothing here. */
async function askAdmission(faucet: string, address: Address): Promise<void> {
  await fetch(faucet, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address }),
  }).catch(() => undefined);
}
