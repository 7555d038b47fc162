import type { Account } from '@ethereumjs/util';

/** What a call has written since its last checkpoint. Addresses and slots as hexadecimal text. */
export class StateLayer {
  /** `undefined`: deleted. */
  readonly accounts = new Map<string, Account | undefined>();
  readonly #storage = new Map<string, Map<string, Uint8Array>>();
  /** Accounts whose storage below this layer is gone. */
  readonly #cleared = new Set<string>();

  /** The word that this layer decides; `undefined` leaves it to what is below. */
  word(address: string, slot: string): Uint8Array | undefined {
    return (
      this.#storage.get(address)?.get(slot) ?? (this.#cleared.has(address) ? new Uint8Array() : undefined)
    );
  }

  write(address: string, slot: string, word: Uint8Array): void {
    const words = this.#storage.get(address) ?? new Map<string, Uint8Array>();
    this.#storage.set(address, words.set(slot, word));
  }

  clear(address: string): void {
    this.#storage.delete(address);
    this.#cleared.add(address);
  }

  /** Takes over what the layer above has written. */
  absorb(above: StateLayer): void {
    for (const [address, account] of above.accounts) this.accounts.set(address, account);
    for (const address of above.#cleared) this.clear(address);
    for (const [address, words] of above.#storage)
      for (const [slot, word] of words) this.write(address, slot, word);
  }
}
