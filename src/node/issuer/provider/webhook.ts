import { REFUSAL_REASONS, type RefusalReason } from '../../../protocol/application-status.ts';
import { HskError } from '../../../protocol/errors.ts';
import { type Revocation, TIERS, type Tier, words } from '../../../protocol/issuer-desk.ts';
import { invalid, object, oneOf, type Parser, text } from '../../../protocol/parse.ts';
import type { Actor, Office } from '../office.ts';
import { approve, refuse } from '../verbs/decide.ts';
import { matchedElsewhere } from '../verbs/rescreen.ts';
import { revoke } from '../verbs/revoke.ts';
import { verifyDelivery } from './signature.ts';

/** What a provider of identity checks tells; `application` is the id of a case, as the desk shows it. */
type ProviderEvent = { id: string; application: string; reference?: string | undefined } & (
  | { type: 'decision'; decision: 'approve'; tier: Tier }
  | { type: 'decision'; decision: 'refuse'; reason: RefusalReason; note?: string | undefined }
  | { type: 'rescreening-hit' }
  | { type: 'revoke' }
);

const identifier: Parser<string> = (value, path) => {
  const said = text(value, path);
  if (!/^[\w.:-]{1,100}$/.test(said)) throw invalid(path, 'an identifier', said);
  return said;
};

const parseHead = object<{
  id: string;
  application: string;
  reference?: string | undefined;
  type: ProviderEvent['type'];
}>({
  id: identifier,
  application: identifier,
  reference: words,
  type: oneOf('decision', 'rescreening-hit', 'revoke'),
});
const parseVerdict = object<{ decision: 'approve' | 'refuse' }>({ decision: oneOf('approve', 'refuse') });
const parseApproved = object<{ tier: Tier }>({ tier: oneOf(...TIERS) });
const parseRefused = object<{ reason: RefusalReason; note?: string | undefined }>({
  reason: oneOf(...REFUSAL_REASONS),
  note: words,
});

const parseEvent: Parser<ProviderEvent> = (value, path) => {
  const { type, ...head } = parseHead(value, path);
  if (type !== 'decision') return { ...head, type };
  const { decision } = parseVerdict(value, path);
  return decision === 'approve'
    ? { ...head, type, decision, ...parseApproved(value, path) }
    : { ...head, type, decision, ...parseRefused(value, path) };
};

const REVOCATION: Revocation = { reason: 'provider' };

/**
 * Takes one event. The same id again changes nothing and is answered the same; an event that was refused may come again.
 *
 * @returns whether it was taken before
 * @throws `ISSUER_WEBHOOK_SIGNATURE`, `PARSE_INVALID`, and what the verbs throw
 */
export async function takeDelivery(
  office: Office,
  key: Uint8Array,
  body: Uint8Array,
  signature: string | undefined,
): Promise<{ repeated: boolean }> {
  verifyDelivery(key, body, signature, office.settings.now());
  const event = parseEvent(JSON.parse(new TextDecoder().decode(body)), 'event');
  if (office.cases.delivered(event.id)) return { repeated: true };
  const actor: Actor = {
    who: 'provider',
    delivery: event.id,
    memo: [event.id, event.reference].filter(Boolean).join(' '),
  };
  try {
    await act(office, event, actor);
  } catch (error) {
    // Two deliveries of one event at once: the second finds the work of the first.
    if (error instanceof HskError && error.code === 'ISSUER_CASE_STATE' && office.cases.delivered(event.id))
      return { repeated: true };
    throw error;
  }
  return { repeated: false };
}

function act(office: Office, event: ProviderEvent, actor: Actor): Promise<void> {
  const { application: id } = event;
  switch (event.type) {
    case 'rescreening-hit':
      return matchedElsewhere(office, id, actor);
    case 'revoke':
      return revoke(office, id, REVOCATION, actor);
    case 'decision':
      return event.decision === 'approve'
        ? approve(office, id, { tier: event.tier, cleared: [] }, actor)
        : refuse(office, id, { reason: event.reason, note: event.note }, actor);
  }
}
