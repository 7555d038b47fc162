import { HskError } from '../../protocol/errors.ts';

/** @throws `NODE_USAGE` when the text is no port number */
export function portOption(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new HskError('NODE_USAGE', 'The port is not a port', {
      details: text,
      action: 'Give a number from 0 to 65535.',
    });
  return Number(text);
}
