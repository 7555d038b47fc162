import type { DocumentKind } from '../protocol/application-status.ts';
import { HskError } from '../protocol/errors.ts';
import {
  type Approval,
  type AuditEntry,
  type CaseDetail,
  type CaseSummary,
  type DeskOverview,
  type DocumentRequest,
  type ListImport,
  type ListState,
  parseAuditEntry,
  parseCaseDetail,
  parseListState,
  parseOverview,
  parseRescreenResult,
  parseSummaries,
  type Refusal,
  type RescreenResult,
  type Revocation,
} from '../protocol/issuer-desk.ts';
import { list, object, type Parser } from '../protocol/parse.ts';
import { parseServiceError } from '../protocol/service-error.ts';

/** Milliseconds; a decision waits for its root to be in a block, a list for everybody to be screened. */
const PATIENCE = 180_000;

/** The desk's API with one operator's token. Every answer is parsed. */
export class DeskClient {
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  overview(): Promise<DeskOverview> {
    return this.#json('/overview', parseOverview);
  }

  cases(query: { state?: string; name?: string }): Promise<CaseSummary[]> {
    return this.#json(`/cases?${new URLSearchParams(query)}`, parseSummaries);
  }

  detail(id: string): Promise<CaseDetail> {
    return this.#json(`/cases/${encodeURIComponent(id)}`, parseCaseDetail);
  }

  async document(id: string, kind: DocumentKind): Promise<Blob> {
    return (await this.#ask(`/cases/${encodeURIComponent(id)}/documents/${kind}`)).blob();
  }

  approve(id: string, order: Approval): Promise<CaseDetail> {
    return this.#post(`/cases/${encodeURIComponent(id)}/approve`, order, parseCaseDetail);
  }

  refuse(id: string, order: Refusal): Promise<CaseDetail> {
    return this.#post(`/cases/${encodeURIComponent(id)}/refuse`, order, parseCaseDetail);
  }

  askFor(id: string, order: DocumentRequest): Promise<CaseDetail> {
    return this.#post(`/cases/${encodeURIComponent(id)}/ask`, order, parseCaseDetail);
  }

  revoke(id: string, order: Revocation): Promise<CaseDetail> {
    return this.#post(`/cases/${encodeURIComponent(id)}/revoke`, order, parseCaseDetail);
  }

  rescreen(): Promise<RescreenResult> {
    return this.#post('/rescreen', {}, parseRescreenResult);
  }

  importList(order: ListImport): Promise<{ list: ListState; result: RescreenResult }> {
    return this.#post('/lists', order, object({ list: parseListState, result: parseRescreenResult }));
  }

  audit(): Promise<AuditEntry[]> {
    return this.#json('/audit', list(parseAuditEntry, 10_000_000));
  }

  #post<T>(route: string, body: unknown, parser: Parser<T>): Promise<T> {
    return this.#json(route, parser, { method: 'POST', body: JSON.stringify(body) });
  }

  async #json<T>(route: string, parser: Parser<T>, init: RequestInit = {}): Promise<T> {
    return parser(await (await this.#ask(route, init)).json(), 'answer');
  }

  /** @throws `DESK_UNREACHABLE` and the issuer's own codes */
  async #ask(route: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.base}${route}`, {
        ...init,
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch (cause) {
      throw new HskError('DESK_UNREACHABLE', 'The issuer does not answer', {
        details: cause instanceof Error ? cause.message : String(cause),
        action: 'Try again in a moment.',
        cause,
      });
    }
    if (response.ok) return response;
    const body = (await response.json().catch(() => undefined)) as { error?: unknown } | undefined;
    throw parseServiceError(body?.error, `HTTP ${response.status}`);
  }
}
