import { bytesToHex, concatBytes, type Hex, hexToBytes } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { FIELD } from '../../protocol/field.ts';
import { importSealKey, seal, unseal } from './seal.ts';

/** HKDF-SHA-256 of the seed under an `info` of its own. */
export type Expand = (info: string, bytes: number) => Promise<Uint8Array>;

/** Bytes of a sealed record: 12 of the nonce before, 16 of the tag behind. */
const IV = 12;

/**
 * What the holder of ZKID credentials has from the seed: a secret for every purpose, a key that seals what the
 * page keeps of them, and names under which sealed copies lie elsewhere. Each under an info string of its own.
 */
export class HolderSecrets {
  #sealKey: Promise<CryptoKey> | undefined;

  constructor(private readonly expand: Expand) {}

  /**
   * BN254 scalar. Two purposes of one wallet cannot be linked by it.
   *
   * @param purpose 0 is the first and has no number in its derivation
   */
  async secret(purpose: number): Promise<bigint> {
    const info = `hsk-embed/zkid/secret/v1${purpose === 0 ? '' : `/${purpose}`}`;
    // 16 bytes more than the field has, so that the remainder is uniform.
    return BigInt(bytesToHex(await this.expand(info, 48))) % FIELD;
  }

  /** 32 bytes that tell whoever keeps a copy under them neither the wallet nor the commitment. */
  async locator(place: string): Promise<Hex> {
    return bytesToHex(await this.expand(`hsk-embed/holder/locator/v1/${place}`, 32));
  }

  /** AES-256-GCM: nonce ‖ ciphertext ‖ tag. `context` is authenticated and not inside. */
  async seal(plaintext: Hex, context: string): Promise<Hex> {
    const { iv, ciphertext } = await seal(await this.#key(), hexToBytes(plaintext), context);
    return bytesToHex(concatBytes([iv, ciphertext]));
  }

  /** @throws `SEAL_BROKEN` for another wallet's record, another context, or a single changed bit */
  async open(sealed: Hex, context: string): Promise<Hex> {
    const bytes = hexToBytes(sealed);
    if (bytes.length < IV)
      throw new HskError('SEAL_BROKEN', 'A sealed record does not open', { details: context });
    const record = { iv: bytes.subarray(0, IV), ciphertext: bytes.subarray(IV) };
    return bytesToHex(await unseal(await this.#key(), record, context));
  }

  #key(): Promise<CryptoKey> {
    return (this.#sealKey ??= this.expand('hsk-embed/holder/seal/v1', 32).then(importSealKey));
  }
}
