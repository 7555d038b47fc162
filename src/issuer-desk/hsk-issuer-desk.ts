import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { baseStyles } from '../elements/shared/base.styles.ts';
import { renderError } from '../elements/shared/error-box.ts';
import { localeFor, Localized } from '../elements/shared/i18n.ts';
import { icons } from '../elements/shared/icons.ts';
import { Sheet } from '../elements/shared/sheet.ts';
import { HskError, serializeError, type SerializedError } from '../protocol/errors.ts';
import type { DocumentKind } from '../protocol/application-status.ts';
import type {
  AuditEntry,
  CaseDetail,
  CaseDocument,
  CaseSummary,
  DeskOverview,
} from '../protocol/issuer-desk.ts';
import { DeskClient } from './desk-client.ts';
import { deskMessages } from './desk.messages.ts';
import { deskStyles } from './desk.styles.ts';
import { DecisionForm, type Order } from './decision-form.ts';
import { deskErrors } from './desk-errors.ts';
import { forgetKey, keepKey, takeKey } from './key.ts';
import { saveAs } from './save-as.ts';
import type { View } from './view.ts';
import { confirmOf } from './views/confirm.ts';
import { renderDocuments } from './views/documents.ts';
import { renderFindings } from './views/findings.ts';
import { type ListActions, renderLists } from './views/lists.ts';
import { renderCases, renderQueue } from './views/queue.ts';
import { renderHistory, renderRecord } from './views/record.ts';
import { renderSignIn } from './views/sign-in.ts';
import { renderCredential, renderSubject } from './views/subject.ts';

type Page = 'queue' | 'holders' | 'lists' | 'record';
const PAGES: readonly Page[] = ['queue', 'holders', 'lists', 'record'];
/** Milliseconds between looks at the queue. */
const LOOK_EVERY = 15_000;

/** The page of the person who decides about credentials. It keeps nothing but the key, and that in its tab. */
export class HskIssuerDesk extends LitElement {
  static override styles = [...baseStyles, deskStyles];

  @state() private client: DeskClient | undefined;
  @state() private page: Page = 'queue';
  @state() private overview: DeskOverview | undefined;
  @state() private found: CaseSummary[] | undefined;
  @state() private lines: AuditEntry[] | undefined;
  @state() private detail: CaseDetail | undefined;
  @state() private pending: Exclude<Order, { act: 'ask' }> | undefined;
  @state() private failure: SerializedError | undefined;
  @state() private notice = '';
  /** What is under way, in words; empty when nothing is. */
  @state() private busy = '';
  @state() private complaint = false;

