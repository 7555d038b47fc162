import { getAddress, type Hex, stringToHex } from 'viem';
import type { SignInRequest } from '../vault-api.ts';
import type { DerivedKey } from './keys.ts';
import { signPersonal } from './sign.ts';

/** Milliseconds for which the message opens and keeps a session. */
const LIFETIME = 3_600_000;

/**
 * The text of EIP-4361 about this account, this endpoint and this hour, signed. Every field was checked to hold no
 * line break, so nothing but these lines can be signed here.
 *
 * @param now milliseconds since 1970
 */
export async function signSignIn(
  key: DerivedKey,
  { uri, chainId, nonce }: SignInRequest,
  now: number,
): Promise<{ message: string; signature: Hex }> {
  const message = [
    `${new URL(uri).host} wants you to sign in with your Ethereum account:`,
    getAddress(key.address),
    '',
    'See my own records on this chain.',
    '',
    `URI: ${uri}`,
    'Version: 1',
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${new Date(now).toISOString()}`,
    `Expiration Time: ${new Date(now + LIFETIME).toISOString()}`,
  ].join('\n');
  return { message, signature: await signPersonal(key, stringToHex(message)) };
}
