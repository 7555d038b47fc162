import { type Address, hashMessage, type Hex, hexToBytes, keccak256, type PrivateKeyAccount } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { curve, keccak } from '../chain/crypto.ts';
import { toBytes, toHex } from '../chain/bytes.ts';

/** What an account puts its name to when it asks a committee member for something. */
export interface RequestSubject {
  method: 'GET' | 'POST';
  /** Path below the member's own base, from the slash on, with the query. */
  path: string;
  /** keccak of the body; of nothing where there is none. */
  bodyHash: Hex;
  /** The 96-byte public key of the member: a request to one is none to another. */
  member: Hex;
}

/** The `Authorization` header, taken apart. */
export interface SignedRequest {
  account: Address;
  /** Milliseconds since 1970. */
  time: number;
  /** 16 bytes at random. */
  nonce: Hex;
  /** EIP-191, 65 bytes. */
  signature: Hex;
}

const SCHEME = 'HSK-Account';
const HEADER = /^HSK-Account (0x[0-9a-f]{40}) (\d{1,15}) (0x[0-9a-f]{32}) (0x[0-9a-f]{130})$/;

export const EMPTY_BODY: Hex = keccak256('0x');

/** The text that is signed (EIP-191, version 0x45). One line a field, in this order. */
export function requestText(
  subject: RequestSubject,
  { account, time, nonce }: Omit<SignedRequest, 'signature'>,
) {
  return [
    'HSK committee request',
    `member: ${subject.member}`,
    `method: ${subject.method}`,
    `path: ${subject.path}`,
    `body: ${subject.bodyHash}`,
    `account: ${account}`,
    `time: ${time}`,
    `nonce: ${nonce}`,
  ].join('\n');
}

/** The value of the `Authorization` header for one request. */
export async function signRequest(
  account: Pick<PrivateKeyAccount, 'address' | 'signMessage'>,
  subject: RequestSubject,
  time: number,
): Promise<string> {
  const nonce = toHex(crypto.getRandomValues(new Uint8Array(16)));
  const address = account.address.toLowerCase() as Address;
  const message = requestText(subject, { account: address, time, nonce });
  return `${SCHEME} ${address} ${time} ${nonce} ${await account.signMessage({ message })}`;
}

/** @throws `REQUEST_UNSIGNED` without a header, or with one that is not of this form */
export function parseAuthorization(header: string | undefined): SignedRequest {
  const [, account, time, nonce, signature] = HEADER.exec(header ?? '') ?? [];
  if (!account)
    throw new HskError(
      'REQUEST_UNSIGNED',
      'This is given only to accounts, and no account signed the request',
      {
        details: header === undefined ? 'no Authorization header' : 'an Authorization header of another form',
        action: `Sign it: Authorization: ${SCHEME} <account> <milliseconds> <nonce> <EIP-191 signature>.`,
      },
    );
  return {
    account: account as Address,
    time: Number(time),
    nonce: nonce as Hex,
    signature: signature as Hex,
  };
}

/** Who signed a text (EIP-191), lower case; `undefined` when no key fits. v is 27 or 28, or 0 or 1. */
export function textSigner(text: string, signature: Hex): Address | undefined {
  const bytes = hexToBytes(signature);
  const v = bytes[64]! >= 27 ? bytes[64]! - 27 : bytes[64]!;
  if (bytes.length !== 65 || (v !== 0 && v !== 1)) return undefined;
  try {
    const key = curve.recover(bytes.subarray(0, 64), v, toBytes(hashMessage(text)));
    return toHex(keccak(key.subarray(1)).subarray(12));
  } catch {
    return undefined;
  }
}