  readonly #i18n = new Localized(this, deskMessages);
  readonly #form = new DecisionForm(this, (order) => this.#decide(order));
  readonly #sheet = new Sheet(this, () => (this.pending = undefined));
  readonly #pictures = new Map<DocumentKind, string>();
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = localeFor(navigator.language);
    this.#open(takeKey());
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#forgetPictures();
  }

  override render(): TemplateResult {
    const { t } = this.#i18n;
    const other = this.#i18n.locale === 'en' ? 'zh-Hant' : 'en';
    return html`<a class="skip" href="#main" @click=${this.#skip}>${t.skip}</a>
      <header class="bar">
        <h1>${t.title}</h1>
        ${this.client ? this.#navigation() : nothing}
        <div class="ends">
          ${this.overview ? html`<span class="small muted">${this.overview.operator}</span>` : nothing}
          <button
            type="button"
            class="quiet"
            lang=${other}
            @click=${() => (document.documentElement.lang = other)}
          >
            ${t.otherLanguage}
          </button>
          ${this.client ? html`<button type="button" class="quiet" @click=${() => this.#signOut()}>${t.signOut}</button>` : nothing}
        </div>
      </header>
      <main id="main">
        ${renderError(this.failure, this.#i18n.language, { catalogue: deskErrors(t) })}
        <p class=${this.notice || this.busy ? 'note positive' : 'visually-hidden'} role="status">
          ${this.busy || this.notice}
        </p>
        ${this.client ? this.#content() : renderSignIn(this.#view, this.complaint, (key) => this.#signIn(key))}
      </main>
      ${this.#sheet.render(() =>
        confirmOf(this.#view, this.pending!, this.#name, {
          confirm: () => void this.#carryOut(this.pending!),
          cancel: () => this.#sheet.close(),
        }),
      )}`;
  }

  protected override updated(changed: PropertyValues): void {
    document.title = this.#i18n.t.title;
    // Who opens another view, by whatever means, goes on reading at its head.
    if (
      changed.has('page') ||
      (changed.has('detail') && this.detail?.summary.id !== changed.get('detail')?.summary.id)
    )
      if (changed.get('page') !== undefined || changed.has('detail')) this.#heading?.focus();
  }

  get #heading(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('main > h2');
  }

  get #view(): View {
    const { t, locale, language } = this.#i18n;
    return { t, locale, language, now: this.overview?.now ?? Math.floor(Date.now() / 1000) };
  }

  get #name(): string {
    return this.detail?.summary.name ?? '';
  }

  #navigation(): TemplateResult {
    const { t } = this.#i18n;
    return html`<nav aria-label=${t.navigation}>
      ${PAGES.map(
        (page) =>
          html`<button
            type="button"
            aria-current=${this.page === page && !this.detail ? 'page' : nothing}
            @click=${() => this.#turn(page)}
          >
            ${this.#title(page)}
          </button>`,
      )}
    </nav>`;
  }

  #title(page: Page): string {
    const { t } = this.#i18n;
    return { queue: t.queue, holders: t.holders, lists: t.lists, record: t.log }[page];
  }

  #content(): TemplateResult {
    if (this.detail) return this.#case(this.detail);
    return html`<h2 tabindex="-1">${this.#title(this.page)}</h2>
      ${this.overview ? this.#page(this.overview) : html`<p class="muted">${this.#i18n.t.loading}</p>`}`;
  }

  #page(overview: DeskOverview): TemplateResult | typeof nothing {
    const view = this.#view;
    switch (this.page) {
      case 'queue':
        return renderQueue(view, overview, (id) => void this.#show(id));
      case 'holders':
        return this.#holders(view);
      case 'lists':
        return renderLists(view, overview, this.busy !== '', this.complaint, this.#lists);
      case 'record':
        return this.lines
          ? renderRecord(view, this.lines, () =>
              saveAs('record.json', new Blob([JSON.stringify(this.lines)])),
            )
          : nothing;
    }
  }

  #holders(view: View): TemplateResult {
    const { t } = view;
    return html`<section class="card">
      <form
        role="search"
        class="search"
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.#search(String(new FormData(event.target as HTMLFormElement).get('name')));
        }}
      >
        <div class="field">
          <label for="name">${t.search}</label>
          <input
            id="name"
            name="name"
            type="search"
            maxlength="100"
            autocomplete="off"
            aria-describedby="name-hint"
          />
        </div>
        <button type="submit" class="secondary">${t.searchButton}</button>
        <p class="hint" id="name-hint">${t.searchHint}</p>
      </form>
      ${this.found === undefined ? nothing : this.found.length === 0 ? html`<p class="muted" role="status">${t.noneFound}</p>` : renderCases(view, this.found, (id) => void this.#show(id))}
    </section>`;
  }

  #case(detail: CaseDetail): TemplateResult {
    const view = this.#view;
    return html`<div>
        <button type="button" class="quiet" @click=${() => this.#turn(this.page)}>
          ${icons.back()} ${view.t.back}
        </button>
      </div>
      <h2 tabindex="-1">${detail.summary.name ?? detail.summary.id}</h2>
      <p class="small muted">${view.t.application} <code>${detail.summary.id}</code></p>
      <div class="two">
        <div>
          ${renderSubject(view, detail)}
          ${renderDocuments(view, detail, this.#pictures, {
            show: (document) => void this.#showDocument(detail, document),
            hide: (kind) => this.#hideDocument(kind),
          })}
          ${renderCredential(view, detail)}
        </div>
        <div class="beside">
          ${renderFindings(view, detail, this.#form.cleared, (id, on) => this.#form.clear(id, on))}
          ${this.#form.render(view, detail, this.busy !== '')}
        </div>
      </div>
      ${renderHistory(view, detail.history)}`;
  }

  readonly #skip = (event: Event) => {
    event.preventDefault();
    this.#heading?.focus();
  };

  readonly #lists: ListActions & { incomplete(): void } = {
    incomplete: () => (this.complaint = true),
    rescreen: () =>
      void this.#run(this.#i18n.t.working, async (client) => {
        const { screened, matched, lapsed, reissued } = await client.rescreen();
        this.notice = this.#i18n.t.rescreened(screened, matched, lapsed, reissued);
        this.overview = await client.overview();
      }),
    importList: (order) =>
      void this.#run(this.#i18n.t.working, async (client) => {
        this.complaint = false;
        const { list, result } = await client.importList(order);
        const { t } = this.#i18n;
        this.notice = `${t.imported(list.source, list.entries)} ${t.rescreened(result.screened, result.matched, result.lapsed, result.reissued)}`;
        this.overview = await client.overview();
      }),
  };

  #open(key: string | undefined): void {
    this.client =
      key === undefined ? undefined : new DeskClient(new URL('desk/api', location.href).href, key);
    if (this.client) void this.#load();
  }

  #signIn(key: string): void {
    this.complaint = !keepKey(key);
    if (!this.complaint) this.#open(takeKey());
  }

  #signOut(): void {
    forgetKey();
    this.#forgetPictures();
    this.client = this.overview = this.found = this.lines = this.detail = this.failure = undefined;
    this.notice = '';
    this.page = 'queue';
  }

  #turn(page: Page): void {
    this.#forgetPictures();
    this.detail = undefined;
    this.complaint = false;
    this.notice = '';
    this.page = page;
    void this.#load();
  }

  #load(): Promise<void> {
    return this.#run('', async (client) => {
      this.overview = await client.overview();
      if (this.page === 'record') this.lines = await client.audit();
      if (this.page === 'holders' && !this.found) this.found = await client.cases({ state: 'issued' });
    });
  }

  /** New applications appear by themselves, where they do not disturb what is being decided. */
  #look(): void {
    if (
      this.client &&
      this.page === 'queue' &&
      !this.detail &&
      !this.busy &&
      document.visibilityState === 'visible'
    )
      void this.#load();
  }

  #search(name: string): Promise<void> {
    return this.#run('', async (client) => {
      this.found = await client.cases(name.trim() ? { name } : { state: 'issued' });
    });
  }

  #show(id: string): Promise<void> {
    return this.#run('', async (client) => {
      this.#form.reset();
      this.#forgetPictures();
      this.notice = '';
      this.detail = await client.detail(id);
    });
  }

  #showDocument({ summary: { id } }: CaseDetail, { kind, type }: CaseDocument): Promise<void> {
    return this.#run('', async (client) => {
      const blob = await client.document(id, kind);
      if (type === 'application/pdf') return saveAs(`${kind}-${id.slice(0, 8)}.pdf`, blob);
      this.#pictures.set(kind, URL.createObjectURL(blob));
      this.requestUpdate();
    });
  }

  #hideDocument(kind: DocumentKind): void {
    URL.revokeObjectURL(this.#pictures.get(kind) ?? '');
    this.#pictures.delete(kind);
    this.requestUpdate();
  }

  #forgetPictures(): void {
    for (const kind of this.#pictures.keys()) this.#hideDocument(kind);
  }

  #decide(order: Order): void {
    if (order.act === 'ask') return void this.#carryOut(order);
    this.pending = order;
    this.#sheet.open();
  }

  #carryOut(order: Order): Promise<void> {
    const id = this.detail!.summary.id;
    const { t } = this.#i18n;
    this.#sheet.close();
    return this.#run(
      order.act === 'approve' || order.act === 'revoke' ? t.working : t.sending,
      async (client) => {
        try {
          switch (order.act) {
            case 'approve':
              this.detail = await client.approve(id, order.order);
              break;
            case 'refuse':
              this.detail = await client.refuse(id, order.order);
              break;
            case 'ask':
              this.detail = await client.askFor(id, order.order);
              break;
            case 'revoke':
              this.detail = await client.revoke(id, order.order);
          }
        } catch (error) {
          // As it stands now, whatever stood in the way.
          this.detail = await client.detail(id).catch(() => this.detail);
          throw error;
        }
        this.#form.reset();
        this.#forgetPictures();
        this.notice = this.#i18n.t.done;
      },
    );
  }

  /** One thing at a time; what goes wrong stands at the top until the next thing. */
  async #run(words: string, work: (client: DeskClient) => Promise<void>): Promise<void> {
    const { client } = this;
    if (!client || this.busy) return;
    this.busy = words;
    if (words) this.notice = '';
    try {
      await work(client);
      this.failure = undefined;
    } catch (error) {
      this.failure = serializeError(error);
      if (error instanceof HskError && error.code === 'ISSUER_DESK_REFUSED') {
        forgetKey();
        this.client = this.overview = undefined;
      }
    } finally {
      this.busy = '';
    }
  }
}
