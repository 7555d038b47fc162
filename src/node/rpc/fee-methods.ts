import { integer, quantity } from '../../protocol/parse.ts';
import type { RpcMethod } from '../chain/chain.ts';
import { nextBaseFee } from '../../protocol/base-fee.ts';
import type { Ledger } from '../chain/ledger.ts';
import { effectiveTip } from '../chain/transaction.ts';
import { storedTransaction } from './format.ts';
import { param, requiredBlock, toQuantity } from './params.ts';
import { decodeReceipt } from './receipt.ts';
import { INVALID_PARAMS, RpcError } from './rpc-error.ts';
import type { BlockRecord } from '../chain/block-record.ts';

/** Wei per gas that is proposed as a tip: no tip is needed, but wallets dislike zero. */
const SUGGESTED_TIP = 1_000_000n;
const MAX_HISTORY = 1024n;

export function feeMethods(ledger: Ledger): Record<string, RpcMethod> {
  return {
    eth_gasPrice: async () => {
      // Room for two full blocks in between, each of which raises the base fee by an eighth.
      const baseFee = (nextBaseFee(ledger.head.header) * 5n) / 4n;
      return toQuantity(baseFee + (await suggestedTip(ledger)));
    },
    eth_maxPriorityFeePerGas: async () => toQuantity(await suggestedTip(ledger)),
    eth_blobBaseFee: () => Promise.resolve('0x1'),
    eth_feeHistory: (params) => {
      const asked = param(params, 0, (value, path) =>
        typeof value === 'number' ? BigInt(integer(value, path)) : quantity(value, path),
      );
      const newest = requiredBlock(ledger, params, 1).header.number;
      const percentiles = readPercentiles(params[2] ?? []);
      let count = asked < MAX_HISTORY ? asked : MAX_HISTORY;
      if (count > newest + 1n) count = newest + 1n;
      const blocks: BlockRecord[] = [];
      for (let number = newest - count + 1n; number <= newest; number++) blocks.push(ledger.block(number)!);
      const last = blocks.at(-1);
      const fees = blocks.map(({ header }) => header.baseFeePerGas ?? 0n);
      if (last) fees.push(nextBaseFee(last.header));
      return Promise.resolve({
        oldestBlock: toQuantity(newest - count + 1n),
        baseFeePerGas: fees.map(toQuantity),
        gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
        baseFeePerBlobGas: fees.map(() => '0x1'),
        blobGasUsedRatio: blocks.map(() => 0),
        ...(percentiles.length > 0 && { reward: blocks.map((block) => rewards(ledger, block, percentiles)) }),
      });
    },
  };
}

/** Where there is no base fee, what a sender without free gas has to offer; the rest may offer nothing. */
async function suggestedTip(ledger: Ledger): Promise<bigint> {
  const free = ledger.head.header.baseFeePerGas === 0n;
  return free && ledger.senders ? ledger.senders.minimumTip(ledger.headState) : SUGGESTED_TIP;
}

function readPercentiles(value: unknown): number[] {
  const valid =
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every((one, index) => typeof one === 'number' && one >= (value[index - 1] ?? 0) && one <= 100);
  if (!valid) throw new RpcError(INVALID_PARAMS, 'invalid argument 2: percentiles are 0 to 100, ascending');
  return value as number[];
}

/** Tips at the given percentiles of the block's gas. */
function rewards(ledger: Ledger, block: BlockRecord, percentiles: number[]): string[] {
  let before = 0n;
  const tips = block.receipts.map((encoded, index) => {
    const { cumulativeGasUsed } = decodeReceipt(encoded);
    const gas = cumulativeGasUsed - before;
    before = cumulativeGasUsed;
    return {
      tip: effectiveTip(storedTransaction(ledger, block, index), block.header.baseFeePerGas ?? 0n),
      gas,
    };
  });
  tips.sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0));
  return percentiles.map((percentile) => {
    const threshold = (Number(block.header.gasUsed) * percentile) / 100;
    let sum = 0;
    const found = tips.find(({ gas }) => (sum += Number(gas)) >= threshold);
    return toQuantity(found?.tip ?? 0n);
  });
}
