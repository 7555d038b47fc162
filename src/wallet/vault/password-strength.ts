import { HskError } from '../../protocol/errors.ts';

export const PASSWORD_MINIMUM = 10;

/** What people choose when they are asked for ten characters. */
const COMMON =
  /^(?:p[a@4]ssw[o0]rd|passphrase|q[wa][ez]rty|azerty|letmein|iloveyou|welcome|admin|abc123|1q2w3e4r|hashkey|hongkong|changeme)[\W\d_]*(?:uiop|123)?[\W\d_]*$/i;

/** Why a password is refused; the element has the words. */
export type PasswordWeakness = 'short' | 'repetitive' | 'sequence' | 'common';

/** `undefined` for a password that may guard a vault. */
export function passwordWeakness(password: string): PasswordWeakness | undefined {
  const characters = [...password.normalize('NFKC')];
  if (characters.length < PASSWORD_MINIMUM) return 'short';
  if (new Set(characters.map((character) => character.toLowerCase())).size < 5) return 'repetitive';
  const steps = characters.slice(1).map((character, at) => code(character) - code(characters[at]!));
  // "abcdefghij", "0987654321": nearly every step the same.
  if (steps.filter((step) => step === 1).length >= steps.length - 1) return 'sequence';
  if (steps.filter((step) => step === -1).length >= steps.length - 1) return 'sequence';
  if (COMMON.test(characters.join(''))) return 'common';
  return undefined;
}

const WHY: Record<PasswordWeakness, string> = {
  short: `It has fewer than ${PASSWORD_MINIMUM} characters.`,
  repetitive: 'It repeats the same few characters.',
  sequence: 'It is a simple sequence.',
  common: 'It is among the first that anybody would try.',
};

/** @throws `PASSWORD_WEAK`; `details` names the weakness */
export function requireStrongPassword(password: string): void {
  const weakness = passwordWeakness(password);
  if (weakness)
    throw new HskError('PASSWORD_WEAK', `This password would not protect the wallet. ${WHY[weakness]}`, {
      details: weakness,
      action: `Use at least ${PASSWORD_MINIMUM} characters; four unrelated words are easy to remember.`,
    });
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0;
}
