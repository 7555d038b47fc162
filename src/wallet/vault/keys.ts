import { type Address, bytesToHex, type Hex } from 'viem';
import { HDKey, privateKeyToAddress } from 'viem/accounts';
import { HolderSecrets } from './holder-secrets.ts';
import { importSealKey } from './seal.ts';

/** First index of budget accounts: m/44'/60'/0'/0/(1000 + n). Owner accounts are below. */
export const BUDGET_INDEX = 1000;

export interface DerivedKey {
  address: Address;
  privateKey: Hex;
}

/** What an open vault knows. Lives in the worker's memory only. */
export interface OpenKeys {
  /** @param index of m/44'/60'/0'/0/index */
  derive(index: number): DerivedKey;
  /** Seals budgets and the payment journal. */
  ledgerKey: CryptoKey;
  /** What the holder of ZKID credentials has. */
  holder: HolderSecrets;
}

/** Everything that comes from a 64-byte BIP-39 seed. The secrets beside the accounts are HKDF-SHA-256 outputs. */
export async function openKeys(seed: Uint8Array): Promise<OpenKeys> {
  const parent = HDKey.fromMasterSeed(seed).derive("m/44'/60'/0'/0");
  const derived = new Map<number, DerivedKey>();
  // Not extractable: it derives, and that is all.
  const root = await crypto.subtle.importKey('raw', seed as Uint8Array<ArrayBuffer>, 'HKDF', false, [
    'deriveBits',
  ]);
  const expand = async (info: string, bytes: number) => {
    const algorithm = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode(info),
    };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, root, bytes * 8));
  };
  return {
    derive(index) {
      let key = derived.get(index);
      if (!key) {
        const privateKey = bytesToHex(parent.deriveChild(index).privateKey!);
        key = { privateKey, address: privateKeyToAddress(privateKey) };
        derived.set(index, key);
      }
      return key;
    },
    ledgerKey: await importSealKey(await expand('hsk-embed/vault/ledger/v1', 32)),
    holder: new HolderSecrets(expand),
  };
}
