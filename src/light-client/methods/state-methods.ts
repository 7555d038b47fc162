import { numberToHex } from '../../protocol/hex.ts';
import { list, quantity } from '../../protocol/parse.ts';
import { accountAt, type Method } from './block-at.ts';

const word = (value: bigint) => numberToHex(value, { size: 32 });

/** Accounts, their code and their storage. */
export const STATE_METHODS: Record<string, Method> = {
  eth_getBalance: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    return numberToHex((await reader.state(at, account)).account.balance);
  },
  // 'pending' is the proven nonce as well: what the wallet has sent since is in the wallet's own journal.
  eth_getTransactionCount: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    return numberToHex((await reader.state(at, account)).account.nonce);
  },
  eth_getStorageAt: async (reader, params) => {
    const slot = word(quantity(params[1], 'params[1]'));
    const [account, at] = await accountAt(reader, params, 2);
    const { values } = await reader.state(at, account, [slot]);
    return word(values[0] ?? 0n);
  },
  eth_getCode: async (reader, params) => {
    const [account, at] = await accountAt(reader, params, 1);
    return reader.code(at, account);
  },
  /** EIP-1186: the peer's nodes, after they were verified; every value from the proven leaf. */
  eth_getProof: async (reader, params) => {
    const slots = list(quantity, 1024)(params[1] ?? [], 'params[1]').map(word);
    const [address, at] = await accountAt(reader, params, 2);
    const { account, values, proof } = await reader.state(at, address, slots);
    return {
      address,
      balance: numberToHex(account.balance),
      nonce: numberToHex(account.nonce),
      codeHash: account.codeHash,
      storageHash: account.storageRoot,
      accountProof: proof.accountProof,
      storageProof: slots.map((_, index) => ({
        key: (params[1] as unknown[])[index],
        value: numberToHex(values[index]!),
        proof: proof.storageProofs[index],
      })),
    };
  },
};
