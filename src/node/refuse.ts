import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { HskError, serializeError } from '../protocol/errors.ts';

/**
 * Answers an error of a service as `{error: {code, shortMessage, details, action}}`. Codes not in `statuses` are
 * 400 when we raised them, and 500 with no inner words when something broke.
 */
export function refuse(
  context: Context,
  error: unknown,
  statuses: Readonly<Record<string, ContentfulStatusCode>> = {},
): Response {
  if (error instanceof SyntaxError)
    return context.json({ error: { code: 'PARSE_INVALID', shortMessage: 'The body is not JSON' } }, 400);
  if (!(error instanceof HskError))
    return context.json({ error: { code: 'INTERNAL', shortMessage: 'The service could not do this' } }, 500);
  const { cause: _, ...words } = serializeError(error);
  return context.json({ error: words }, statuses[error.code] ?? 400);
}
