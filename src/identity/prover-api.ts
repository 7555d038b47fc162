import type { CircuitPins } from '../protocol/profile.ts';
import type { Credential, Policy } from '../protocol/zkid.ts';

export type ProvingStage = 'artefacts' | 'witness' | 'proof' | 'check' | 'done';

export interface ProvingProgress {
  stage: ProvingStage;
  /** 0 to 1 over the whole. */
  fraction: number;
}

export interface ProofRequest {
  credential: Credential;
  /** The holder's secret. */
  secret: bigint;
  /** The eight children of each of six levels, leaf level first, as the issuer's tree holds them; decimal strings. */
  children: string[][];
  policy: Policy;
  scope: bigint;
  binding: bigint;
  /** YYYYMMDD. */
  today: number;
}

/** Groth16 proof in the order the Solidity verifier takes: B's coordinates already swapped. */
export interface ZkidProof {
  a: [bigint, bigint];
  b: [[bigint, bigint], [bigint, bigint]];
  c: [bigint, bigint];
  /** nullifier, root, policyHash, scope, today, binding. */
  publicSignals: [bigint, bigint, bigint, bigint, bigint, bigint];
  /** Milliseconds by stage. */
  timings: Record<string, number>;
}

/** The prover's worker, as the page sees it. */
export interface ProverApi {
  /** Loads by absolute URL, checks each artefact against its pinned sha256, keeps it in IndexedDB. */
  prepare(pins: CircuitPins, artefactsBaseUrl: string): Promise<void>;
  prove(request: ProofRequest, progress: (p: ProvingProgress) => void): Promise<ZkidProof>;
  /**
   * Does ahead what a proof of this credential for this token needs whatever the wallet and the day; both may
   * be any that satisfy the circuit. A proof of the credential for another token gains most of it too.
   *
   * @throws what `prove` throws
   */
  proveAhead(request: ProofRequest): Promise<void>;
  /** Drops all that was kept about credentials; when the wallet locks. */
  forget(): Promise<void>;
}

/** What its worker answers besides, to whoever started it. */
export interface ProverWorkerApi extends ProverApi {
  /** From now on half of each sum is asked for over this port. Resolves at once: a help, never a condition. */
  employ(port: MessagePort): Promise<void>;
  /** Makes this worker the other end of such a port. */
  multiplyFor(port: MessagePort): Promise<void>;
}
