import { hashMessage, type Hex, serializeSignature, serializeTransaction } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { toBytes, toHex } from '../chain/bytes.ts';
import { curve, keccak } from '../chain/crypto.ts';

/**
 * As viem's `privateKeyToAccount`, to the byte, but hashes and transactions are signed by libsecp256k1: what
 * a service sends takes from the time in which the chain executes.
 */
export function nativeAccount(key: Hex): PrivateKeyAccount {
  const secret = toBytes(key);
  const signature = (hash: Uint8Array) => {
    const { signature: bytes, recovery } = curve.sign(hash, secret);
    return {
      r: toHex(bytes.subarray(0, 32)),
      s: toHex(bytes.subarray(32)),
      v: BigInt(27 + recovery),
      yParity: recovery,
    };
  };
  const account: PrivateKeyAccount = {
    ...privateKeyToAccount(key),
    signMessage: async ({ message }) => serializeSignature(signature(toBytes(hashMessage(message)))),
    sign: async ({ hash }) => serializeSignature(signature(toBytes(hash))),
    signTransaction: async (transaction, { serializer = serializeTransaction } = {}) => {
      const unsigned = transaction.type === 'eip4844' ? { ...transaction, sidecars: false } : transaction;
      const hash = keccak(toBytes((await serializer(unsigned as typeof transaction)) as Hex));
      return (await serializer(transaction, signature(hash))) as never;
    },
  };
  return account;
}
