import { argon2id } from 'hash-wasm';
import { HskError } from '../../protocol/errors.ts';

/** How a password becomes a key; stored beside what it opens, so that it can be raised later. */
export interface KdfParameters {
  name: 'argon2id';
  memoryKiB: number;
  iterations: number;
  parallelism: number;
  /** 16 random bytes. */
  salt: Uint8Array;
}

/** RFC 9106, second recommended option: 64 MiB, three passes. */
export function freshKdf(): KdfParameters {
  return {
    name: 'argon2id',
    memoryKiB: 65_536,
    iterations: 3,
    parallelism: 1,
    salt: crypto.getRandomValues(new Uint8Array(16)),
  };
}

/** 32 bytes. The password is normalised (NFKC), so that the same words typed on another keyboard open it. */
export async function stretchPassword(password: string, kdf: KdfParameters): Promise<Uint8Array> {
  return argon2id({
    password: new TextEncoder().encode(password.normalize('NFKC')),
    salt: kdf.salt,
    memorySize: kdf.memoryKiB,
    iterations: kdf.iterations,
    parallelism: kdf.parallelism,
    hashLength: 32,
    outputType: 'binary',
  });
}

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
