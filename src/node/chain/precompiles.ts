import { type EVMBLSInterface, type EVMBN254Interface, MCLBLS, NobleBN254 } from '@ethereumjs/evm';
import { mcl } from './mcl.ts';

/** Curves of the pairing precompiles (EIP-2537, EIP-197). */
export function pairingCurves(): { bls: EVMBLSInterface; bn254: EVMBN254Interface } {
  return { bls: new MCLBLS(mcl) as EVMBLSInterface, bn254: new NobleBN254() };
}
