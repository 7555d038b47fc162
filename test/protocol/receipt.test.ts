import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, Hex } from 'viem';
import { bloomContains, bloomOf } from '../../src/protocol/bloom.ts';
import type { Header } from '../../src/protocol/header.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import { completeLogs, type LogFilter } from '../../src/protocol/logs.ts';
import {
  decodeReceipt,
  encodeReceipt,
  receiptFromRpc,
  receiptsFromRpc,
  receiptsRoot,
  verifyReceiptInclusion,
} from '../../src/protocol/receipt.ts';
import {
  decodeTransaction,
  transactionFromRpc,
  transactionSender,
  verifyTransactionInclusion,
} from '../../src/protocol/transaction.ts';
import { orderedTrieProof, orderedTrieRoot } from '../../src/protocol/trie-root.ts';
import { flipBit, vector, withCode } from './vectors.ts';

interface RpcLog {
  address: Address;
  topics: Hex[];
  data: Hex;
  logIndex: Hex;
  transactionIndex: Hex;
}
const FOLDER = 'mainnet-block-21925176';
const block = vector<Record<string, unknown>>(`${FOLDER}/block.json`);
const header: Header = headerFromRpc(block);
const json = vector<{ logs: RpcLog[]; logsBloom: Hex; transactionIndex: Hex }[]>(`${FOLDER}/receipts.json`);
const receipts = receiptsFromRpc(json);
const encoded = receipts.map(encodeReceipt);

test('the receipts root of 202 mainnet receipts is rebuilt', () => {
  assert.equal(receipts.length, 202);
  assert.equal(receiptsRoot(receipts), header.receiptsRoot);
  json.forEach((receipt, index) => assert.equal(bloomOf(receipts[index]!.logs), receipt.logsBloom));
});

test('encodings survive the round trip', () => {
  encoded.forEach((bytes, index) => assert.deepEqual(decodeReceipt(bytes), receipts[index]));
  for (let bit = 0; bit < 400; bit += 7) {
    const altered = flipBit(encoded[3]!, bit);
    try {
      assert.notDeepEqual(decodeReceipt(altered), receipts[3]);
    } catch (error) {
      withCode('RECEIPT_INVALID')(error);
    }
  }
});

test('one receipt by inclusion, bound to its index', () => {
  const wanted = vector<{ transactionIndex: Hex }>(`${FOLDER}/receipt.json`);
  const index = Number(wanted.transactionIndex);
  const proof = orderedTrieProof(encoded, index);
  const request = { receiptsRoot: header.receiptsRoot, index, proof };
  assert.deepEqual(verifyReceiptInclusion(request), receiptFromRpc(wanted, 'receipt'));
  assert.throws(() => verifyReceiptInclusion({ ...request, index: index + 1 }), withCode('TRIE_OTHER_KEY'));
  assert.throws(
    () => verifyReceiptInclusion({ ...request, index: 202, proof: orderedTrieProof(encoded, 202) }),
    withCode('TRIE_ABSENT'),
  );
});

test('the logs of the deposit contract: included, complete, in place', () => {
  const wanted = vector<RpcLog[]>(`${FOLDER}/logs.json`);
  const [first] = wanted as [RpcLog];
  const filter: LogFilter = { addresses: [first.address], topics: [[first.topics[0]!]] };
  const found = completeLogs(header, receipts, filter);
  assert.deepEqual(
    found.map((log) => ({ ...log, at: [log.transactionIndex, log.logIndex] })),
    wanted.map((log) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      transactionIndex: Number(log.transactionIndex),
      logIndex: Number(log.logIndex),
      at: [Number(log.transactionIndex), Number(log.logIndex)],
    })),
  );
});

