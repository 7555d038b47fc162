import { type Address, encodeFunctionData, hashMessage, type Hex, recoverMessageAddress } from 'viem';
import { createSiweMessage, parseSiweMessage, type SiweMessage } from 'viem/siwe';
import { hex, object, text } from '../../protocol/parse.ts';
import type { Chain } from '../chain/chain.ts';
import { RpcError, SERVER_ERROR } from '../rpc/rpc-error.ts';
import { param } from '../rpc/params.ts';

/** Seconds that a session lasts at most, and that a message may lie ahead of this clock. */
export const SESSION_SECONDS = 3600;
const CLOCK_SKEW = 60;
/** Characters of a message, bytes of a signature: contract wallets sign long. */
const LONGEST_MESSAGE = 2048;
const LONGEST_SIGNATURE = 4096;
/** Gas that a contract gets to judge a signature (EIP-1271). */
const JUDGING_GAS = '0x1e8480';
const MAGIC_VALUE = '0x1626ba7e';

/** What a message has to say to be meant for this node. */
export interface SignInTerms {
  /** RFC 3986 authorities and URIs by which clients reach this node. */
  domains: readonly string[];
  uris: readonly string[];
  chainId: number;
  /** Seconds since 1970. */
  now: number;
  /** Whether the nonce was given out here and is unused. */
  knowsNonce(nonce: string): boolean;
}

/** A signed message that is good for a session. */
export interface SignIn {
  account: Address;
  nonce: string;
  /** Seconds since 1970. */
  until: number;
}

const parseRequest = object<{ message: string; signature: Hex }>({ message: text, signature: hex() });

/**
 * Checks a signed EIP-4361 message: meant for this node and chain, fresh, and signed by the account it names,
 * by its key or by its own code (EIP-1271).
 *
 * @throws RpcError -32000 with `data.code` SIGN_IN_FORM, SIGN_IN_DOMAIN, SIGN_IN_CHAIN, SIGN_IN_NONCE,
 * SIGN_IN_TIME or SIGN_IN_SIGNATURE
 */
export async function verifySignIn(
  params: unknown[],
  terms: SignInTerms,
  chain: Pick<Chain, 'request'>,
): Promise<SignIn> {
  const { message, signature } = param(params, 0, parseRequest);
  if (message.length > LONGEST_MESSAGE || signature.length > 2 + 2 * LONGEST_SIGNATURE)
    throw refused('SIGN_IN_FORM', 'the message or the signature is too long');
  const parsed = parseExactly(message);
  const { now } = terms;
  if (!terms.domains.includes(parsed.domain) || !terms.uris.includes(parsed.uri))
    throw refused('SIGN_IN_DOMAIN', 'the message is meant for another node');
  if (parsed.chainId !== terms.chainId)
    throw refused('SIGN_IN_CHAIN', `the message is meant for chain ${parsed.chainId}`);
  if (!terms.knowsNonce(parsed.nonce))
    throw refused('SIGN_IN_NONCE', 'the nonce is not from this node, expired or used');
  const expiry = seconds(parsed.expirationTime);
  if (expiry === undefined || expiry <= now)
    throw refused('SIGN_IN_TIME', 'the message has expired, or never does');
  if ((seconds(parsed.issuedAt) ?? Infinity) > now + CLOCK_SKEW || (seconds(parsed.notBefore) ?? 0) > now)
    throw refused('SIGN_IN_TIME', 'the message is not valid yet');
  const account = parsed.address.toLowerCase() as Address;
  if (!(await isSignedBy(account, message, signature, chain)))
    throw refused('SIGN_IN_SIGNATURE', 'the account did not sign the message');
  return { account, nonce: parsed.nonce, until: Math.min(expiry, now + SESSION_SECONDS) };
}

/** The parser finds its fields anywhere; only text that the fields make again says nothing else beside them. */
function parseExactly(message: string): SiweMessage {
  try {
    const parsed = parseSiweMessage(message) as SiweMessage;
    if (createSiweMessage(parsed) === message) return parsed;
  } catch {
    // Falls through: a field is missing or malformed.
  }
  throw refused('SIGN_IN_FORM', 'the message is not the exact text of EIP-4361');
}

async function isSignedBy(
  account: Address,
  message: string,
  signature: Hex,
  chain: Pick<Chain, 'request'>,
): Promise<boolean> {
  const signer = await recoverMessageAddress({ message, signature }).catch(() => undefined);
  if (signer?.toLowerCase() === account) return true;
  if ((await chain.request('eth_getCode', [account, 'latest'])) === '0x') return false;
  const data = encodeFunctionData({
    abi: [
      {
        type: 'function',
        name: 'isValidSignature',
        stateMutability: 'view',
        inputs: [{ type: 'bytes32' }, { type: 'bytes' }],
        outputs: [{ type: 'bytes4' }],
      },
    ],
    args: [hashMessage(message), signature],
  });
  const answer = await chain
    .request('eth_call', [{ to: account, data, gas: JUDGING_GAS }, 'latest'])
    .catch(() => '0x');
  return answer === MAGIC_VALUE.padEnd(66, '0');
}

function seconds(date: Date | undefined): number | undefined {
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : Math.floor(date.getTime() / 1000);
}

function refused(code: string, why: string): RpcError {
  return new RpcError(SERVER_ERROR, `sign-in refused: ${why}`, { code });
}
