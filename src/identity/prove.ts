import { curves, groth16, type Groth16Proof, wtns } from 'snarkjs';
import { HskError } from '../protocol/errors.ts';
import type { Artefacts } from './artefacts.ts';
import { circuitInput, expectedSignals } from './circuit-input.ts';
import type { ProofRequest, ProvingProgress, ZkidProof } from './prover-api.ts';

// snarkjs is GPL-3.0. Only workers/prover.worker.ts may import this file, so that it stays in its own chunk.

/** Where each stage begins on the way from 0 to 1, as measured. */
const BEGIN = { witness: 0.3, proof: 0.4, check: 0.93 } as const;
/** snarkjs says at debug level what it reads next; each line of ours stands for a share of the proof's time. */
const PROOF_STEPS = [
  ['Building ABC', 0.02],
  ['Join ABC', 0.15],
  ['Reading B1 Points', 0.3],
  ['Reading B2 Points', 0.4],
  ['Reading C Points', 0.65],
  ['Reading H Points', 0.75],
] as const;

let curve: Promise<unknown> | undefined;

/**
 * One curve per process, single-threaded. snarkjs would otherwise build it for every call, or start nested
 * blob workers, which hang without an error where the CSP forbids `blob:`. Its calls that are given no options
 * use `globalThis.curve_bn128` when it is set.
 */
export function prepareCurve(): Promise<unknown> {
  return (curve ??= curves.getCurveFromName('bn128', { singleThread: true }).then((built) => {
    (globalThis as { curve_bn128?: unknown }).curve_bn128 = built;
    return built;
  }));
}

/**
 * Proves, and hands nothing out that the pinned verification key does not accept.
 *
 * @throws `PROVER_SECRET`, `PROVER_NOT_ELIGIBLE`, `PROVER_LEAF_ABSENT`, `PROVER_REQUEST`, `PROVER_WITNESS`,
 * `PROVER_FAILED`, `PROVER_CHECK`
 */
export async function prove(
  { wasm, zkey, vkey }: Artefacts,
  request: ProofRequest,
  progress: (progress: ProvingProgress) => void,
): Promise<ZkidProof> {
  const timings: Record<string, number> = {};
  const stage = async <T>(name: keyof typeof BEGIN, work: () => Promise<T>): Promise<T> => {
    progress({ stage: name, fraction: BEGIN[name] });
    const begin = performance.now();
    const result = await work();
    timings[name] = performance.now() - begin;
    return result;
  };
  const begin = performance.now();
  const input = circuitInput(request);
  await prepareCurve();
  timings['curve'] = performance.now() - begin;

  const witness: Parameters<typeof wtns.calculate>[2] = { type: 'mem' };
  await stage('witness', () =>
    wtns.calculate(input, wasm, witness).catch((cause: unknown) => {
      // circom names the line of the constraint; values are not in its words.
      throw new HskError('PROVER_WITNESS', 'The circuit refuses this credential', {
        details: String(cause).split('\n')[0]!,
        cause,
      });
    }),
  );
  const { proof, publicSignals } = await stage('proof', () =>
    groth16.prove(zkey, witness, proofLogger(progress)).catch((cause: unknown) => {
      throw new HskError('PROVER_FAILED', 'The proof could not be made', { details: String(cause), cause });
    }),
  );
  await stage('check', async () => {
    if (!(await groth16.verify(vkey, publicSignals, proof)))
      throw new HskError('PROVER_CHECK', 'The proof does not verify under the pinned key', {
        action: 'Reload the page; if it stays, tell the operator of this site.',
      });
    checkSignals(publicSignals, request);
  });
  timings['total'] = performance.now() - begin;
  progress({ stage: 'done', fraction: 1 });
  return { ...forSolidity(proof), publicSignals: signals(publicSignals), timings };
}

function proofLogger(progress: (progress: ProvingProgress) => void) {
  const span = BEGIN.check - BEGIN.proof;
  const ignore = () => undefined;
  return {
    info: ignore,
    warn: ignore,
    error: ignore,
    debug(message: string) {
      const step = PROOF_STEPS.find(([words]) => message === words);
      if (step) progress({ stage: 'proof', fraction: BEGIN.proof + span * step[1] });
    },
  };
}

function checkSignals(publicSignals: readonly string[], request: ProofRequest): void {
  const [, , policyHash, scope, today, binding] = signals(publicSignals);
  const seen = { policyHash, scope, today, binding };
  for (const [name, value] of Object.entries(expectedSignals(request)))
    if (seen[name as keyof typeof seen] !== value)
      throw new HskError('PROVER_CHECK', `The proof says another ${name} than was asked`, {
        details: `${seen[name as keyof typeof seen]} instead of ${value}`,
      });
}

function signals(values: readonly string[]): ZkidProof['publicSignals'] {
  if (values.length !== 6)
    throw new HskError('PROVER_CHECK', 'The circuit does not have six public signals', {
      details: `${values.length}`,
    });
  return values.map(BigInt) as ZkidProof['publicSignals'];
}

/** EIP-197 wants the imaginary part of G2's coordinates first; snarkjs writes it second. */
function forSolidity({ pi_a, pi_b, pi_c }: Groth16Proof): Pick<ZkidProof, 'a' | 'b' | 'c'> {
  const pair = (first: string | undefined, second: string | undefined): [bigint, bigint] => [
    BigInt(first!),
    BigInt(second!),
  ];
  return {
    a: pair(pi_a[0], pi_a[1]),
    b: [pair(pi_b[0]![1], pi_b[0]![0]), pair(pi_b[1]![1], pi_b[1]![0])],
    c: pair(pi_c[0], pi_c[1]),
  };
}
