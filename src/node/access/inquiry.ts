import type { Address, Hex } from 'viem';
import type { Chain } from '../chain/chain.ts';
import type { Disclosed } from './disclosed.ts';

/** Who looks. */
export interface Viewer {
  account: Address;
  /** Sees everything. */
  auditor: boolean;
  admitted: boolean;
  /** Whether the chain takes its transactions. */
  sends: boolean;
  /** May create contracts. */
  deployer: boolean;
}

/** One call as the policy sees it. */
export interface Inquiry {
  method: string;
  params: unknown[];
  /** Undefined: nobody has signed in. */
  viewer: Viewer | undefined;
  /** Asks the chain the same method, with the same parameters unless others are given. */
  ask(params?: unknown[]): Promise<unknown>;
  chain: Pick<Chain, 'request' | 'block' | 'head'>;
  disclosed: Disclosed;
  filters: FilterOwners;
}

/** What may leave. */
export interface Shown {
  result: unknown;
  /** Accounts that it is about; absent for what is public, which is not kept in the log. */
  about?: Address[];
}

/** What a method is for whom. */
export interface Rule {
  /**
   * `public`: the same for everybody. `own`: each its own, and what is declared public. `auditor`: only auditors.
   * `signed`: the transaction's signature is the right to it.
   */
  readonly access: 'public' | 'own' | 'auditor' | 'signed';
  show(inquiry: Inquiry): Promise<Shown>;
}

/** Whose the polling filters are: an id alone opens nothing. */
export class FilterOwners {
  readonly #owners = new Map<string, { account: Address; kind: 'blocks' | 'logs' | 'pending' }>();

  add(id: string, account: Address, kind: 'blocks' | 'logs' | 'pending'): void {
    this.#owners.set(id, { account, kind });
    // The chain keeps 4096 at most; ids that it has forgotten are of no use.
    for (const old of this.#owners.keys()) {
      if (this.#owners.size <= 8192) break;
      this.#owners.delete(old);
    }
  }

  kind(id: unknown, account: Address): 'blocks' | 'logs' | 'pending' | undefined {
    const owner = typeof id === 'string' ? this.#owners.get(id) : undefined;
    return owner?.account === account ? owner.kind : undefined;
  }

  remove(id: string): void {
    this.#owners.delete(id);
  }
}

export type Place = { blockNumber: Hex; transactionIndex: Hex };
