import type { Address } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { freshKdf, type KdfParameters, stretchPassword } from './password.ts';
import { importSealKey, type Sealed, seal, unseal } from './seal.ts';

/** The encrypted vault as it lies in the browser's storage: the BIP-39 phrase under the password. */
export interface VaultRecord {
  version: 1;
  /** Of account 0: a phrase that leads there may set a new password. */
  address: Address;
  kdf: KdfParameters;
  phrase: Sealed;
  /** Its phrase was drawn in this browser: nothing of it was ever anywhere else. */
  madeHere?: boolean;
}

export async function sealPhrase(phrase: string, password: string, address: Address): Promise<VaultRecord> {
  const kdf = freshKdf();
  const key = await importSealKey(await stretchPassword(password, kdf));
  return {
    version: 1,
    address,
    kdf,
    phrase: await seal(key, new TextEncoder().encode(phrase), context(kdf)),
  };
}

/** The phrase, or `undefined` when the password is wrong (or the record was changed: they look the same). */
export async function openPhrase(record: VaultRecord, password: string): Promise<string | undefined> {
  checkVersion(record);
  const key = await importSealKey(await stretchPassword(password, record.kdf));
  try {
    return new TextDecoder().decode(await unseal(key, record.phrase, context(record.kdf)));
  } catch {
    return undefined;
  }
}

/** Parameters are authenticated with what they protect, so that nobody weakens them unseen. */
function context({ name, memoryKiB, iterations, parallelism }: KdfParameters): string {
  return `hsk-vault/1/${name}/${memoryKiB}/${iterations}/${parallelism}`;
}

/** @throws `VAULT_VERSION`, also for parameters that would make this machine work without end */
function checkVersion({ version, kdf }: VaultRecord): void {
  const sane =
    version === 1 &&
    kdf.name === 'argon2id' &&
    kdf.memoryKiB <= 1_048_576 &&
    kdf.iterations <= 16 &&
    kdf.parallelism <= 16;
  if (!sane)
    throw new HskError('VAULT_VERSION', 'This vault was written by another version of the wallet', {
      details: `version ${String(version)}`,
      action: 'Update the page, or restore the wallet from its recovery phrase.',
    });
}
