import { type Curve, P, toLittleEndian } from './curve.ts';

// A square root of a is a^((p+1)/4), because p = 3 mod 4. A point that is not on the curve comes out as another
// number: the bytes are pinned, and every proof is verified before it is handed out.

/** y^2 = x^3 + 3. */
const B = 3n;

/** 32 bytes a point, x and the oddness of y, to affine points in Montgomery form. */
export function expandG1(curve: Curve, compressed: Uint8Array): Uint8Array {
  return curve.scoped(() => {
    const { f1m_toMontgomery, f1m_square, f1m_mul, f1m_add, f1m_exp, f1m_neg } = field(curve);
    const count = compressed.length / 32;
    const points = curve.alloc(64 * count);
    const [b, root, square] = [montgomery(curve, B), exponent(curve, (P + 1n) / 4n), curve.alloc(32)];
    const isOdd = oddness(curve);
    for (let index = 0; index < count; index++) {
      const x = points + 64 * index;
      const y = x + 32;
      const odd = putCoordinate(curve, x, compressed.subarray(32 * index, 32 * index + 32));
      f1m_toMontgomery(x, x);
      f1m_square(x, square);
      f1m_mul(square, x, square);
      f1m_add(square, b, square);
      f1m_exp(square, root, 32, y);
      if (isOdd(y) !== odd) f1m_neg(y, y);
    }
    return curve.get(points, 64 * count);
  });
}

/** The same over Fp2: 64 bytes a point, the oddness that of the real part of y. */
export function expandG2(curve: Curve, compressed: Uint8Array): Uint8Array {
  return curve.scoped(() => {
    const { f1m_toMontgomery, f2m_square, f2m_mul, f2m_add, f2m_neg } = field(curve);
    const count = compressed.length / 64;
    const points = curve.alloc(128 * count);
    const [b, square] = [twist(curve), curve.alloc(64)];
    const squareRoot = fp2SquareRoot(curve);
    const isOdd = oddness(curve);
    for (let index = 0; index < count; index++) {
      const x = points + 128 * index;
      const y = x + 64;
      putCoordinate(curve, x, compressed.subarray(64 * index, 64 * index + 32));
      const odd = putCoordinate(curve, x + 32, compressed.subarray(64 * index + 32, 64 * index + 64));
      f1m_toMontgomery(x, x);
      f1m_toMontgomery(x + 32, x + 32);
      f2m_square(x, square);
      f2m_mul(square, x, square);
      f2m_add(square, b, square);
      squareRoot(square, y);
      if (isOdd(y) !== odd) f2m_neg(y, y);
    }
    return curve.get(points, 128 * count);
  });
}

/**
 * (x + yi)^2 = a + bi means x^2 - y^2 = a and 2xy = b. With n^2 = a^2 + b^2 and d = (a + n)/2, exactly one of d
 * and -d is a square, and r = d^((p+1)/4) is its root: of d, and x = r; of -d, and y = r. The other part is
 * b/2 over it, where 1/r = +-d^((p-3)/4).
 */
function fp2SquareRoot(curve: Curve): (from: number, to: number) => void {
  const { f1m_square, f1m_mul, f1m_add, f1m_exp, f1m_neg, f1m_eq } = field(curve);
  const [norm, d, inverse, root, test, halfB] = Array.from({ length: 6 }, () => curve.alloc(32)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const half = montgomery(curve, (P + 1n) / 2n);
  const [toRoot, toInverse] = [exponent(curve, (P + 1n) / 4n), exponent(curve, (P - 3n) / 4n)];
  return (from, to) => {
    f1m_square(from, norm);
    f1m_square(from + 32, d);
    f1m_add(norm, d, norm);
    f1m_exp(norm, toRoot, 32, root);
    f1m_add(from, root, d);
    f1m_mul(d, half, d);
    f1m_mul(from + 32, half, halfB);
    f1m_exp(d, toInverse, 32, inverse);
    f1m_mul(d, inverse, root);
    f1m_mul(halfB, inverse, inverse);
    f1m_square(root, test);
    const real = f1m_eq(test, d);
    if (!real) f1m_neg(inverse, inverse);
    curve.view(real ? to : to + 32, 32).set(curve.view(root, 32));
    curve.view(real ? to + 32 : to, 32).set(curve.view(inverse, 32));
  };
}

/** The names of the wasm that are used here. */
type FieldName =
  | `f1m_${'toMontgomery' | 'fromMontgomery' | 'square' | 'mul' | 'add' | 'exp' | 'neg' | 'eq'}`
  | `f2m_${'square' | 'mul' | 'add' | 'neg'}`;

function field(curve: Curve): Record<FieldName, (...pointers: number[]) => number> {
  return curve.call as Record<FieldName, (...pointers: number[]) => number>;
}

function montgomery(curve: Curve, value: bigint): number {
  const pointer = curve.put(toLittleEndian(value));
  field(curve).f1m_toMontgomery(pointer, pointer);
  return pointer;
}

function exponent(curve: Curve, value: bigint): number {
  return curve.put(toLittleEndian(value));
}

/** 3 / (9 + i), the constant of G2's curve. */
function twist(curve: Curve): number {
  // 1 / (9 + i) = (9 - i) / 82.
  const scale = (value: bigint) => (((value % P) + P) * inverse(82n)) % P;
  const pointer = curve.alloc(64);
  curve.view(pointer, 32).set(toLittleEndian(scale(27n)));
  curve.view(pointer + 32, 32).set(toLittleEndian(scale(-3n)));
  field(curve).f1m_toMontgomery(pointer, pointer);
  field(curve).f1m_toMontgomery(pointer + 32, pointer + 32);
  return pointer;
}

function inverse(value: bigint): bigint {
  let [result, base] = [1n, value];
  for (let exponent = P - 2n; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

/** Writes x and returns the flag in its highest bit. */
function putCoordinate(curve: Curve, pointer: number, bytes: Uint8Array): boolean {
  const target = curve.view(pointer, 32);
  target.set(bytes);
  target[31]! &= 0x7f;
  return bytes[31]! >= 0x80;
}

/** Whether a coordinate in Montgomery form is odd as a number. */
function oddness(curve: Curve): (pointer: number) => boolean {
  const plain = curve.alloc(32);
  return (pointer) => {
    field(curve).f1m_fromMontgomery(pointer, plain);
    return (curve.view(plain, 1)[0]! & 1) === 1;
  };
}
