import type { MiddlewareHandler } from 'hono';
import { HskError } from '../../protocol/errors.ts';
import { refuse } from '../refuse.ts';
import type { Gate } from './gate.ts';

/** Keeps routes that show whole blocks, or everybody's payments, to auditors with a session. */
export function auditorsOnly(gate: Pick<Gate, 'viewerOf'>): MiddlewareHandler {
  return async (context, next) => {
    const viewer = await gate.viewerOf(context.req.header('authorization'));
    if (viewer?.auditor) return next();
    const error = viewer
      ? new HskError('ACCESS_AUDITORS_ONLY', 'Only auditors see this on a private chain', {
          action: 'The AccessRegistry names who is an auditor.',
        })
      : new HskError('ACCESS_SESSION_NEEDED', 'Reads of this chain are private', {
          action: "Sign in with hsk_createSession at the chain's JSON-RPC and send Authorization: Bearer.",
        });
    return refuse(context, error, { ACCESS_AUDITORS_ONLY: 403, ACCESS_SESSION_NEEDED: 401 });
  };
}
