/** What we use of snarkjs 0.7.6, which ships no types. */
declare module 'snarkjs' {
  export interface Groth16Proof {
    pi_a: string[];
    pi_b: string[][];
    pi_c: string[];
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
  interface MemoryFile {
    type: 'mem';
    data?: Uint8Array;
  }
  export const curves: {
    getCurveFromName(name: 'bn128', options?: { singleThread?: boolean }): Promise<Curve>;
  };
  export const wtns: {
    calculate(input: object, wasm: Uint8Array, witness: MemoryFile): Promise<void>;
    check(r1cs: Uint8Array, witness: MemoryFile, logger?: Logger): Promise<boolean>;
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
