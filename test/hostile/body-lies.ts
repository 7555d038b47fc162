import { numberToHex, zeroAddress } from 'viem';
import { flipBit } from '../protocol/vectors.ts';
import type { Json, Lie } from './lying-peer.ts';

/** Lies about all receipts of a block. */
const receipts = (alter: (receipts: Json[]) => Json[]): Lie => ({
  chain: 'execution',
  method: 'eth_getBlockReceipts',
  alter,
});
const eachLogs = (change: (logs: Json[]) => Json[]): Lie =>
  receipts((all) => all.map((receipt) => ({ ...receipt, logs: change(receipt.logs) })));

export const receiptStatus = receipts((all) =>
  all.map((receipt) => ({ ...receipt, status: receipt.status === '0x1' ? '0x0' : '0x1' })),
);
export const receiptGas = receipts((all) =>
  all.map((receipt) => ({
    ...receipt,
    cumulativeGasUsed: numberToHex(BigInt(receipt.cumulativeGasUsed) + 1n),
  })),
);
export const receiptOmitted = receipts((all) => all.slice(0, -1));
export const receiptsSwapped = receipts((all) => all.toReversed());
export const noReceipts = receipts(() => []);
export const receiptsWithheld: Lie = { ...receipts(() => []), alter: () => null };
export const logOmitted = eachLogs((logs) => logs.slice(1));
export const logInvented = eachLogs((logs) => [...logs, { address: zeroAddress, topics: [], data: '0x' }]);
export const logAltered = eachLogs((logs) =>
  logs.map((log) => ({ ...log, data: log.data === '0x' ? '0x01' : flipBit(log.data, 7) })),
);
export const logEmitter = eachLogs((logs) => logs.map((log) => ({ ...log, address: zeroAddress })));
/** Hashes, indices and blooms beside what the root commits to. */
export const besideReceipts = receipts((all) =>
  all.map((receipt) => ({
    ...receipt,
    transactionHash: `0x${'88'.repeat(32)}`,
    blockHash: `0x${'99'.repeat(32)}`,
    transactionIndex: '0x7',
    logsBloom: `0x${'00'.repeat(256)}`,
    gasUsed: '0x1',
  })),
);

/** Lies about a block's transactions. */
const transactions = (alter: (transactions: Json[]) => Json[]): Lie => ({
  chain: 'execution',
  method: 'eth_getBlockByNumber',
  about: ([, full]) => full === true,
  alter: (block) => ({ ...block, transactions: alter(block.transactions) }),
});
export const transactionInput = transactions((all) =>
  all.map((each) => ({ ...each, input: `${each.input}00` })),
);
export const transactionOmitted = transactions((all) => all.slice(1));
/** Sender and hash follow from the bytes. */
export const besideTransaction = transactions((all) =>
  all.map((each) => ({ ...each, from: zeroAddress, hash: `0x${'aa'.repeat(32)}` })),
);

/** Lies about where a transaction is. */
const place = (alter: Lie['alter']): Lie => ({
  chain: 'execution',
  method: 'eth_getTransactionReceipt',
  ...(alter && { alter }),
});
export const besidePlace = place((receipt) => ({
  ...receipt,
  status: '0x0',
  logs: [],
  transactionIndex: '0x9',
}));
export const anotherPlace = place((receipt) => ({
  ...receipt,
  blockNumber: numberToHex(BigInt(receipt.blockNumber) - 1n),
}));
export const placeInFuture = place((receipt) => ({ ...receipt, blockNumber: '0xffffff' }));
export const placeWithheld = place(() => null);
