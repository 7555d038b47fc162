import { HskError } from '../../protocol/errors.ts';
import { Curve, R } from './curve.ts';
import { Multiplier, type Share } from './multiplier.ts';
import { type BaseName, type ProvingKey, readProvingKey, WireClass } from './proving-key.ts';
import { Quotient } from './quotient.ts';
import type { SecondThread } from './second-thread.ts';
import { divide } from './share-work.ts';
import { type Groth16Key, type Groth16Proof, verifyGroth16 } from './verify.ts';
import { WIRE_BASES, type WireBase, WireOrder } from './wire-order.ts';

/**
 * What the wires of a class contribute to the four sums, and the values it was made from. As secret as the
 * witness: whoever has it can test guesses of the credential.
 */
export interface FixedSum {
  values: Uint8Array;
  sums: Record<WireBase, Uint8Array>;
}

/** Sums of an earlier proof. */
export interface FixedSums {
  credential?: FixedSum | undefined;
  token?: FixedSum | undefined;
}

/** Groth16 over BN254 with a key in memory, on one thread or two. */
export class Groth16 {
  /** bn128.wasm. */
  readonly module: WebAssembly.Module;
  readonly #curve: Curve;
  readonly #order: WireOrder;
  readonly #multiplier: Multiplier;
  readonly #quotient: Quotient;
  readonly #key: Omit<ProvingKey, 'bases' | 'coefficients' | 'classes'>;
  readonly #verificationKey: Groth16Key;
  #second: SecondThread | undefined;

  private constructor(
    module: WebAssembly.Module,
    curve: Curve,
    key: ProvingKey,
    verificationKey: Groth16Key,
  ) {
    this.module = module;
    const { bases: _, coefficients: __, classes: ___, ...kept } = key;
    this.#curve = curve;
    this.#key = kept;
    this.#verificationKey = verificationKey;
    this.#order = new WireOrder(key);
    this.#multiplier = new Multiplier(curve, this.#order.bases);
    this.#quotient = new Quotient(curve, key);
  }

  /** @throws `PROVING_KEY` */
  static async load(
    module: WebAssembly.Module,
    provingKey: Uint8Array,
    verificationKey: Groth16Key,
  ): Promise<Groth16> {
    const curve = await Curve.instantiate(module);
    return new Groth16(module, curve, readProvingKey(curve, provingKey), verificationKey);
  }

  get memorySize(): number {
    return this.#curve.memorySize;
  }

