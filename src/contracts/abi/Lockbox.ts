// Generated from Lockbox.sol by src/contracts/compile.ts; do not edit.
export const lockboxAbi = [
  {"inputs":[],"name":"AddressMissing","type":"error"},
  {"inputs":[{"name":"amount","type":"uint256"}],"name":"AmountInvalid","type":"error"},
  {"inputs":[{"name":"asset","type":"address"},{"name":"token","type":"address"}],"name":"AssetAlreadySet","type":"error"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"AssetUnknown","type":"error"},
  {"inputs":[{"name":"caller","type":"address"}],"name":"CallerNotAllowed","type":"error"},
  {"inputs":[{"name":"id","type":"uint256"}],"name":"DepositAlreadyRelayed","type":"error"},
  {"inputs":[{"name":"amount","type":"uint256"},{"name":"claimed","type":"uint256"}],"name":"WithdrawalExceedsClaim","type":"error"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"asset","type":"address"},{"indexed":true,"name":"token","type":"address"}],"name":"AssetSet","type":"event"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"id","type":"uint256"},{"indexed":true,"name":"asset","type":"address"},{"indexed":true,"name":"to","type":"address"},{"indexed":false,"name":"amount","type":"uint256"}],"name":"DepositRelayed","type":"event"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"nonce","type":"uint256"},{"indexed":true,"name":"sender","type":"address"},{"indexed":true,"name":"target","type":"address"},{"indexed":false,"name":"value","type":"uint256"},{"indexed":false,"name":"gasLimit","type":"uint256"},{"indexed":false,"name":"data","type":"bytes"},{"indexed":false,"name":"withdrawalHash","type":"bytes32"}],"name":"MessagePassed","type":"event"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"owner","type":"address"}],"name":"OwnerSet","type":"event"},
  {"anonymous":false,"inputs":[{"indexed":true,"name":"relayer","type":"address"}],"name":"RelayerSet","type":"event"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"claims","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"asset","type":"address"},{"name":"to","type":"address"},{"name":"amount","type":"uint256"}],"name":"initiateWithdrawal","outputs":[{"name":"withdrawalHash","type":"bytes32"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"lockState","outputs":[{"components":[{"name":"relayed","type":"uint120"},{"name":"withdrawn","type":"uint120"},{"name":"status","type":"uint16"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"messageNonce","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"owner","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"id","type":"uint256"},{"name":"asset","type":"address"},{"name":"to","type":"address"},{"name":"amount","type":"uint256"}],"name":"relayDeposit","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"id","type":"uint256"}],"name":"relayed","outputs":[{"name":"","type":"bool"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"relayer","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"withdrawalHash","type":"bytes32"}],"name":"sentMessages","outputs":[{"name":"","type":"bool"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"asset","type":"address"},{"name":"token","type":"address"}],"name":"setAsset","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"relayer_","type":"address"}],"name":"setRelayer","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"asset","type":"address"}],"name":"tokenOf","outputs":[{"name":"token","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"owner_","type":"address"}],"name":"transferOwnership","outputs":[],"stateMutability":"nonpayable","type":"function"},
] as const;

/** Storage slots of the contract's variables. */
export const lockboxSlots = {
  sentMessages: 0n,
  msgNonce: 1n,
  owner: 2n,
  relayer: 3n,
  lockStates: 4n,
  tokenOf: 5n,
  relayed: 6n,
} as const;
