import { sections } from '../compact-key.ts';

/** One hand through which a proving key went. */
export interface Contribution {
  name: string;
  /** Present for a beacon: what everybody could have predicted or can look up. */
  beacon?: { hex: string; iterationsLog2: number };
}

const PARAMETER = { name: 1, iterations: 2, beacon: 3 };

/**
 * The contributions to a zkey, in their order, as section 10 names them: hash of the circuit 64 | u32 count, then for
 * each delta 64, its public key 64 64 128, transcript 64, u32 type (1: beacon), u32 size and parameters.
 * What they say is a claim until `verify` has checked it, and of a name it stays one: no transcript covers names, so
 * who contributed attests it by publishing the hash.
 */
export function contributionsTo(zkey: Uint8Array): Contribution[] {
  const section = sections(zkey).get(10)!;
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const contributions: Contribution[] = [];
  let at = 68;
  for (let left = view.getUint32(64, true); left > 0; left--) {
    const isBeacon = view.getUint32(at + 384, true) === 1;
    const end = at + 392 + view.getUint32(at + 388, true);
    const found = parameters(section.subarray(at + 392, end));
    const hex = Buffer.from(found.get(PARAMETER.beacon) ?? []).toString('hex');
    contributions.push({
      name: Buffer.from(found.get(PARAMETER.name) ?? []).toString('utf8'),
      ...(isBeacon && { beacon: { hex, iterationsLog2: found.get(PARAMETER.iterations)?.[0] ?? 0 } }),
    });
    at = end;
  }
  return contributions;
}

function parameters(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    // The number of iterations is one byte; everything else has its size before it.
    const [from, size] = kind === PARAMETER.iterations ? [at + 1, 1] : [at + 2, bytes[at + 1]!];
    found.set(kind, bytes.subarray(from, from + size));
    at = from + size;
  }
  return found;
}
