import { html, nothing, type TemplateResult } from 'lit';
import { zeroAddress } from 'viem';
import { serializeError, type SerializedError } from '../../../protocol/errors.ts';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import { sameAddress } from '../../../protocol/address.ts';
import { type Activity, type ActivityItem, ActivityReader } from '../../../wallet/activity.ts';
import { renderError } from '../../shared/error-box.ts';
import { formatDate, renderAmount, shortHex } from '../../shared/format.ts';
import { renderRung } from '../../shared/rung.ts';
import { sharedWords } from '../../shared/shared.messages.ts';
import type { OpenView } from '../view.ts';
import { accountErrors } from '../account/account-errors.ts';

/** Transactions of the journal whose receipts are asked for, so that they too carry a rung. */
const PROVED = 20;
/** Milliseconds between two tries of what will come by itself. */
const PACE = 3000;
/** Money as people read it. */
const CENTS = { min: 2, max: 2 };

/** What went out and what came in, as far back as was looked, with the evidence of each. */
export class ActivityList {
  readonly #reader: ActivityReader;
  readonly #proofs = new Map<string, ActivityItem['proof']>();
  #activity: Activity | undefined;
  #error: SerializedError | undefined;
  #seen: bigint | undefined;
  /** Milliseconds since 1970; what failed is asked again without waiting for a block. */
  #retryAt = Number.POSITIVE_INFINITY;
  /** One look after the other. */
  #looking: Promise<void> = Promise.resolve();
  #further = false;

  constructor(
    private readonly view: Pick<OpenView, 'session' | 'account'>,
    private readonly changed: () => void,
  ) {
    const { lightClient, profile, wallet } = view.session;
    this.#reader = new ActivityReader(lightClient, profile, view.account, () => wallet.sent());
  }

  /** Looks at the blocks that have come since. */
  follow(): void {
    const head = this.view.session.status.heads.attested;
    if (!head || (head.number === this.#seen && Date.now() < this.#retryAt)) return;
    this.#seen = head.number;
    this.#retryAt = Number.POSITIVE_INFINITY;
    void this.#read(() => this.#reader.follow(head));
  }

  /** The wallet's own journal has changed. */
  journalled(): void {
    void this.#read(async () => undefined);
  }

  #read(look: () => Promise<void>): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look(look));
    return this.#looking;
  }

  async #look(look: () => Promise<void>): Promise<void> {
    try {
      // What this browser sent is known before anything is proven.
      this.#activity ??= await this.#reader.list();
      this.changed();
      await look();
      const activity = await this.#reader.list();
      await this.#prove(activity);
      this.#activity = activity;
      this.#error = undefined;
    } catch (error) {
      this.#error = serializeError(error);
      this.#retryAt = Date.now() + PACE;
    }
    this.changed();
  }

  /** A payment of coins leaves no log; its receipt proves it. */
  async #prove({ items }: Activity): Promise<void> {
    const settled = ({ status }: ActivityItem) => status === 'success' || status === 'reverted';
    for (const item of items.filter((item) => !item.proof && settled(item)).slice(0, PROVED)) {
      if (!this.#proofs.has(item.hash)) {
        const receipt = await this.view.session.lightClient
          .read({ kind: 'receipt', transactionHash: item.hash })
          .catch(() => undefined);
        if (receipt) this.#proofs.set(item.hash, receipt);
      }
      const proof = this.#proofs.get(item.hash);
      if (proof) item.proof = proof;
    }
  }

  #tryAgain(): void {
    this.#retryAt = 0;
    this.follow();
  }

  async #lookFurther(): Promise<void> {
    if (this.#further) return;
    this.#further = true;
    this.changed();
    await this.#read(() => this.#reader.further());
    this.#further = false;
    this.changed();
  }

  render(view: OpenView): TemplateResult {
    const { t, language } = view;
    const activity = this.#activity;
    if (!activity && !this.#error)
      return html`<div class="stack" role="status">
        <span class="skeleton block">0</span><span class="skeleton block">0</span>
        <span class="visually-hidden">${t.activityLoading}</span>
      </div>`;
    const { items, covered, complete } = activity ?? { items: [], covered: undefined, complete: false };
    return html`<div class="stack">
      ${renderError(this.#error, language, {
        catalogue: accountErrors(t),
        action: { label: sharedWords(language).tryAgain, run: () => this.#tryAgain() },
      })}
      ${
        items.length === 0 && covered
          ? html`<div class="empty">
              <p><strong>${t.activityEmpty}</strong></p>
              <p class="small muted">${t.activityEmptyIntro}</p>
            </div>`
          : nothing
      }
      <ul class="list activity" part="activity" aria-label=${t.activity}>
        ${items.map((item) => renderItem(item, view))}
      </ul>
      ${
        covered
          ? html`<div class="row wrap">
              <p class="tiny muted">
                ${complete ? t.activityComplete : t.activitySince(formatDate(covered.from.timestamp, language))}
              </p>
              ${
                complete
                  ? nothing
                  : html`<button
                      type="button"
                      class="quiet small"
                      ?disabled=${this.#further}
                      @click=${() => void this.#lookFurther()}
                    >
                      ${this.#further ? t.activityLoading : t.activityEarlier}
                    </button>`
              }
            </div>`
          : this.#error
            ? nothing
            : html`<p class="small muted" role="status">
                ${isPrivate(view) ? t.activityPrivate : t.activityLoading}
              </p>`
      }
    </div>`;
  }
}

