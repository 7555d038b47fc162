import { HskError } from '../../protocol/errors.ts';

/** AES-256-GCM. `iv` is 12 fresh random bytes; the 16-byte tag ends `ciphertext`. */
export interface Sealed {
  iv: Uint8Array;
  ciphertext: Uint8Array;
}

export async function importSealKey(raw: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', plain(raw), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** `context` is authenticated, not stored: a record moved to another place does not open there. */
export async function seal(key: CryptoKey, plaintext: Uint8Array, context: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(context);
  const ciphertext = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    key,
    plain(plaintext),
  );
  return { iv, ciphertext: new Uint8Array(ciphertext) };
}

/** @throws `SEAL_BROKEN` for another key, another context, or a single changed bit */
export async function unseal(key: CryptoKey, sealed: Sealed, context: string): Promise<Uint8Array> {
  const additionalData = new TextEncoder().encode(context);
  try {
    const plaintext = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: plain(sealed.iv), additionalData },
      key,
      plain(sealed.ciphertext),
    );
    return new Uint8Array(plaintext);
  } catch (cause) {
    throw new HskError('SEAL_BROKEN', 'A sealed record does not open', { details: context, cause });
  }
}

/** WebCrypto's types want bytes that are not shared memory; ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
