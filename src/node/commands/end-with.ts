import { HskError, toHskError } from '../../protocol/errors.ts';

/** Ends the process with the error in words: code and stack only for what nobody foresaw. */
export function endWith(thrown: unknown): never {
  const wrapped = toHskError(thrown);
  // A library may have wrapped ours once more.
  const error = (wrapped.walk((one) => one instanceof HskError && one.code !== 'INTERNAL') ??
    wrapped) as HskError;
  const known =
    error.code !== 'INTERNAL' || String((thrown as { code?: unknown }).code).startsWith('ERR_PARSE');
  process.stderr.write(
    known
      ? `hsk-node: ${error.message}\n`
      : `hsk-node: ${error.walk() instanceof Error ? (error.walk() as Error).stack : error.message}\n`,
  );
  process.exit(1);
}
