/** ethereumjs as it comes, in a process of its own: the same transfers through `runTx`, a hundred to a block, no log. */
import { createBlock } from '@ethereumjs/block';
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { getMerkleStateProof, MerkleStateManager } from '@ethereumjs/statemanager';
import { createTxFromRLP } from '@ethereumjs/tx';
import { Account, createAddressFromString } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import {
  type Address,
  encodeAbiParameters,
  encodeDeployData,
  encodeFunctionData,
  keccak256,
  type Hex,
  stringToHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hongKongDollarAbi } from '../../../src/contracts/abi/HongKongDollar.ts';
import { hongKongDollarBytecode } from '../../../src/contracts/bytecode/HongKongDollar.ts';
import { toBytes } from '../../../src/node/chain/bytes.ts';
import { holder, sign, signTransfer } from './transfers.ts';

const seconds = Number(process.argv[2]);
const CHAIN_ID = 31178;
const PER_BLOCK = 100;

const common = createCustomCommon({ chainId: CHAIN_ID }, Mainnet, { hardfork: Hardfork.Prague });
const stateManager = new MerkleStateManager({ common });
const vm = await createVM({ common, stateManager });
const key = keccak256(stringToHex('plain ethereumjs'));
const owner = privateKeyToAccount(key).address;
await stateManager.putAccount(createAddressFromString(owner), new Account(0n, 10n ** 24n));
let nonce = 0;

const blockOf = (number: bigint) =>
  createBlock(
    { header: { number, gasLimit: 300_000_000n, baseFeePerGas: 7n, timestamp: number } },
    { common, skipConsensusFormatValidation: true },
  );

async function run(raw: Hex, block = blockOf(1n)) {
  const result = await runTx(vm, { tx: createTxFromRLP(toBytes(raw), { common }), block });
  if (result.execResult.exceptionError) throw new Error(result.execResult.exceptionError.error);
  return result;
}

const send = (to: Address | '0x', data: Hex) =>
  run(sign(toBytes(key), [CHAIN_ID, nonce++, 1n, 10n ** 9n, 5_000_000, to, 0, data]).raw);
const deployed = await send(
  '0x',
  encodeDeployData({ abi: hongKongDollarAbi, bytecode: hongKongDollarBytecode, args: [owner] }),
);
const token = deployed.createdAddress!.toString();
await send(
  token,
  encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'mint', args: [owner, 10n ** 12n] }),
);

const begun = performance.now();
const cpuBefore = process.cpuUsage();
let signing = 0;
let done = 0;
for (let number = 2n; performance.now() - begun < seconds * 1000; number++) {
  const before = process.cpuUsage();
  const raws = Array.from({ length: PER_BLOCK }, () =>
    signTransfer(toBytes(key), { chainId: CHAIN_ID, token, nonce: nonce++, recipient: done++ }),
  );
  const after = process.cpuUsage(before);
  signing += after.user + after.system;
  const block = blockOf(number);
  await vm.evm.journal.checkpoint();
  for (const { raw } of raws) await run(raw, block);
  await vm.evm.journal.commit();
  await stateManager.getStateRoot();
}
const wall = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);

const proofMs: number[] = [];
for (let index = 0; index < 20; index++) {
  const at = performance.now();
  const slot = keccak256(
    encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }],
      [holder(Math.floor((index * done) / 20)), 0n],
    ),
  );
  await getMerkleStateProof(stateManager, createAddressFromString(token), [toBytes(slot)]);
  proofMs.push(performance.now() - at);
}
console.log(
  JSON.stringify({
    perSecond: done / wall,
    cpuMs: (user + system - signing) / 1000 / done,
    holders: done,
    proofMs: proofMs.toSorted((a, b) => a - b)[10],
    rssMb: process.memoryUsage().rss / 2 ** 20,
  }),
);
process.exit(0);
