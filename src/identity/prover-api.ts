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
}
