import { type HskError, reviveError, type SerializedError } from './errors.ts';
import { object, optional, type Parser, text } from './parse.ts';

/** An error as it crosses a wire: without its cause. @throws `PARSE_INVALID` */
export const parseSerializedError: Parser<Omit<SerializedError, 'cause'>> = object<
  Omit<SerializedError, 'cause'>
>({ code: text, shortMessage: text, details: optional(text), action: optional(text) });

/** The `error` that a service of ours answers with. @throws `PARSE_INVALID` */
export const parseServiceError: Parser<HskError> = (value, path) =>
  reviveError(parseSerializedError(value, path));
