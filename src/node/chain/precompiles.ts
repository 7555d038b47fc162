import { type EVMBLSInterface, type EVMBN254Interface, MCLBLS, NobleBLS, NobleBN254 } from '@ethereumjs/evm';

let loaded: Promise<{ bls: EVMBLSInterface; bn254: EVMBN254Interface }> | undefined;

/** Curves of the pairing precompiles (EIP-2537, EIP-197): WebAssembly where installed, else JavaScript. */
export function pairingCurves(): Promise<{ bls: EVMBLSInterface; bn254: EVMBN254Interface }> {
  return (loaded ??= load());
}

async function load() {
  const bn254 = new NobleBN254();
  try {
    const imported = (await import('mcl-wasm')) as unknown as Mcl & { default?: Mcl };
    const mcl = imported.default ?? imported;
    await mcl.init(mcl.BLS12_381);
    return { bls: new MCLBLS(mcl) as EVMBLSInterface, bn254 };
  } catch {
    return { bls: new NobleBLS() as EVMBLSInterface, bn254 };
  }
}

interface Mcl {
  BLS12_381: number;
  init(curve: number): Promise<unknown>;
}