/** Whether the chain shows no block whole, so that nobody can list what was received. */
function isPrivate({ session }: OpenView): boolean {
  return session.profile.execution.access?.reads === 'private';
}

function renderItem(item: ActivityItem, view: OpenView): TemplateResult {
  const { t, language, session } = view;
  const words = { sent: t.itemSent, received: t.itemReceived, bought: t.itemBought, call: t.itemCall };
  const state = {
    pending: t.statusPending,
    refused: t.statusRefused,
    replaced: t.statusReplaced,
    reverted: t.statusReverted,
    success: undefined,
  }[item.status];
  const name = isAdmission(item, view) ? t.itemAdmission : words[item.kind];
  const who = counterparty(item, view);
  return html`<li data-status=${item.status}>
    <div class="what">
      <span>${name} ${state ? html`<span class="badge">${state}</span>` : nothing}</span>
      <span class="tiny muted"
        >${who ? html`${who} · ` : nothing}<span class="when">${formatDate(item.at, language)}</span></span
      >
    </div>
    <div class="how">
      ${amount(item, language)}
      ${
        item.proof
          ? renderRung(item.proof, session, name, language)
          : item.status === 'pending'
            ? renderRung(undefined, session, name, language)
            : nothing
      }
    </div>
  </li>`;
}

/** What moved, with its sign; crossed out when it did not. */
function amount({ kind, status, token, amount, cost }: ActivityItem, language: string): TemplateResult {
  if (!token || amount === undefined) return html``;
  const moved = status === 'success' || status === 'pending';
  const signed = kind === 'sent' && moved ? -amount : amount;
  const number = renderAmount(signed, token.decimals, token.symbol ?? '', language, {
    ...(token.symbol === STABLECOIN.symbol && CENTS),
    rest: kind === 'sent' ? 'up' : 'cut',
    sign: moved ? 'always' : 'auto',
  });
  return html`${moved ? number : html`<s>${number}</s>`}
  ${
    cost === undefined
      ? nothing
      : html`<span class="small muted">
          ${renderAmount(-cost, STABLECOIN.decimals, STABLECOIN.symbol, language, { ...CENTS, rest: 'up' })}
        </span>`
  }`;
}

/** The registry of who may hold a fund was called. */
function isAdmission({ kind, counterparty }: ActivityItem, { session }: OpenView): boolean {
  const { identityRegistry } = session.profile.execution.contracts;
  return kind === 'call' && counterparty !== undefined && sameAddress(counterparty, identityRegistry);
}

function counterparty(item: ActivityItem, view: OpenView): unknown {
  const { kind, counterparty, describe } = item;
  const { t, session } = view;
  if (isAdmission(item, view)) return '';
  if (kind === 'call' && describe) return describe;
  if (!counterparty) return '';
  if (sameAddress(counterparty, zeroAddress)) return t.issuedNewly;
  const product = session.profile.products.find(({ seller }) => sameAddress(seller, counterparty));
  if (product) return product.name;
  return html`<span class="mono" tabindex="0" role="img" aria-label=${counterparty} title=${counterparty}
    >${shortHex(counterparty)}</span
  >`;
}
