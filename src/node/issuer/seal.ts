import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { HskError } from '../../protocol/errors.ts';

const NONCE = 12;
const TAG = 16;

/**
 * What the issuer keeps of people: AES-256-GCM under one key, `nonce 12 ‖ tag 16 ‖ ciphertext`. `place` names where
 * the bytes lie and is authenticated, so that nothing can be moved to another place.
 */
export class Seal {
  constructor(private readonly key: Uint8Array) {}

  seal(plain: Uint8Array, place: string): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws `ISSUER_DAMAGED` when it was not sealed here, at this place */
  open(sealed: Uint8Array, place: string): Buffer {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE), {
        authTagLength: TAG,
      })
        .setAAD(Buffer.from(place))
        .setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
    } catch (cause) {
      throw new HskError('ISSUER_DAMAGED', "Something in the issuer's directory is damaged or was changed", {
        details: place,
        action: 'Restore the directory, with its data.key, from a backup.',
        cause,
      });
    }
  }

  sealJson(value: unknown, place: string): Buffer {
    return this.seal(Buffer.from(JSON.stringify(value)), place);
  }

  /** @throws `ISSUER_DAMAGED` */
  openJson(sealed: Uint8Array, place: string): unknown {
    return JSON.parse(this.open(sealed, place).toString('utf8'));
  }
}
