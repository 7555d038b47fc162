import { HskError } from '../../protocol/errors.ts';

/**
 * Code that arrives when it is first needed. A page remembers a module that failed to arrive, so that in most
 * browsers only a reload asks for it again.
 *
 * @throws `CODE_UNAVAILABLE`
 */
export async function loadCode<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new HskError('CODE_UNAVAILABLE', 'A part of this element could not be loaded', {
      action: 'Check your connection and reload the page.',
      cause,
    });
  }
}
