import { HskError } from '../protocol/errors.ts';
import { type Artefacts, otherKind } from './artefacts.ts';
import { circuitInput, expectedSignals } from './circuit-input.ts';
import { type FixedSums, Groth16 } from './groth16/groth16.ts';
import type { Groth16Proof } from './groth16/verify.ts';
import { WitnessProgram } from './groth16/witness.ts';
import type { ProofRequest, ProvingProgress, ZkidProof } from './prover-api.ts';

/** Where each stage begins on the way from 0 to 1, as measured. */
const BEGIN = { witness: 0.3, proof: 0.4, check: 0.93 } as const;

/** The circuit, ready to prove. */
export interface Circuit {
  program: WitnessProgram;
  groth16: Groth16;
}

/** @throws `PROVING_KEY`, `ARTEFACT_KIND` */
export async function openCircuit({ wasm, curve, key, vkey }: Artefacts): Promise<Circuit> {
  const compile = async (bytes: Uint8Array, place: string, name: string) => {
    const module = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>).catch((cause: unknown) => {
      throw otherKind(place, cause);
    });
    if (WebAssembly.Module.exports(module).some((each) => each.name === name)) return module;
    throw otherKind(place);
  };
  const [program, module] = await Promise.all([
    compile(wasm, 'the witness program', 'getWitness'),
    compile(curve, "the curve's arithmetic", 'bn128_pairingEq4'),
  ]);
  return { program: new WitnessProgram(program), groth16: await Groth16.load(module, key, vkey) };
}

export interface ProveOptions {
  /** Sums of an earlier proof. */
  known?: FixedSums;
  progress?: (progress: ProvingProgress) => void;
}

/**
 * Proves, and hands nothing out that the pinned verification key does not accept. `fixed` are the sums for the
 * next proof of this credential or token.
 *
 * @throws `PROVER_SECRET`, `PROVER_NOT_ELIGIBLE`, `PROVER_LEAF_ABSENT`, `PROVER_REQUEST`, `PROVER_WITNESS`,
 * `PROVER_CHECK`
 */
export async function prove(
  { program, groth16 }: Circuit,
  request: ProofRequest,
  { known = {}, progress = () => undefined }: ProveOptions = {},
): Promise<{ proof: ZkidProof; fixed: FixedSums }> {
  const timings: Record<string, number> = {};
  const stage = async <T>(name: keyof typeof BEGIN, work: () => T): Promise<Awaited<T>> => {
    progress({ stage: name, fraction: BEGIN[name] });
    const begin = performance.now();
    const result = await work();
    timings[name] = performance.now() - begin;
    return result;
  };
  const begin = performance.now();
  const input = circuitInput(request);
  const witness = await stage('witness', () => program.calculate(input));
  const span = BEGIN.check - BEGIN.proof;
  const { proof, signals, fixed } = await stage('proof', () =>
    groth16.prove(witness, known, (done) =>
      progress({ stage: 'proof', fraction: BEGIN.proof + span * done }),
    ),
  );
  witness.fill(0);
  await stage('check', () => {
    if (!groth16.verify(signals, proof))
      throw new HskError('PROVER_CHECK', 'The proof does not verify under the pinned key', {
        action: 'Reload the page; if it stays, tell the operator of this site.',
      });
    checkSignals(signals, request);
  });
  timings['total'] = performance.now() - begin;
  progress({ stage: 'done', fraction: 1 });
  return { proof: { ...forSolidity(proof), publicSignals: six(signals), timings }, fixed };
}

/**
 * The sums for a proof to come, without the proof.
 *
 * @throws what `prove` throws, save `PROVER_CHECK`
 */
export async function fixSums(
  { program, groth16 }: Circuit,
  request: ProofRequest,
  known: FixedSums,
): Promise<FixedSums> {
  const witness = await program.calculate(circuitInput(request));
  try {
    return await groth16.fix(witness, known);
  } finally {
    witness.fill(0);
  }
}

function checkSignals(values: readonly bigint[], request: ProofRequest): void {
  const [, , policyHash, scope, today, binding] = six(values);
  const seen = { policyHash, scope, today, binding };
  for (const [name, value] of Object.entries(expectedSignals(request)))
    if (seen[name as keyof typeof seen] !== value)
      throw new HskError('PROVER_CHECK', `The proof says another ${name} than was asked`, {
        details: `${seen[name as keyof typeof seen]} instead of ${value}`,
      });
}

function six(values: readonly bigint[]): ZkidProof['publicSignals'] {
  if (values.length !== 6)
    throw new HskError('PROVER_CHECK', 'The circuit does not have six public signals', {
      details: `${values.length}`,
    });
  return [...values] as ZkidProof['publicSignals'];
}

/** EIP-197 wants the imaginary part of G2's coordinates first. */
function forSolidity({ a, b: [x, y], c }: Groth16Proof): Pick<ZkidProof, 'a' | 'b' | 'c'> {
  return { a, b: [[x[1], x[0]], [y[1], y[0]]], c }; // prettier-ignore
}
