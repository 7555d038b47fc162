import { HskError } from '../../protocol/errors.ts';

/**
 * Code that arrives when it is first needed.
 *
 * @throws `CODE_UNAVAILABLE`, to be tried again
 */
export async function loadCode<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new HskError('CODE_UNAVAILABLE', 'A part of this element could not be loaded', {
      action: 'Check your connection and try again.',
      cause,
    });
  }
}
