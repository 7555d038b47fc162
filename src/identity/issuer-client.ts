import type { Hex } from 'viem';
import {
  type ApplicationReceipt,
  type ApplicationStatus,
  type DocumentKind,
  parseApplicationReceipt,
  parseApplicationStatus,
} from '../protocol/application-status.ts';
import { HskError } from '../protocol/errors.ts';
import { type Application, ApplicationError, type FieldErrors } from '../protocol/issuance.ts';
import { hex, object, optional, type Parser, text } from '../protocol/parse.ts';
import { type SendBody, sendBody } from './send-body.ts';

/** Milliseconds; issuing waits for a block. */
const PATIENCE = 60_000;
/** A document over a phone's uplink. */
const UPLOAD_PATIENCE = 300_000;

interface Refusal {
  code: string;
  shortMessage: string;
  details?: string | undefined;
  action?: string | undefined;
}

const parseRefusal: Parser<Refusal> = object<Refusal>({
  code: text,
  shortMessage: text,
  details: optional(text),
  action: optional(text),
});

const parseBackup = object<{ sealed: Hex }>({ sealed: hex() });

/**
 * The issuer over HTTP. Every call throws `ISSUER_UNREACHABLE` when nobody answers as an issuer does, `PARSE_INVALID`
 * for an answer of another shape, and the issuer's own codes.
 */
export class IssuerClient {
  constructor(
    /** Base URL. */
    readonly url: string,
    private readonly fetcher: typeof fetch = (...request) => fetch(...request),
  ) {}

  /** @throws `ApplicationError` naming every field that is wrong */
  async apply(application: Application): Promise<ApplicationReceipt> {
    const response = await this.#ask('/apply', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(application),
    });
    return parseApplicationReceipt(await this.#json(response), 'issuer.apply');
  }

  /** @throws `ISSUER_NO_SUCH_APPLICATION` */
  async status(ticket: string): Promise<ApplicationStatus> {
    const response = await this.#ask('/application', { headers: bearer(ticket) });
    return parseApplicationStatus(await this.#json(response), 'issuer.application');
  }

  /**
   * Sends one document; the one before of its kind is replaced.
   *
   * @param progress of what has left this browser, 0 to 1
   * @throws `ISSUER_DOCUMENT_TOO_LARGE`, `ISSUER_DOCUMENT_TYPE`, `ISSUER_NOT_AWAITING_DOCUMENTS`
   */
  async upload(
    ticket: string,
    kind: DocumentKind,
    file: Blob,
    progress: (fraction: number) => void = () => undefined,
  ): Promise<ApplicationStatus> {
    const response = await this.#answer(`/application/documents/${kind}`, (url) =>
      sendBody(url, {
        method: 'PUT',
        headers: { ...bearer(ticket), 'content-type': file.type },
        body: file,
        progress,
        timeout: UPLOAD_PATIENCE,
        fetch: this.fetcher,
      } satisfies SendBody),
    );
    return parseApplicationStatus(await this.#json(response), 'issuer.document');
  }

  /** Has the issuer delete form and documents. @throws `ISSUER_ALREADY_ISSUED` */
  async withdraw(ticket: string): Promise<void> {
    await this.#ask('/application', { method: 'DELETE', headers: bearer(ticket) });
  }

  /** Leaves the holder's own ciphertext, for a wallet that is restored elsewhere. */
  async putBackup(ticket: string, locator: Hex, sealed: Hex): Promise<void> {
    await this.#ask('/application/backup', {
      method: 'PUT',
      headers: { ...bearer(ticket), 'content-type': 'application/json' },
      body: JSON.stringify({ locator, sealed }),
    });
  }

  /** What was left under a locator; `undefined` where nothing was. */
  async backup(locator: Hex): Promise<Hex | undefined> {
    try {
      return parseBackup(await this.#json(await this.#ask(`/backup/${locator}`)), 'issuer.backup').sealed;
    } catch (error) {
      if (error instanceof HskError && error.code === 'ISSUER_NO_SUCH_BACKUP') return undefined;
      throw error;
    }
  }

  /**
   * The bytes of a part of the tree (protocol/zkid-tree.ts parses and checks them). Never a single leaf: the
   * issuer must not learn which one is about to be proven.
   */
  async chunk(chunk: number): Promise<Uint8Array> {
    const response = await this.#ask(`/tree/${chunk}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    return this.#answer(path, (url) =>
      this.fetcher(url, {
        ...init,
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE),
      }),
    );
  }

  async #answer(path: string, send: (url: string) => Promise<Response>): Promise<Response> {
    const url = `${this.url}${path}`;
    let response: Response;
    try {
      response = await send(url);
    } catch (cause) {
      throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (response.ok) return response;
    const body = (await response.json().catch(() => undefined)) as
      { error?: unknown; fields?: unknown } | undefined;
    if (body?.fields) throw new ApplicationError(body.fields as FieldErrors);
    let refusal: Refusal;
    try {
      refusal = parseRefusal(body?.error, 'error');
    } catch {
      throw unreachable(url, `HTTP ${response.status}`);
    }
    const { code, shortMessage, details, action } = refusal;
    throw new HskError(code, shortMessage, {
      ...(details !== undefined && { details }),
      ...(action !== undefined && { action }),
    });
  }

  async #json(response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch (cause) {
      throw unreachable(response.url, 'the answer is not JSON', cause);
    }
  }
}

/** The ticket is a secret: it goes into this header and into no URL and no error. */
function bearer(ticket: string): { authorization: string } {
  return { authorization: `Bearer ${ticket}` };
}

function unreachable(url: string, details: string, cause?: unknown): HskError {
  return new HskError('ISSUER_UNREACHABLE', 'The issuer does not answer', {
    details: `${url}: ${details}`,
    action: 'Try again in a moment.',
    ...(cause !== undefined && { cause }),
  });
}
