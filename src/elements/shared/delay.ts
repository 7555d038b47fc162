import { nothing, type TemplateResult } from 'lit';
import type { LightClientStatus } from '../../light-client/light-client-api.ts';
import type { SerializedError } from '../../protocol/errors.ts';
import { type ErrorWords, isUnproven, renderError } from './error-box.ts';
import { sharedWords } from './shared.messages.ts';

/**
 * Why something that was signed has not gone on yet: nobody answers (then in these words), or what was answered
 * could not be proven. It goes on by itself.
 *
 * @param problem what the last try ended with, if it did
 */
export function renderDelay(
  problem: SerializedError | undefined,
  { phase, error: trouble }: LightClientStatus,
  language: string,
  { message, next }: ErrorWords,
): TemplateResult | typeof nothing {
  const error = problem ?? (phase === 'unreachable' || phase === 'refused' ? trouble : undefined);
  if (!error) return nothing;
  const said = isUnproven(error) ? sharedWords(language).refused : message;
  return renderError(error, language, {
    catalogue: { [error.code]: { message: said, next } },
    tone: 'warning',
  });
}
