// Generated from ZkidVerifier.sol by src/contracts/compile.ts; do not edit.
export const zkidVerifierAbi = [
  {"inputs":[{"components":[{"name":"a","type":"uint256[2]"},{"name":"b","type":"uint256[2][2]"},{"name":"c","type":"uint256[2]"}],"name":"proof","type":"tuple"},{"name":"publicSignals","type":"uint256[6]"}],"name":"verify","outputs":[{"name":"","type":"bool"}],"stateMutability":"view","type":"function"},
] as const;

/** Storage slots of the contract's variables. */
export const zkidVerifierSlots = {
} as const;
