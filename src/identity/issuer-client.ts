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
import { hex, object } from '../protocol/parse.ts';
import { parseServiceError } from '../protocol/service-error.ts';
import { type Credential, HolderKind } from '../protocol/zkid.ts';
import { sendBody } from './send-body.ts';

/** Milliseconds; issuing waits for a block. */
const PATIENCE = 60_000;
/** A document over a phone's uplink. */
const UPLOAD_PATIENCE = 300_000;

const parseBackup = object<{ sealed: Hex }>({ sealed: hex() });

/** Whom to ask, and with what. */
export interface IssuerCall {
  /** Base URL. */
  issuer: string;
  /** The applicant's bearer secret: it goes into a header, into no URL and no error. */
  ticket: string;
  fetcher?: typeof fetch;
}

/**
 * Sends an application. A clean one of a person is issued at once: its answer comes when the root is in a block.
 *
 * @throws `ApplicationError` naming every field that is wrong, `ISSUER_UNREACHABLE`, `ISSUER_ANSWER`, `PARSE_INVALID`,
 *   and the issuer's own codes
 */
export async function applyForCredential(
  issuer: string,
  application: Application,
  fetcher: typeof fetch = fetch,
): Promise<ApplicationReceipt> {
  const response = await ask(fetcher, `${issuer}/apply`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(application),
  });
  const receipt = parseApplicationReceipt(await readJson(response), 'issuer.receipt');
  const kind = application.kind === 'business' ? HolderKind.Business : HolderKind.Person;
  if (receipt.status.state === 'issued')
    requireCredentialOf({ ...application, kind }, receipt.status.credential);
  return receipt;
}

/** How an application stands. @throws `ISSUER_NO_SUCH_APPLICATION`, and as `applyForCredential` */
export async function readApplication({
  issuer,
  ticket,
  fetcher = fetch,
}: IssuerCall): Promise<ApplicationStatus> {
  const response = await ask(fetcher, `${issuer}/application`, { headers: bearer(ticket) });
  return parseApplicationStatus(await readJson(response), 'issuer.application');
}

/**
 * Sends one document; the one before of its kind is replaced.
 *
 * @param progress of what has left this browser, 0 to 1
 * @throws `ISSUER_DOCUMENT_TOO_LARGE`, `ISSUER_DOCUMENT_TYPE`, `ISSUER_NOT_AWAITING_DOCUMENTS`, and as `readApplication`
 */
export async function uploadDocument(
  { issuer, ticket, fetcher = fetch }: IssuerCall,
  kind: DocumentKind,
  file: Blob,
  progress: (fraction: number) => void = () => undefined,
): Promise<ApplicationStatus> {
  const url = `${issuer}/application/documents/${kind}`;
  const response = await answered(url, () =>
    sendBody(url, {
      method: 'PUT',
      headers: { ...bearer(ticket), 'content-type': file.type },
      body: file,
      progress,
      timeout: UPLOAD_PATIENCE,
      fetch: fetcher,
    }),
  );
  return parseApplicationStatus(await readJson(response), 'issuer.document');
}

/** Has the issuer delete form and documents. @throws `ISSUER_ALREADY_ISSUED`, and as `readApplication` */
export async function withdrawApplication({ issuer, ticket, fetcher = fetch }: IssuerCall): Promise<void> {
  await ask(fetcher, `${issuer}/application`, { method: 'DELETE', headers: bearer(ticket) });
}

/** Leaves the holder's own ciphertext with the issuer, for a wallet that is restored elsewhere. */
export async function putBackup(
  { issuer, ticket, fetcher = fetch }: IssuerCall,
  locator: Hex,
  sealed: Hex,
): Promise<void> {
  await ask(fetcher, `${issuer}/application/backup`, {
    method: 'PUT',
    headers: { ...bearer(ticket), 'content-type': 'application/json' },
    body: JSON.stringify({ locator, sealed }),
  });
}

/** What was left under a locator; `undefined` where nothing was. */
export async function fetchBackup(
  issuer: string,
  locator: Hex,
  fetcher: typeof fetch = fetch,
): Promise<Hex | undefined> {
  try {
    const response = await ask(fetcher, `${issuer}/backup/${locator}`);
    return parseBackup(await readJson(response), 'issuer.backup').sealed;
  } catch (error) {
    if (error instanceof HskError && error.code === 'ISSUER_NO_SUCH_BACKUP') return undefined;
    throw error;
  }
}

/**
 * The bytes of a part of the tree (protocol/zkid-tree.ts parses and checks them). Never a single leaf: the
 * issuer must not learn which one is about to be proven.
 *
 * @throws `ISSUER_UNREACHABLE` and the issuer's own codes
 */
export async function fetchChunk(
  issuer: string,
  chunk: number,
  fetcher: typeof fetch = fetch,
): Promise<Uint8Array> {
  const response = await ask(fetcher, `${issuer}/tree/${chunk}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * The issuer attests what was said, for the commitment that was sent: anything else could mark the holder.
 *
 * @throws `ISSUER_ANSWER`
 */
export function requireCredentialOf(
  said: { commitment: string; birth: number; country: number; kind: HolderKind },
  { commitment, attributes, index }: Credential,
): void {
  if (
    commitment === said.commitment &&
    attributes.birth === said.birth &&
    attributes.country === said.country &&
    attributes.kind === said.kind
  )
    return;
  throw new HskError('ISSUER_ANSWER', 'The credential is not about what was applied for', {
    details: `leaf ${index}`,
    action: 'Tell the issuer.',
  });
}

function bearer(ticket: string): { authorization: string } {
  return { authorization: `Bearer ${ticket}` };
}

function ask(fetcher: typeof fetch, url: string, init: RequestInit = {}): Promise<Response> {
  return answered(url, () =>
    fetcher(url, {
      ...init,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    }),
  );
}

async function answered(url: string, send: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await send();
  } catch (cause) {
    throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as
    { error?: unknown; fields?: unknown } | undefined;
  if (body?.fields) throw new ApplicationError(body.fields as FieldErrors);
  let refusal: HskError;
  try {
    refusal = parseServiceError(body?.error, 'error');
  } catch {
    throw unreachable(url, `HTTP ${response.status}`);
  }
  throw refusal;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw unreachable(response.url, 'the answer is not JSON', cause);
  }
}

function unreachable(url: string, details: string, cause?: unknown): HskError {
  return new HskError('ISSUER_UNREACHABLE', 'The issuer does not answer', {
    details: `${url}: ${details}`,
    action: 'Try again in a moment.',
    ...(cause !== undefined && { cause }),
  });
}