test('an omitted, altered, moved or invented log or receipt is refused', () => {
  const at = receipts.findIndex((receipt) => receipt.logs.length > 2);
  const receipt = receipts[at]!;
  const filter: LogFilter = { addresses: [receipt.logs[0]!.address], topics: [] };
  const [a, b, ...rest] = receipt.logs as [(typeof receipt.logs)[0], (typeof receipt.logs)[0]];
  const lies = {
    'log omitted': receipts.with(at, { ...receipt, logs: [b, ...rest] }),
    'log altered': receipts.with(at, {
      ...receipt,
      logs: [{ ...a, data: flipBit('0x0102', 1) }, b, ...rest],
    }),
    'logs swapped': receipts.with(at, { ...receipt, logs: [b, a, ...rest] }),
    'log invented': receipts.with(at, { ...receipt, logs: [a, ...receipt.logs] }),
    'receipt omitted': receipts.toSpliced(at, 1),
    'receipts swapped': receipts.with(at, receipts[at + 1]!).with(at + 1, receipt),
    'status turned': receipts.with(at, { ...receipt, status: !receipt.status }),
    'gas changed': receipts.with(at, { ...receipt, cumulativeGasUsed: receipt.cumulativeGasUsed + 1n }),
    'nothing shown': [],
  };
  for (const [name, shown] of Object.entries(lies))
    assert.throws(() => completeLogs(header, shown, filter), withCode('RECEIPTS_ROOT'), name);
  assert.throws(() => completeLogs(header, undefined, filter), withCode('LOGS_RECEIPTS_MISSING'));
});

test('a bloom miss proves absence without receipts', () => {
  let misses = 0;
  for (let index = 1; index < 200; index++) {
    const stranger = `0x${index.toString(16).padStart(40, '0')}` as Address;
    if (bloomContains(header.logsBloom, stranger)) continue;
    misses++;
    assert.deepEqual(completeLogs(header, undefined, { addresses: [stranger], topics: [] }), []);
  }
  assert.ok(misses > 20);
  for (const receipt of receipts)
    for (const log of receipt.logs)
      for (const item of [log.address, ...log.topics]) assert.ok(bloomContains(header.logsBloom, item));
});

const rpc = vector<Record<string, Hex>>(`${FOLDER}/transaction.json`);

test('a transaction is rebuilt from JSON: its hash and its sender follow from its bytes', () => {
  const raw = transactionFromRpc(rpc, 'transaction');
  const transaction = decodeTransaction(raw);
  assert.equal(transaction.hash, rpc.hash);
  assert.equal(transactionSender(raw), rpc.from);
  assert.equal(transaction.to, rpc.to);
  assert.equal(transaction.input, rpc.input);
  assert.equal(transaction.nonce, BigInt(rpc.nonce!));
  assert.equal(transaction.chainId, 5n);
  for (const [field, value] of Object.entries({
    nonce: '0x1',
    value: '0x1',
    to: '0x' + '11'.repeat(20),
    input: '0x',
  }))
    assert.notEqual(
      decodeTransaction(transactionFromRpc({ ...rpc, [field]: value }, 'transaction')).hash,
      rpc.hash,
    );
});

test('EIP-155: the first transaction ever given with its chain id', () => {
  // The example of EIP-155 itself: private key 0x46…46, chain 1.
  const raw: Hex =
    '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83';
  const transaction = decodeTransaction(raw);
  assert.equal(transactionSender(raw), '0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f');
  assert.deepEqual(
    [transaction.chainId, transaction.nonce, transaction.gas, transaction.value],
    [1n, 9n, 21000n, 10n ** 18n],
  );
});

test('a transaction is bound to its index', () => {
  const raw = transactionFromRpc(rpc, 'transaction');
  const raws = [encoded[0]!, raw, encoded[1]!];
  const proof = orderedTrieProof(raws, 1);
  const transactionsRoot = orderedTrieRoot(raws);
  assert.equal(verifyTransactionInclusion({ transactionsRoot, index: 1, proof }), raw);
  assert.throws(
    () => verifyTransactionInclusion({ transactionsRoot, index: 2, proof }),
    withCode('TRIE_OTHER_KEY'),
  );
});

test('bytes that are no transaction are refused', () => {
  for (const raw of ['0x', '0x02', '0x02c0', '0xc0', '0x02c20101'] as Hex[])
    assert.throws(() => decodeTransaction(raw), withCode('TRANSACTION_INVALID'), raw);
  assert.throws(() => decodeTransaction('0x7ec0'), withCode('TRANSACTION_TYPE'));
  assert.throws(() => transactionFromRpc({ ...rpc, type: '0x7e' }, 'tx'), withCode('TRANSACTION_TYPE'));
  assert.throws(() => transactionFromRpc({ ...rpc, value: undefined }, 'tx'), withCode('PARSE_INVALID'));
});
