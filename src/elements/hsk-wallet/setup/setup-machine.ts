import type { SerializedError } from '../../../protocol/errors.ts';

/**
 * The way to a wallet. Nothing is stored before the recovery phrase was confirmed, so that leaving early
 * leaves nothing behind that nobody could restore.
 */
export type SetupState =
  | { step: 'welcome' }
  | { step: 'password'; busy: boolean; error?: SerializedError }
  | { step: 'phrase'; password: string; phrase: string; shown: boolean }
  | {
      step: 'confirm';
      password: string;
      phrase: string;
      /** Positions of the words asked for, from 0, ascending. */
      asked: readonly number[];
      busy: boolean;
      error?: SerializedError;
    }
  | { step: 'restore'; busy: boolean; error?: SerializedError };

export type SetupEvent =
  | { type: 'create' }
  | { type: 'restore' }
  | { type: 'password-chosen' }
  | { type: 'phrase-made'; password: string; phrase: string }
  | { type: 'phrase-shown' }
  | { type: 'phrase-written'; asked: readonly number[] }
  | { type: 'storing' }
  | { type: 'failed'; error: SerializedError }
  | { type: 'back' };

export const initialSetup: SetupState = { step: 'welcome' };

/** The next state; an event that has no place in a state changes nothing. */
export function nextSetup(state: SetupState, event: SetupEvent): SetupState {
  switch (event.type) {
    case 'create':
      return { step: 'password', busy: false };
    case 'restore':
      return { step: 'restore', busy: false };
    case 'password-chosen':
      return state.step === 'password' ? { step: 'password', busy: true } : state;
    case 'phrase-made':
      return state.step === 'password'
        ? { step: 'phrase', password: event.password, phrase: event.phrase, shown: false }
        : state;
    case 'phrase-shown':
      return state.step === 'phrase' ? { ...state, shown: true } : state;
    case 'phrase-written': {
      if (state.step !== 'phrase' || !state.shown) return state;
      const { password, phrase } = state;
      return { step: 'confirm', password, phrase, asked: event.asked, busy: false };
    }
    case 'storing': {
      if (state.step !== 'confirm' && state.step !== 'restore') return state;
      const { error: _, ...rest } = state;
      return { ...rest, busy: true };
    }
    case 'failed':
      return 'busy' in state ? { ...state, busy: false, error: event.error } : state;
    case 'back':
      if ('busy' in state && state.busy) return state;
      if (state.step === 'confirm')
        return { step: 'phrase', password: state.password, phrase: state.phrase, shown: true };
      return initialSetup;
  }
}

/** Which words to ask for: `count` of `length` positions, ascending. `random` gives numbers in [0, 1). */
export function chooseAsked(length: number, count: number, random: () => number): number[] {
  const left = Array.from({ length }, (_, index) => index);
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]!).toSorted(
    (a, b) => a - b,
  );
}

/** Which of the typed words are not the phrase's, by position. */
export function wrongWords(
  phrase: string,
  asked: readonly number[],
  typed: ReadonlyMap<number, string>,
): number[] {
  const words = phrase.split(' ');
  return asked.filter((at) => (typed.get(at) ?? '').normalize('NFKD').trim().toLowerCase() !== words[at]);
}
