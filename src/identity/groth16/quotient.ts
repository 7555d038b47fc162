import { type Curve, R, toLittleEndian } from './curve.ts';
import type { ProvingKey } from './proving-key.ts';

/**
 * The quotient polynomial's values on the odd coset, (A*B - C)(w^(2i+1)) with w a root of unity of twice the
 * domain: the scalars of the sum over H, as snarkjs's keys want them.
 */
export class Quotient {
  readonly #curve: Curve;
  readonly #key: Pick<ProvingKey, 'domain' | 'wires'>;
  readonly #coefficients: { pointer: number; count: number };
  readonly #one: number;
  readonly #root: number;

  constructor(curve: Curve, key: Pick<ProvingKey, 'domain' | 'wires' | 'coefficients'>) {
    this.#curve = curve;
    this.#key = { domain: key.domain, wires: key.wires };
    this.#coefficients = { pointer: curve.put(key.coefficients), count: key.coefficients.length / 44 };
    this.#one = curve.put(toLittleEndian(montgomery(1n)));
    this.#root = curve.put(toLittleEndian(montgomery(rootOfUnity(2n * BigInt(key.domain)))));
  }

  /** 32 bytes a row, not Montgomery. @param witness 32 bytes a wire */
  scalars(witness: Uint8Array): Uint8Array {
    const curve = this.#curve;
    const { domain, wires } = this.#key;
    const { pointer, count } = this.#coefficients;
    const { qap_buildABC, qap_joinABC, frm_ifft, frm_fft, frm_batchApplyKey, frm_batchFromMontgomery } =
      curve.call;
    return curve.scoped(() => {
      const values = curve.put(witness);
      const [a, b, c] = [curve.alloc(32 * domain), curve.alloc(32 * domain), curve.alloc(32 * domain)];
      qap_buildABC!(pointer, count, values, a, b, c, 0, domain, 0, wires);
      for (const polynomial of [a, b, c]) {
        frm_ifft!(polynomial, domain);
        frm_batchApplyKey!(polynomial, domain, this.#one, this.#root, polynomial);
        frm_fft!(polynomial, domain);
      }
      qap_joinABC!(a, b, c, domain, a);
      frm_batchFromMontgomery!(a, domain, a);
      return curve.get(a, 32 * domain);
    });
  }
}

/** A primitive root of unity of order `size`, a power of two; 5 generates the field's units. */
function rootOfUnity(size: bigint): bigint {
  let [result, base] = [1n, 5n];
  for (let exponent = (R - 1n) / size; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % R;
    base = (base * base) % R;
  }
  return result;
}

function montgomery(value: bigint): bigint {
  return (value << 256n) % R;
}
