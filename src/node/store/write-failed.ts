import { HskError } from '../../protocol/errors.ts';

/** The disk took no more. Whatever was acknowledged is on it, so a start with more space continues. */
export function writeFailed(what: string, cause: unknown): HskError {
  return new HskError('STORE_WRITE_FAILED', what, {
    details: innermost(cause),
    action: 'Free disk space or replace the disk, then start again: nothing acknowledged is lost.',
    cause,
  });
}

/** The system's own words, below what libraries wrap around them. */
export function innermost(cause: unknown): string {
  let last = cause;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}
