/**
 * Writes the proving key as browsers load it: what a zkey holds for proving, without its zeros, with points
 * compressed and coefficients from a dictionary. src/identity/groth16/proving-key.ts reads it;
 * test/identity/proving-key.test.ts compares every point and coefficient with the zkey.
 *
 * Little-endian throughout:
 *   "HSKG16" u16 version = 1 | u32 wires | u32 public signals | u32 domain
 *   alpha1 beta1 delta1 beta2 delta2
 *   class of each wire (wire-classes.ts), a byte each
 *   bitmap of the wires in A | bitmap of the wires in B (G1 and G2 alike), low bit first
 *   points A | B in G1 | C | H | B in G2
 *   u16 size of the dictionary | its 32-byte values, as the zkey has them
 *   for each row of the domain, for A and then B: LEB128 count, then for each coefficient LEB128 wire, u8 value
 *
 * A point of G1 is 32 bytes: x, and in the highest bit whether y is odd. A point of G2 is 64 bytes: both
 * coordinates of x, real part first, and in the highest bit whether the real part of y is odd.
 */
const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** 2^-256: zkeys hold coordinates in Montgomery form. */
const FROM_MONTGOMERY = power(2n ** 256n % P, P - 2n);

export function compactKey(zkey: Uint8Array, classes: Uint8Array): Uint8Array {
  const section = sections(zkey);
  const [header, coefficients, A, B1, B2, C, H] = [2, 4, 5, 6, 7, 8, 9].map((id) => section.get(id)!) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  // u32 size of q | q | u32 size of r | r | u32 wires | u32 public | u32 domain | the key's own points
  const view = viewOf(header);
  const [wires, publicSignals, domain] = [72, 76, 80].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  const own = header.subarray(84);
  const point = (from: number, size: number) => own.subarray(from, from + size);
  if (classes.length !== wires) throw new Error(`${classes.length} classes for ${wires} wires`);

  const [inA, inB, inB2] = [bitmap(A, 64), bitmap(B1, 64), bitmap(B2, 128)];
  if (!inB.equals(inB2)) throw new Error('B differs between G1 and G2');
  for (const [name, points] of Object.entries({ C, H }))
    if (split(points, 64).some(isZero)) throw new Error(`${name} has a point at infinity`);
  return Buffer.concat([
    Buffer.from('HSKG16\x01\0', 'latin1'),
    u32(wires),
    u32(publicSignals),
    u32(domain),
    // alpha1 64 | beta1 64 | beta2 128 | gamma2 128 | delta1 64 | delta2 128
    compressG1(point(0, 64)),
    compressG1(point(64, 64)),
    compressG1(point(384, 64)),
    compressG2(point(128, 128)),
    compressG2(point(448, 128)),
    classes,
    inA,
    inB,
    ...[A, B1, C, H].flatMap((points) => present(points, 64).map(compressG1)),
    ...present(B2, 128).map(compressG2),
    ...coefficientRows(coefficients, domain),
  ]);
}

function coefficientRows(section: Uint8Array, domain: number): Uint8Array[] {
  const view = viewOf(section);
  const count = view.getUint32(0, true);
  const dictionary = new Map<string, number>();
  const rows = Array.from({ length: domain * 2 }, (): number[][] => []);
  let last = -1;
  for (let index = 0; index < count; index++) {
    const at = 4 + 44 * index;
    const [matrix, row, wire] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const value = Buffer.from(section.subarray(at + 12, at + 44)).toString('hex');
    if (!dictionary.has(value)) dictionary.set(value, dictionary.size);
    // The order is the zkey's, so that what is read back is the same to the byte.
    if (2 * row + matrix < last) throw new Error('The coefficients are not in the order of their rows');
    last = 2 * row + matrix;
    rows[last]!.push([...leb128(wire), dictionary.get(value)!]);
  }
  if (dictionary.size > 256) throw new Error(`${dictionary.size} different coefficients`);
  const size = Buffer.alloc(2);
  size.writeUInt16LE(dictionary.size);
  return [
    size,
    ...[...dictionary.keys()].map((value) => Buffer.from(value, 'hex')),
    ...rows.map((row) => Buffer.from([...leb128(row.length), ...row.flat()])),
  ];
}

/** The sections of snarkjs's binary files by their number. */
export function sections(file: Uint8Array): Map<number, Uint8Array> {
  const view = viewOf(file);
  const found = new Map<number, Uint8Array>();
  let at = 12;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const size = Number(view.getBigUint64(at + 4, true));
    found.set(view.getUint32(at, true), file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return found;
}

function compressG1(point: Uint8Array): Buffer {
  const [x, y] = coordinates(point) as [bigint, bigint];
  return littleEndian(x, y);
}

function compressG2(point: Uint8Array): Buffer {
  const [real, imaginary, y] = coordinates(point) as [bigint, bigint, bigint];
  if (y === 0n) throw new Error('The real part of y has no sign');
  return Buffer.concat([littleEndian(real, 0n), littleEndian(imaginary, y)]);
}

function coordinates(point: Uint8Array): bigint[] {
  return split(point, 32).map((bytes) => (fromLittleEndian(bytes) * FROM_MONTGOMERY) % P);
}

function littleEndian(value: bigint, y: bigint): Buffer {
  const bytes = Buffer.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toReversed());
  if (y & 1n) bytes[31]! |= 0x80;
  return bytes;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
}

function bitmap(points: Uint8Array, size: number): Buffer {
  const all = split(points, size);
  const bits = Buffer.alloc(Math.ceil(all.length / 8));
  for (const [index, point] of all.entries()) if (!isZero(point)) bits[index >> 3]! |= 1 << (index & 7);
  return bits;
}

const present = (points: Uint8Array, size: number) => split(points, size).filter((point) => !isZero(point));
const split = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: bytes.length / size }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}
