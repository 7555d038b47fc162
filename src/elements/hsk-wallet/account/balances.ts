import type { Address } from 'viem';
import { serializeError, type SerializedError } from '../../../protocol/errors.ts';
import type { Proven } from '../../../protocol/trust.ts';
import type { Session } from '../../shared/session.ts';
import { type Asset, assetsOf, readBalance } from './assets.ts';

/** A proven balance, and why the last attempt to read it anew failed. */
export interface Balance {
  asset: Asset;
  proven?: Proven<bigint>;
  error?: SerializedError;
}

/** A head is missing only until the first one is verified. */
export function isRefusal({ code }: SerializedError): boolean {
  return code !== 'HEADS_MISSING';
}

/** Milliseconds between two tries of what will come by itself. */
const PACE = 3000;

/** What an account holds, read again with every attested block. */
export class Balances {
  readonly list: readonly Balance[];
  /** The attested block the last reading was asked for. */
  #seen: bigint | undefined;
  #reading = false;
  /** Milliseconds since 1970; what failed is asked again without waiting for a block. */
  #retryAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly session: Session,
    readonly account: Address,
    private readonly changed: () => void,
  ) {
    this.list = assetsOf(session.profile).map((asset) => ({ asset }));
  }

  of(asset: Asset): Balance {
    return this.list.find((balance) => balance.asset === asset)!;
  }

  /** True when everything is proven to be nothing, save what pays for fees. */
  get empty(): boolean {
    return this.list.every(({ asset, proven }) => asset.kind === 'native' || proven?.value === 0n);
  }

  /** Why a balance could not be read anew; what is shown of it is then older than the newest block. */
  get refused(): SerializedError | undefined {
    return this.list.map(({ error }) => error).find((error) => error && isRefusal(error));
  }

  /** Reads when there is a block that was not read yet. */
  follow(): void {
    const head = this.session.status.heads.attested?.number;
    if (head === undefined || this.#reading) return;
    if (head === this.#seen && Date.now() < this.#retryAt) return;
    this.#seen = head;
    this.#retryAt = Number.POSITIVE_INFINITY;
    void this.#read();
  }

  async #read(): Promise<void> {
    const { lightClient, profile } = this.session;
    this.#reading = true;
    await Promise.all(
      this.list.map(async (balance) => {
        try {
          balance.proven = await readBalance(lightClient, profile, balance.asset, this.account);
          delete balance.error;
        } catch (error) {
          balance.error = serializeError(error);
          this.#retryAt = Date.now() + PACE;
        }
        this.changed();
      }),
    );
    this.#reading = false;
    this.follow();
  }
}