  /** From now on half of the work goes there. */
  async employ(second: SecondThread): Promise<void> {
    await second.prepare(this.#order.bases);
    this.#second = second;
  }

  /** The sums that do not change with each proof, those of `known` where its values are the witness's. */
  async fix(witness: Uint8Array, known: FixedSums): Promise<Required<FixedSums>> {
    const { plan, fixed } = this.#plan(witness, known);
    return fixed(await this.#sums(plan));
  }

  /**
   * A proof with fresh randomness, and the sums for the next one. `step` is told how much of the work is done.
   *
   * @param witness 32 bytes a wire, as `WitnessProgram` calculates it
   */
  async prove(
    witness: Uint8Array,
    known: FixedSums,
    step: (fraction: number) => void = () => undefined,
  ): Promise<{ proof: Groth16Proof; signals: bigint[]; fixed: Required<FixedSums> }> {
    const { plan, fixed } = this.#plan(witness, known);
    const changing = WIRE_BASES.map((base) => this.#order.share(base, WireClass.Changing, witness));
    const sums = await this.#sums([...plan, ...changing], witness, step);
    const kept = fixed(sums);
    const total = (base: WireBase) =>
      this.#multiplier.add(base, [
        kept.credential!.sums[base],
        kept.token!.sums[base],
        sums(changing.find((share) => share.base === base)!),
      ]);
    const proof = this.#assemble({
      A: total('A'),
      B1: total('B1'),
      B2: total('B2'),
      C: total('C'),
      H: sums('H'),
    });
    const signals = Array.from({ length: this.#key.publicSignals }, (_, index) => wire(witness, index + 1));
    return { proof, signals, fixed: kept };
  }

  verify(signals: readonly bigint[], proof: Groth16Proof): boolean {
    return verifyGroth16(this.#curve, this.#verificationKey, signals, proof);
  }

  /** What has to be summed anew, and how the fixed sums are read from the result. */
  #plan(witness: Uint8Array, known: FixedSums) {
    if (witness.length !== 32 * this.#key.wires)
      throw new HskError('PROVING_KEY', 'The witness does not belong to the proving key', {
        details: `${witness.length / 32} wires instead of ${this.#key.wires}`,
      });
    const plan: Share[] = [];
    const part = (kind: WireClass, before: FixedSum | undefined) => {
      const values = this.#order.values(kind, witness);
      // A sum of other values would make a proof that does not verify.
      if (before && equal(before.values, values)) return () => before;
      const shares = WIRE_BASES.map((base) => this.#order.share(base, kind, witness));
      plan.push(...shares);
      return (sums: Sums): FixedSum => ({
        values,
        sums: Object.fromEntries(shares.map((share) => [share.base, sums(share)])) as FixedSum['sums'],
      });
    };
    const credential = part(WireClass.Credential, known.credential);
    const token = part(WireClass.Token, known.token);
    return { plan, fixed: (sums: Sums) => ({ credential: credential(sums), token: token(sums) }) };
  }

  /** With a witness also the sum of its quotient over H. */
  async #sums(
    shares: readonly Share[],
    witness?: Uint8Array,
    step: (fraction: number) => void = () => undefined,
  ): Promise<Sums> {
    const { domain } = this.#key;
    const second = this.#second?.owes ? undefined : this.#second;
    const { theirs, ours, rows } = second
      ? divide(shares, witness ? domain : 0)
      : { theirs: [], ours: shares, rows: 0 };
    const results = new Map<Share | 'H', Uint8Array>();
    const sum = (share: Share) => this.#multiplier.sum(share);
    const awaited: Promise<void>[] = [];
    const give = (given: readonly Share[], keep: (sums: Uint8Array[]) => void) => {
      if (given.length > 0) awaited.push(second!.sums(given, this.#multiplier).then(keep));
    };
    give(theirs, (sums) => theirs.forEach((share, index) => results.set(share, sums[index]!)));

    let quotient: Share[] = [];
    let theirRows: Uint8Array[] = [];
    if (witness) {
      const scalars = this.#quotient.scalars(witness);
      step(0.1);
      const split = 32 * (domain - rows);
      quotient = [{ base: 'H', from: 0, scalars: scalars.subarray(0, split) }];
      if (rows > 0)
        give(
          [{ base: 'H', from: domain - rows, scalars: scalars.slice(split) }],
          (sums) => (theirRows = sums),
        );
    }
    const own = [...ours, ...quotient];
    for (const [index, share] of own.entries()) {
      results.set(share.base === 'H' ? 'H' : share, sum(share));
      step(0.1 + (0.8 * (index + 1)) / own.length);
    }
    await Promise.all(awaited);
    if (witness) results.set('H', this.#multiplier.add('H', [results.get('H')!, ...theirRows]));
    return (share) => results.get(share)!;
  }

  /** The proof of Groth16, section 3.2, from its sums: A and B blinded by r and s, C by both. */
  #assemble(sums: Record<BaseName, Uint8Array>): Groth16Proof {
    const curve = this.#curve;
    const { alpha1, beta1, beta2, delta1, delta2 } = this.#key;
    return curve.scoped(() => {
      const [r, s] = [randomScalar(), randomScalar()];
      const [pointerR, pointerS] = [curve.putScalar(r), curve.putScalar(s)];
      const delta = curve.putPoint('g1m', delta1);
      const [a, b1, b2, c] = [curve.put(sums.A), curve.put(sums.B1), curve.put(sums.B2), curve.put(sums.C)];
      curve.add('g1m', a, curve.putPoint('g1m', alpha1));
      curve.add('g1m', a, curve.scale('g1m', delta, pointerR));
      curve.add('g2m', b2, curve.putPoint('g2m', beta2));
      curve.add('g2m', b2, curve.scale('g2m', curve.putPoint('g2m', delta2), pointerS));
      curve.add('g1m', b1, curve.putPoint('g1m', beta1));
      curve.add('g1m', b1, curve.scale('g1m', delta, pointerS));
      // C = C + H + s*A + r*B - r*s*delta
      curve.add('g1m', c, curve.put(sums.H));
      curve.add('g1m', c, curve.scale('g1m', a, pointerS));
      curve.add('g1m', c, curve.scale('g1m', b1, pointerR));
      curve.add('g1m', c, curve.scale('g1m', delta, curve.putScalar(R - ((r * s) % R))));
      const [ax, ay] = curve.coordinates('g1m', a);
      const [cx, cy] = curve.coordinates('g1m', c);
      const [x0, x1, y0, y1] = curve.coordinates('g2m', b2);
      return { a: [ax!, ay!], b: [[x0!, x1!], [y0!, y1!]], c: [cx!, cy!] }; // prettier-ignore
    });
  }
}

/** What each share came to. */
type Sums = (share: Share | 'H') => Uint8Array;

/** 320 bits reduced: the bias is below 2^-64. */
function randomScalar(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(40));
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) % R;
}

function wire(witness: Uint8Array, index: number): bigint {
  const view = new DataView(witness.buffer, witness.byteOffset + 32 * index, 32);
  return [24, 16, 8, 0].reduce((value, at) => (value << 64n) | view.getBigUint64(at, true), 0n);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
