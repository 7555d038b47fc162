/**
 * Every error that leaves a room. It says what was wrong, what was seen and what to do, and it
 * survives a worker boundary whole (see `serializeError` and `reviveError`).
 */
export interface HskErrorOptions {
  /** What was seen: values, sizes, the peer's words. Never a secret. */
  details?: string;
  /** The one thing to do next, in words a person would use. */
  action?: string;
  cause?: unknown;
}

/** Base of all typed errors. `code` is stable: `ROOM_REASON`, upper case. */
export class HskError extends Error {
  override readonly name = 'HskError';
  readonly code: string;
  readonly shortMessage: string;
  readonly details: string | undefined;
  readonly action: string | undefined;

  constructor(code: string, shortMessage: string, options: HskErrorOptions = {}) {
    super(
      [shortMessage, options.details && `Seen: ${options.details}`, options.action]
        .filter(Boolean)
        .join('\n'),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.shortMessage = shortMessage;
    this.details = options.details;
    this.action = options.action;
  }

  /** The first error in the chain of causes that satisfies `test`; without a test, the innermost one. */
  walk(test?: (error: unknown) => boolean): unknown {
    const chain: unknown[] = [this];
    for (
      let cause = this.cause;
      cause !== undefined;
      cause = cause instanceof Error ? cause.cause : undefined
    )
      chain.push(cause);
    return test ? chain.find(test) : chain.at(-1);
  }
}

/** A plain object that structured clone and JSON both carry. */
export interface SerializedError {
  code: string;
  shortMessage: string;
  details?: string | undefined;
  action?: string | undefined;
  cause?: SerializedError | undefined;
}

/** Flattens any thrown value; an error that is not ours keeps only its message, under code `INTERNAL`. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof HskError) {
    return {
      code: error.code,
      shortMessage: error.shortMessage,
      details: error.details,
      action: error.action,
      cause: error.cause === undefined ? undefined : serializeError(error.cause),
    };
  }
  return { code: 'INTERNAL', shortMessage: error instanceof Error ? error.message : String(error) };
}

/** The inverse of `serializeError`. */
export function reviveError(error: SerializedError): HskError {
  return new HskError(error.code, error.shortMessage, {
    ...(error.details !== undefined && { details: error.details }),
    ...(error.action !== undefined && { action: error.action }),
    ...(error.cause !== undefined && { cause: reviveError(error.cause) }),
  });
}

/** Wraps what is not yet one of ours, so that callers can always read `code`. */
export function toHskError(error: unknown, code = 'INTERNAL'): HskError {
  if (error instanceof HskError) return error;
  return new HskError(code, error instanceof Error ? error.message : String(error), { cause: error });
}
