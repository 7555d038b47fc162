import type { Hex } from 'viem';
import { numberToHex } from '../../protocol/hex.ts';
import { nextBaseFee } from '../../protocol/base-fee.ts';
import { HskError } from '../../protocol/errors.ts';
import { invalid, list, quantity } from '../../protocol/parse.ts';
import type { BlockBody } from '../block-body.ts';
import type { HashedHeader } from '../linked-headers.ts';
import type { Reader } from '../read.ts';
import { effectivePrice } from '../rpc-format.ts';
import { blockAt, type Method } from './block-at.ts';

const HISTORY = 1024n;

/** What headers say of fees, and bodies of tips. A tip for the future is a guess: `requestUnverified`. */
export const FEE_METHODS: Record<string, Method> = {
  /** The next base fee, and room for two full blocks, each of which raises it by an eighth. */
  eth_gasPrice: async (reader) => numberToHex(((await baseFeeAfter(reader, reader.newest())) * 5n) / 4n),

  eth_feeHistory: async (reader, [asked, named, percentiles]) => {
    const count = quantity(asked, 'params[0]');
    const wanted = list(percentile, 100)(percentiles ?? [], 'params[2]');
    const newest = await blockAt(reader, named);
    const { number } = newest.header;
    const most = count < HISTORY ? count : HISTORY;
    const oldest = most > number ? 0n : number + 1n - most;
    const blocks = await reader.blocks(oldest, number);
    const fees = blocks.map(({ header }) => header.baseFeePerGas ?? 0n);
    if (blocks.length) fees.push(await baseFeeAfter(reader, newest));
    const rewards = wanted.length
      ? await Promise.all(blocks.map(async (block) => rewardsOf(await reader.body(block), wanted)))
      : undefined;
    return {
      oldestBlock: numberToHex(oldest),
      baseFeePerGas: fees.map((fee) => numberToHex(fee)),
      gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
      ...(rewards && { reward: rewards }),
    };
  },
};

/** @throws `BASE_FEE_RULE` where the chain's own headers do not obey EIP-1559's usual constants */
async function baseFeeAfter(reader: Reader, { header }: HashedHeader): Promise<bigint> {
  const parent = header.number > 0n ? await reader.block(header.number - 1n) : undefined;
  if (parent && nextBaseFee(parent.header) !== (header.baseFeePerGas ?? 0n))
    throw new HskError('BASE_FEE_RULE', 'The base fee of this chain moves by rules of its own', {
      details: `block ${header.number}`,
      action: 'It is a guess: requestUnverified hands it on, marked.',
    });
  return nextBaseFee(header);
}

function percentile(value: unknown, path: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw invalid(path, 'a percentile', value);
  return value;
}

/** Tips at the given percentiles of the block's gas. */
function rewardsOf(body: BlockBody, percentiles: readonly number[]): Hex[] {
  const { header } = body.block;
  let before = 0n;
  const tips = body.receipts.map(({ cumulativeGasUsed }, index) => {
    const gas = Number(cumulativeGasUsed - before);
    before = cumulativeGasUsed;
    return { tip: effectivePrice(body, index) - (header.baseFeePerGas ?? 0n), gas };
  });
  tips.sort((a, b) => (a.tip < b.tip ? -1 : 1));
  return percentiles.map((one) => {
    let sum = 0;
    const found = tips.find(({ gas }) => (sum += gas) >= (Number(header.gasUsed) * one) / 100);
    return numberToHex(found?.tip ?? 0n);
  });
}
