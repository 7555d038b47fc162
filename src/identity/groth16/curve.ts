/** The functions of bn128.wasm: pointers and lengths in, pointers or flags out. */
type Exports = Record<string, (...parameters: number[]) => number>;

export type Group = 'g1m' | 'g2m';

/** Bytes of a point: affine, and as sums are kept (Jacobian). Coordinates are Montgomery, little-endian. */
export const AFFINE = { g1m: 64, g2m: 128 } as const;
export const JACOBIAN = { g1m: 96, g2m: 192 } as const;

/** Order of the scalar field. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Modulus of the base field. */
export const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

const PAGE = 65_536;
/** What a multi-scalar multiplication or a Fourier transform takes for itself above what is allocated. */
const HEADROOM = 1 << 20;

/**
 * BN254 by the prebuilt bn128.wasm of wasmcurves, in a memory of its own. What stays (the key's points) is
 * allocated first; `scoped` frees and erases what a computation leaves behind.
 */
export class Curve {
  readonly call: Exports;
  readonly #memory: WebAssembly.Memory;
  #top: number;

  private constructor(call: Exports, memory: WebAssembly.Memory) {
    this.call = call;
    this.#memory = memory;
    // The module keeps the beginning of free memory in its first word, and allocates above it.
    this.#top = new Uint32Array(memory.buffer)[0]!;
  }

  static async instantiate(module: WebAssembly.Module): Promise<Curve> {
    const memory = new WebAssembly.Memory({ initial: 32 });
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    return new Curve(exports as unknown as Exports, memory);
  }

  /** Bytes of its memory, which never shrinks. */
  get memorySize(): number {
    return this.#memory.buffer.byteLength;
  }

  alloc(size: number): number {
    const pointer = this.#top;
    this.#setTop(pointer + ((size + 31) & ~31));
    return pointer;
  }

  put(bytes: Uint8Array): number {
    const pointer = this.alloc(bytes.length);
    this.view(pointer, bytes.length).set(bytes);
    return pointer;
  }

  /** A copy. */
  get(pointer: number, size: number): Uint8Array {
    return this.view(pointer, size).slice();
  }

  /** The memory itself: valid until the next allocation. */
  view(pointer: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, pointer, size);
  }

  /** Frees and erases what `work` allocated: scalars are the holder's secrets. */
  scoped<T>(work: () => T): T {
    const begin = this.#top;
    try {
      return work();
    } finally {
      this.view(begin, this.#top - begin).fill(0);
      this.#setTop(begin);
    }
  }

  /** A scalar as the multiplications take it: 32 bytes, not Montgomery. */
  putScalar(value: bigint): number {
    return this.put(toLittleEndian(value));
  }

  /** A Jacobian point from an affine one; infinity is all zeros. */
  putPoint(group: Group, affine: Uint8Array): number {
    const pointer = this.alloc(JACOBIAN[group]);
    this.call[`${group}_toJacobian`]!(this.put(affine), pointer);
    return pointer;
  }

  /** sum of scalars[i] * points[i]. @param points pointer to affine points; `scalars` are 32 bytes each */
  multiply(group: Group, points: number, scalars: Uint8Array): number {
    const result = this.alloc(JACOBIAN[group]);
    const count = scalars.length / 32;
    if (count === 0) this.call[`${group}_zero`]!(result);
    else this.call[`${group}_multiexpAffine`]!(points, this.put(scalars), 32, count, result);
    return result;
  }

  /** `target` += `point`; both Jacobian. */
  add(group: Group, target: number, point: number): void {
    this.call[`${group}_add`]!(target, point, target);
  }

  /** scalar * point; all pointers, the point Jacobian. */
  scale(group: Group, point: number, scalar: number): number {
    const result = this.alloc(JACOBIAN[group]);
    this.call[`${group}_timesScalar`]!(point, scalar, 32, result);
    return result;
  }

  /** Affine coordinates of a Jacobian point as numbers: x, y; in G2 the real part of each first. */
  coordinates(group: Group, point: number): bigint[] {
    const affine = this.alloc(AFFINE[group]);
    this.call[`${group}_toAffine`]!(point, affine);
    this.call[`${group}_fromMontgomeryAffine`]!(affine, affine);
    return Array.from({ length: AFFINE[group] / 32 }, (_, index) =>
      fromLittleEndian(this.view(affine + 32 * index, 32)),
    );
  }

  #setTop(top: number): void {
    const missing = Math.ceil((top + HEADROOM - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
    this.#top = top;
    new Uint32Array(this.#memory.buffer)[0] = top;
  }
}

export function toLittleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let index = 0, rest = value; index < 32; index++, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  return bytes;
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!);
  return value;
}
