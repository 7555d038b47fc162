// Generated from MandateSettlement.sol by src/contracts/compile.ts; do not edit.
export const mandateSettlementAbi = [
  {"inputs":[{"name":"mandateRegistry_","type":"address"}],"stateMutability":"nonpayable","type":"constructor"},
  {"inputs":[{"name":"value","type":"uint256"}],"name":"AmountTooLarge","type":"error"},
  {"inputs":[],"name":"mandateRegistry","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"token","type":"address"},{"components":[{"name":"from","type":"address"},{"name":"to","type":"address"},{"name":"value","type":"uint256"},{"name":"validAfter","type":"uint256"},{"name":"validBefore","type":"uint256"},{"name":"nonce","type":"bytes32"},{"name":"signature","type":"bytes"}],"name":"authorization","type":"tuple"},{"name":"payeeProof","type":"bytes32[]"}],"name":"settle","outputs":[],"stateMutability":"nonpayable","type":"function"},
] as const;

/** Storage slots of the contract's variables. */
export const mandateSettlementSlots = {
} as const;
