import { generateMnemonic, mnemonicToSeed, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english';
import { HskError } from '../../protocol/errors.ts';

/** Twelve words, 128 bits of entropy (BIP-39, English). */
export function newPhrase(): string {
  return generateMnemonic(wordlist, 128);
}

/**
 * The phrase as BIP-39 spells it: lower case, one space between words.
 *
 * @throws `PHRASE_INVALID`; `details` names the first word that is not in the list, or `count`, or `checksum`
 */
export function readPhrase(text: string): string {
  const words = text.normalize('NFKD').trim().toLowerCase().split(/\s+/);
  const invalid = (details: string, what: string) =>
    new HskError('PHRASE_INVALID', `This is not a recovery phrase: ${what}`, {
      details,
      action: 'Check the spelling and the order of the words.',
    });
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  // The position, not the word: an error may be logged, and no word of a phrase should be.
  if (unknown >= 0 && text.trim() !== '')
    throw invalid(`word ${unknown + 1}`, `word ${unknown + 1} is not in the list.`);
  if (![12, 15, 18, 21, 24].includes(words.length))
    throw invalid('count', `it has ${text.trim() === '' ? 0 : words.length} words; 12 or 24 are usual.`);
  const phrase = words.join(' ');
  if (!validateMnemonic(phrase, wordlist))
    throw invalid('checksum', 'its last word does not fit the others.');
  return phrase;
}

/** 64 bytes; no BIP-39 passphrase. */
export async function phraseToSeed(phrase: string): Promise<Uint8Array> {
  return mnemonicToSeed(phrase);
}
