import { type ApplicationReceipt, parseApplicationReceipt } from '../protocol/application-status.ts';
import { HskError } from '../protocol/errors.ts';
import { type Application, ApplicationError, type FieldErrors } from '../protocol/issuance.ts';
import { object, optional, type Parser, text } from '../protocol/parse.ts';
import { type Credential, HolderKind } from '../protocol/zkid.ts';

/** Milliseconds; issuing waits for a block. */
const PATIENCE = 60_000;

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

/**
 * Sends an application. A clean one of a person is issued at once: its answer comes when the root is in a block.
 *
 * @throws `ApplicationError`, `ISSUER_UNREACHABLE`, `ISSUER_ANSWER`, and the issuer's own codes
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
  const receipt = parseApplicationReceipt(await readJson(response), 'receipt');
  if (receipt.status.state === 'issued') requireOf(application, receipt.status.credential);
  return receipt;
}

/** @throws `ISSUER_ANSWER` */
function requireOf(application: Application, credential: Credential): void {
  const { attributes } = credential;
  const kind = application.kind === 'business' ? HolderKind.Business : HolderKind.Person;
  // The issuer attests what was said, for the commitment that was sent: anything else could mark the holder.
  if (
    credential.commitment !== application.commitment ||
    attributes.birth !== application.birth ||
    attributes.country !== application.country ||
    attributes.kind !== kind
  )
    throw new HskError('ISSUER_ANSWER', 'The credential is not about what was applied for', {
      details: `leaf ${credential.index}`,
      action: 'Tell the issuer.',
    });
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

async function ask(fetcher: typeof fetch, url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetcher(url, {
      ...init,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
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

async function readJson(response: Response): Promise<unknown> {
  try {
    return (await response.json()) ?? {};
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
