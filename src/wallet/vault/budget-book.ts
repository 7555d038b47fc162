import { type Address, bytesToHex, hashTypedData, type Hex } from 'viem';
import { TRANSFER_WITH_AUTHORIZATION_TYPES, stablecoinDomain } from '../../protocol/eip3009.ts';
import {
  addressRecipient,
  type DelegationGrant,
  eoaSigner,
  grantHash,
  hspDomain,
  type Mandate,
  mandateHash,
} from '../../protocol/hsp.ts';
import type { Budget, BudgetLimits, BudgetPayment, SignedPayment, VaultAccount } from '../vault-api.ts';
import { checkLimits, checkPayment, checkRelease, checkRepeat } from './budget-rules.ts';
import { BUDGET_INDEX, type DerivedKey, type OpenKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import type { Locks } from './locks.ts';
import { signDigest } from './sign.ts';
import type { VaultStore } from './vault-store.ts';

const ZERO: Hex = `0x${'00'.repeat(32)}`;
const LOCK = 'hsk-vault-ledger';
/**
 * Seconds by which a grant starts before it is signed. Whoever checks it goes by a clock of its own
 * (`GRANT_NOT_YET`), which may be behind the browser's; its mandates are younger, so nothing more is allowed.
 */
const CLOCK_SLACK = 60n;

/**
 * Budgets of an open vault. Every step reads the ledger, decides and writes it under one lock that all tabs
 * share, and writes before it hands out a signature: two tabs cannot spend the same remainder.
 */
export class BudgetBook {
  readonly #ledger: Ledger;

  constructor(
    private readonly keys: OpenKeys,
    store: VaultStore,
    private readonly locks: Locks,
    /** Seconds since 1970. */
    private readonly now: () => bigint,
  ) {
    this.#ledger = new Ledger(store, keys.ledgerKey);
  }

  list(): Promise<Budget[]> {
    return this.locks.exclusive(LOCK, () => this.#ledger.budgets());
  }

  /** The accounts of all budgets, opened ones and stopped ones. */
  async accounts(): Promise<VaultAccount[]> {
    const budgets = await this.list();
    return budgets.map(({ account, id }) => ({ address: account, index: indexOf(id), purpose: 'budget' }));
  }

  open(owner: DerivedKey, limits: BudgetLimits): Promise<Budget> {
    return this.locks.exclusive(LOCK, async () => {
      const now = this.now();
      checkLimits(limits, owner.address, now);
      const budgets = await this.#ledger.budgets();
      const index = Math.max(BUDGET_INDEX - 1, ...budgets.map(({ id }) => indexOf(id))) + 1;
      const { address: account } = this.keys.derive(index);
      const grant: DelegationGrant = {
        principal: eoaSigner(owner.address),
        agent: eoaSigner(account),
        onchainPermissionRef: ZERO,
        payerRequiredCaps: [],
        payerAllowedCaps: [],
        notBefore: now - CLOCK_SLACK,
        expiry: limits.expiry,
        nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
      };
      const hash = grantHash(hspDomain(limits.chainId), grant);
      const { token, chainId, total, perPayment, expiry, payees, label } = limits;
      const budget: Budget = {
        token,
        chainId,
        total,
        perPayment,
        expiry,
        payees: [...payees],
        label,
        id: String(index),
        account,
        signed: 0n,
        status: 'open',
        grant: { hash, json: grantJson(grant), signature: await signDigest(owner, hash) },
      };
      await this.#ledger.put(budget);
      return budget;
    });
  }

  sign(budgetId: string, payment: BudgetPayment): Promise<SignedPayment> {
    return this.locks.exclusive(LOCK, async () => {
      const budget = await this.#ledger.budget(budgetId);
      const known = await this.#ledger.payment(budgetId, payment.nonce);
      if (known) checkRepeat(known, payment);
      else {
        checkPayment(budget, payment, this.now());
        const { to, value, validAfter, validBefore, nonce, deadline, mandateNonce, requirementRef } = payment;
        await this.#ledger.put(
          { ...budget, signed: budget.signed + value },
          {
            budgetId,
            payment: { to, value, validAfter, validBefore, nonce, deadline, mandateNonce, requirementRef },
            status: 'signed',
          },
        );
      }
      return this.#signatures(budget, payment);
    });
  }

  release(budgetId: string, nonce: Hex): Promise<void> {
    return this.locks.exclusive(LOCK, async () => {
      const known = await this.#ledger.payment(budgetId, nonce);
      if (!known || known.status === 'released') return;
      checkRelease(known, this.now());
      const budget = await this.#ledger.budget(budgetId);
      const signed = budget.signed - known.payment.value;
      await this.#ledger.put({ ...budget, signed }, { ...known, status: 'released' });
    });
  }

  stop(
    budgetId: string,
    owner: Address,
    sweep?: { value: bigint; validBefore: bigint; nonce: Hex },
  ): Promise<{ sweep?: Hex }> {
    return this.locks.exclusive(LOCK, async () => {
      const budget = await this.#ledger.budget(budgetId);
      if (budget.status !== 'stopped') await this.#ledger.put({ ...budget, status: 'stopped' });
      if (!sweep) return {};
      return { sweep: await this.#authorize(budget, { ...sweep, to: owner, validAfter: 0n }) };
    });
  }

  /** The budget whose account this is. */
  async find(account: Address): Promise<Budget | undefined> {
    return (await this.list()).find((budget) => budget.account.toLowerCase() === account.toLowerCase());
  }

  /** RFC 6979: the same payment always gives the same bytes. */
  async #signatures(budget: Budget, payment: BudgetPayment): Promise<SignedPayment> {
    const mandate: Mandate = {
      nonce: payment.mandateNonce,
      signer: eoaSigner(budget.account),
      grantRef: budget.grant.hash,
      requirementRef: payment.requirementRef,
      recipient: addressRecipient(payment.to),
      token: budget.token,
      amount: payment.value,
      chainId: BigInt(budget.chainId),
      deadline: payment.deadline,
      settlementBinding: payment.nonce,
      requiredCapabilitiesHash: ZERO,
    };
    const paymentId = mandateHash(hspDomain(budget.chainId), mandate);
    return {
      paymentId,
      authorization: await this.#authorize(budget, payment),
      mandateSignature: await signDigest(this.#key(budget), paymentId),
    };
  }

  #authorize(
    budget: Budget,
    transfer: { to: Address; value: bigint; validAfter: bigint; validBefore: bigint; nonce: Hex },
  ): Promise<Hex> {
    const { to, value, validAfter, validBefore, nonce } = transfer;
    const digest = hashTypedData({
      domain: stablecoinDomain(budget.chainId, budget.token),
      types: TRANSFER_WITH_AUTHORIZATION_TYPES,
      primaryType: 'TransferWithAuthorization',
      message: { from: budget.account, to, value, validAfter, validBefore, nonce },
    });
    return signDigest(this.#key(budget), digest);
  }

  #key(budget: Budget): DerivedKey {
    return this.keys.derive(indexOf(budget.id));
  }
}

function indexOf(id: string): number {
  return Number(id);
}

/** Integers as decimal strings, as HSP's REST carries them. */
function grantJson(grant: DelegationGrant): string {
  return JSON.stringify(grant, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
