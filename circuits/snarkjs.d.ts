/** What we use of snarkjs 0.7.6, which ships no types. */
declare module 'snarkjs' {
  export interface Groth16Proof {
    pi_a: string[];
    pi_b: string[][];
    pi_c: string[];
  }
  /** Projective points, decimal strings. */
  export interface VerificationKey {
    protocol: string;
    curve: string;
    nPublic: number;
    vk_alpha_1: string[];
    vk_beta_2: string[][];
    vk_gamma_2: string[][];
    vk_delta_2: string[][];
    IC: string[][];
  }
  interface Logger {
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }
  interface Curve {
    terminate(): Promise<void>;
  }
  /** snarkjs writes `data`. */
  export interface MemoryFile {
    type: 'mem';
    data?: Uint8Array;
  }
  /** A path, or bytes. */
  type File = string | Uint8Array | MemoryFile;
  export const curves: {
    getCurveFromName(name: 'bn128', options?: { singleThread?: boolean }): Promise<Curve>;
  };
  export const wtns: {
    calculate(input: object, wasm: Uint8Array, witness: MemoryFile): Promise<void>;
    check(r1cs: Uint8Array, witness: MemoryFile, logger?: Logger): Promise<boolean>;
  };
  export const r1cs: {
    info(r1cs: File): Promise<{ nVars: number; nOutputs: number; nPubInputs: number; nConstraints: number }>;
  };
  export const powersOfTau: {
    newAccumulator(curve: Curve, power: number, ptau: File): Promise<unknown>;
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<unknown>;
    beacon(from: File, to: File, name: string, hex: string, iterationsLog2: number): Promise<unknown>;
    preparePhase2(from: File, to: File, logger?: Logger): Promise<unknown>;
  };
  export const zKey: {
    /** -1 where the powers of tau do not do; the reason goes to the logger. */
    newZKey(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<Uint8Array | -1>;
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    /** `false` for a beacon that is none. */
    beacon(
      from: File,
      to: File,
      name: string,
      hex: string,
      iterationsLog2: number,
      logger?: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<boolean>;
    exportVerificationKey(zkey: File): Promise<VerificationKey>;
  };
  export const groth16: {
    prove(
      zkey: Uint8Array,
      witness: MemoryFile,
      logger?: Logger,
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    fullProve(
      input: object,
      wasm: Uint8Array,
      zkey: Uint8Array,
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(key: object, publicSignals: string[], proof: Groth16Proof, logger?: Logger): Promise<boolean>;
  };
}
