import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, integer, list, object, type Parser, text } from '../../protocol/parse.ts';
import type { BudgetLimits, BudgetPayment, SignInRequest, TransactionRequest } from '../vault-api.ts';

/**
 * What crosses into the vault is read field by field into fresh objects, so that nothing the page sends is
 * carried along unseen. All throw `VAULT_ARGUMENT`.
 */
const amount: Parser<bigint> = (value, path) => {
  if (typeof value !== 'bigint' || value < 0n || value >> 256n)
    throw invalid(`${path} is not an unsigned 256-bit bigint`);
  return value;
};

const transaction = object<TransactionRequest>({
  chainId: integer,
  nonce: integer,
  to: address,
  value: amount,
  data: hex(),
  gas: amount,
  maxFeePerGas: amount,
  maxPriorityFeePerGas: amount,
});

const limits = object<BudgetLimits>({
  token: address,
  chainId: integer,
  total: amount,
  perPayment: amount,
  expiry: amount,
  payees: list(address, 100),
  label: text,
});

const payment = object<BudgetPayment>({
  to: address,
  value: amount,
  validAfter: amount,
  validBefore: amount,
  nonce: hex(32),
  deadline: amount,
  mandateNonce: hex(32),
  requirementRef: hex(32),
});

const endpoint: Parser<string> = (value, path) => {
  const url = text(value, path);
  if (!/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(url) || url.length > 500)
    throw invalid(`${path} is not the URL of an endpoint`);
  return url;
};

const nonce: Parser<string> = (value, path) => {
  const letters = text(value, path);
  if (!/^[a-zA-Z0-9]{8,128}$/.test(letters)) throw invalid(`${path} is not 8 to 128 letters and digits`);
  return letters;
};

export const checkSignIn = checked(
  object<SignInRequest>({ uri: endpoint, chainId: integer, nonce }),
  'request',
);
export const checkTransaction = checked(transaction, 'transaction');
export const checkLimitsShape = checked(limits, 'limits');
export const checkPaymentShape = checked(payment, 'payment');
export const checkSweepShape = checked(
  object<{ value: bigint; validBefore: bigint; nonce: Hex }>({
    value: amount,
    validBefore: amount,
    nonce: hex(32),
  }),
  'sweep',
);
/** Purposes of holder secrets, 0 to 15. */
const purpose: Parser<number> = (value, path) => {
  const index = integer(value, path);
  if (index > 15) throw invalid(`${path} is above 15`);
  return index;
};

/** Goes into a derivation or is authenticated with a ciphertext. */
const name: Parser<string> = (value, path) => {
  const letters = text(value, path);
  if (!/^[\x20-\x7e]{1,600}$/.test(letters)) throw invalid(`${path} is not 1 to 600 printable characters`);
  return letters;
};

export const checkPurpose = checked(purpose, 'purpose');
export const checkName = checked(name, 'name');
export const checkAddress: (value: unknown) => Address = checked(address, 'account');

export function checkHex(value: unknown, size?: number): Hex {
  return checked(hex(size), 'hex')(value);
}

function checked<T>(parser: Parser<T>, name: string): (value: unknown) => T {
  return (value) => {
    try {
      return parser(value, name);
    } catch (error) {
      if (error instanceof HskError && error.code === 'PARSE_INVALID')
        throw invalid([error.shortMessage, error.details].filter(Boolean).join(': '));
      throw error;
    }
  };
}

function invalid(details: string): HskError {
  return new HskError('VAULT_ARGUMENT', 'The vault was asked with a malformed argument', { details });
}
