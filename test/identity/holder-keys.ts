import type { HolderKeys } from '../../src/identity/holder-keys.ts';
import { HolderSecrets } from '../../src/wallet/vault/holder-secrets.ts';

/** The vault's holder secrets, for a wallet whose first one is given; what it is restored from elsewhere is the same. */
export function holderKeys(secret: bigint, madeHere = true): HolderKeys {
  const seed = new TextEncoder().encode(`holder ${secret}`);
  const secrets = new HolderSecrets(async (info, bytes) => {
    const key = await crypto.subtle.importKey('raw', seed, 'HKDF', false, ['deriveBits']);
    const algorithm = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode(info),
    };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, bytes * 8));
  });
  return {
    zkidSecret: async (purpose = 0) => (purpose === 0 ? secret : secrets.secret(purpose)),
    sealForHolder: (plaintext, context) => secrets.seal(plaintext, context),
    openForHolder: (sealed, context) => secrets.open(sealed, context),
    holderLocator: (place) => secrets.locator(place),
    madeHere: async () => madeHere,
  };
}
