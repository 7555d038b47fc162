import { html, nothing, type TemplateResult } from 'lit';
import type { SerializedError } from '../../protocol/errors.ts';
import { type SharedWords, sharedWords } from './shared.messages.ts';

/** What happened and what to do, in a person's words. */
export interface ErrorWords {
  message: string;
  next?: string | undefined;
}

/** Words an element has for codes of its own. A code ending in `_` speaks for all that begin with it. */
export type ErrorCatalogue = Record<string, ErrorWords>;

/** Codes, and beginnings of codes, that the light client gives to an answer it could not prove. */
const UNPROVEN = [
  'ANCHOR_',
  'ATTESTATION_',
  'CHAIN_FORK',
  'CODE_HASH',
  'COMMITTEE_',
  'HEADER_',
  'OUTPUT_',
  'PROOF_',
  'QBFT_',
  'RECEIPTS_',
  'RECEIPT_NOT_IN_BLOCK',
  'SEAL_',
  'SYNC_',
  'TRANSACTIONS_',
  'TRIE_',
];

/** Whether somebody answered, and the answer was not believed. */
export function isUnproven({ code }: SerializedError): boolean {
  return UNPROVEN.some((family) => (family.endsWith('_') ? code.startsWith(family) : code === family));
}

function shared(words: SharedWords): ErrorCatalogue {
  const unproven = { message: words.refused, next: words.refusedNext };
  return {
    ...Object.fromEntries(UNPROVEN.map((code) => [code, unproven])),
    PROFILE_UNAVAILABLE: { message: words.profileUnavailable, next: words.profileUnavailableNext },
    PROFILE_INTEGRITY: { message: words.profileIntegrity, next: words.profileIntegrityNext },
    PROFILE_MISSING: { message: words.profileMissing, next: words.profileMissingNext },
    PARSE_INVALID: { message: words.openFailed, next: words.profileUnavailableNext },
    WORKER_BLOCKED: { message: words.cspBlocked, next: words.cspBlockedNext },
    CODE_UNAVAILABLE: { message: words.codeUnavailable, next: words.codeUnavailableNext },
    TRANSPORT_OFFLINE: { message: words.offline, next: words.offlineNext },
    CHECKPOINT_OLD: { message: words.checkpointOld, next: words.checkpointOldNext },
    MISBEHAVIOUR_KNOWN: { message: words.contradiction, next: words.contradictionNext },
    TRANSPORT_: { message: words.unreachable, next: words.unreachableNext },
  };
}

/** Whether a chain whose reads are private kept a record to itself, as its endpoint says with -32002. */
function isNotShown({ code, details }: SerializedError): boolean {
  return code === 'RPC_ERROR' && details?.startsWith('-32002 ') === true;
}

/** The words for an error: the element's, then the shared ones, then the error's own. */
export function errorWords(
  error: SerializedError,
  language: string,
  catalogue: ErrorCatalogue = {},
): ErrorWords {
  const words = sharedWords(language);
  if (isNotShown(error)) return { message: words.notShown, next: words.notShownNext };
  const common = shared(words);
  for (const source of [catalogue, common]) {
    if (source[error.code]) return source[error.code]!;
    const family = Object.keys(source).find((code) => code.endsWith('_') && error.code.startsWith(code));
    if (family) return source[family]!;
  }
  return { message: error.shortMessage, next: error.action };
}

/**
 * An error where it arose: what happened, the one thing to do next, and the technical detail behind a
 * disclosure. What is a warning passes by itself: it waits until the reader is told, where an error interrupts.
 */
export function renderError(
  error: SerializedError | undefined,
  language: string,
  options: {
    catalogue?: ErrorCatalogue;
    action?: { label: string; run: () => void };
    tone?: 'negative' | 'warning';
  } = {},
): TemplateResult | typeof nothing {
  if (!error) return nothing;
  const words = sharedWords(language);
  const said = errorWords(error, language, options.catalogue);
  const detail: string[] = [];
  for (let at: SerializedError | undefined = error; at; at = at.cause)
    detail.push([`${at.code}: ${at.shortMessage}`, at.details].filter(Boolean).join('\n'));
  const { tone = 'negative' } = options;
  return html`<div class="note ${tone}" role=${tone === 'warning' ? 'status' : 'alert'} part="error">
    <p><strong>${said.message}</strong></p>
    ${said.next ? html`<p>${said.next}</p>` : nothing}
    ${
      options.action
        ? html`<div>
            <button type="button" class="secondary" @click=${options.action.run}>
              ${options.action.label}
            </button>
          </div>`
        : nothing
    }
    <details>
      <summary>${words.technical}</summary>
      <p class="mono tiny verbatim">${detail.join('\n')}</p>
    </details>
  </div>`;
}
