import { createHash } from 'node:crypto';
import { HskError } from '../../../protocol/errors.ts';
import type { AuditEntry } from '../../../protocol/issuer-desk.ts';

/** What stands before the first line. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 over the fields in this order, as a JSON list; a field that is absent is null. */
export function auditHash(line: Omit<AuditEntry, 'hash'>): string {
  const { previous, seq, at, who, action } = line;
  const said = [previous, seq, at, who, action, line.case ?? null, line.reason ?? null, line.memo ?? null];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/**
 * Every line follows from the one before. A log that was cut at its end still does: compare the last hash with one
 * that was noted elsewhere.
 *
 * @returns the last hash
 * @throws `ISSUER_AUDIT_BROKEN` naming the first line that does not follow
 */
export function verifyAudit(lines: readonly AuditEntry[], head?: string): string {
  let previous = GENESIS;
  for (const [index, line] of lines.entries()) {
    if (line.seq !== index || line.previous !== previous || auditHash(line) !== line.hash)
      throw broken(`line ${index}`);
    previous = line.hash;
  }
  if (head !== undefined && !lines.some(({ hash }) => hash === head) && head !== GENESIS)
    throw broken(`no line has the hash ${head.slice(0, 64)}`);
  return previous;
}

function broken(details: string): HskError {
  return new HskError('ISSUER_AUDIT_BROKEN', 'The audit log was changed after it was written', {
    details,
    action: 'Restore it from a backup, and find out who could write to it.',
  });
}
