import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { WalletRequestEvent } from '../../../wallet/events.ts';
import type { ApprovalRequest, Wallet } from '../../../wallet/wallet.ts';

/** Elements that can show a wallet's requests; only the first does, so that nobody is asked twice. */
const approvers = new WeakMap<Wallet, Approver[]>();

/** Shows a wallet's requests to the person, oldest first, for as long as the element is on the page. */
export class Approver implements ReactiveController {
  #wallet: Wallet | undefined;
  #detach: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    /** Called when the request to show has changed. */
    private readonly changed: (request: ApprovalRequest | undefined) => void,
  ) {
    host.addController(this);
  }

  /** The request that waits for an answer in this element. */
  get request(): ApprovalRequest | undefined {
    const wallet = this.#wallet;
    return wallet && approvers.get(wallet)?.[0] === this ? wallet.requests[0] : undefined;
  }

  attach(wallet: Wallet): void {
    if (wallet === this.#wallet) return;
    this.hostDisconnected();
    this.#wallet = wallet;
    approvers.set(wallet, [...(approvers.get(wallet) ?? []), this]);
    const detach = wallet.attachApprover();
    const tell = () => {
      this.changed(this.request);
      this.host.requestUpdate();
    };
    wallet.addEventListener(WalletRequestEvent.type, tell);
    this.#detach = () => {
      wallet.removeEventListener(WalletRequestEvent.type, tell);
      approvers.set(wallet, approvers.get(wallet)?.filter((other) => other !== this) ?? []);
      detach();
      this.#wallet = undefined;
      // The next element takes over what waits.
      if (wallet.requests.length > 0) wallet.dispatchEvent(new WalletRequestEvent());
    };
    tell();
  }

  hostDisconnected(): void {
    this.#detach?.();
    this.#detach = undefined;
  }
}
