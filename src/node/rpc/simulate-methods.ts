import { flag, list, object, optional } from '../../protocol/parse.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toHex } from '../chain/bytes.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import type { BlockOverrides, StateOverrides } from '../chain/overrides.ts';
import {
  type SimulatedBlock,
  type SimulatedCall,
  Simulation,
  type SimulationFault,
  type UnsignedTransaction,
} from '../chain/simulation.ts';
import { callFailure } from './call-failure.ts';
import {
  CALL_GAS,
  type CallObject,
  callObject,
  messageOf,
  parseBlockOverrides,
  parseStateOverrides,
} from './call-params.ts';
import { formatHeader, formatTransaction, type Json } from './format.ts';
import { param, requiredBlock, toQuantity } from './params.ts';
import { INVALID_PARAMS, RpcError } from './rpc-error.ts';

/** Most blocks, those that fill a gap included (as geth). */
const MAX_BLOCKS = 256n;
const VM_ERROR = -32015;

/** The codes of the execution API. */
const CODES: Record<SimulationFault, number> = {
  'nonce too low': -38010,
  'nonce too high': -38011,
  'max fee per gas less than block base fee': -38012,
  'intrinsic gas too low': -38013,
  'insufficient funds for gas * price + value': -38014,
  'block gas limit reached': -38015,
  'sender not an eoa': -38024,
  'max initcode size exceeded': -38025,
  'invalid transaction': INVALID_PARAMS,
};

interface BlockCalls {
  blockOverrides: BlockOverrides | undefined;
  stateOverrides: StateOverrides | undefined;
  calls: CallObject[] | undefined;
}

const payload = object<{
  blockStateCalls: BlockCalls[];
  traceTransfers: boolean | undefined;
  validation: boolean | undefined;
  returnFullTransactions: boolean | undefined;
}>({
  blockStateCalls: list(
    object<BlockCalls>({
      blockOverrides: optional(parseBlockOverrides),
      stateOverrides: optional(parseStateOverrides),
      calls: optional(list(callObject, 5000)),
    }),
    Number(MAX_BLOCKS) + 1,
  ),
  traceTransfers: optional(flag),
  validation: optional(flag),
  returnFullTransactions: optional(flag),
});

/** Transactions in blocks that are computed on top of a stored one and forgotten. */
export function simulateMethods(ledger: Ledger): Record<string, RpcMethod> {
  return {
    eth_simulateV1: async (params) => {
      const request = param(params, 0, payload);
      const base = requiredBlock(ledger, params, 1);
      if (request.blockStateCalls.length === 0) throw new RpcError(INVALID_PARAMS, 'empty input');
      const blocks = placed(base, request.blockStateCalls);
      const simulation = await Simulation.open(ledger, base, {
        validation: request.validation ?? false,
        traceTransfers: request.traceTransfers ?? false,
        gas: CALL_GAS,
        reject: (fault, details) => new RpcError(CODES[fault], `${fault}: ${details}`),
      });
      const answers: Json[] = [];
      for (const { env, stateOverrides, calls } of blocks) {
        const transactions = (calls ?? []).map((call) => (gasLeft: bigint) => unsigned(call, gasLeft));
        const block = await simulation.block(env, stateOverrides ?? {}, transactions);
        answers.push(formatSimulated(block, request.returnFullTransactions ?? false));
      }
      return answers;
    },
  };
}

type PlacedBlock = BlockCalls & { env: BlockOverrides & { number: bigint; timestamp: bigint } };

/** Numbers and times of the blocks, with empty ones where numbers were left out. */
function placed(base: BlockRecord, asked: BlockCalls[]): PlacedBlock[] {
  const blocks: PlacedBlock[] = [];
  let { number, timestamp } = base.header;
  for (const block of asked) {
    const wanted = block.blockOverrides?.number ?? number + 1n;
    if (wanted <= number)
      throw new RpcError(-38020, `block numbers must be in order: ${wanted} <= ${number}`);
    if (wanted - base.header.number > MAX_BLOCKS) throw new RpcError(-38026, 'too many blocks');
    for (; number + 1n < wanted;) {
      const env = { number: ++number, timestamp: ++timestamp };
      blocks.push({ blockOverrides: undefined, stateOverrides: undefined, calls: undefined, env });
    }
    const time = block.blockOverrides?.timestamp ?? timestamp + 1n;
    if (time <= timestamp)
      throw new RpcError(-38021, `block timestamps must be in order: ${time} <= ${timestamp}`);
    number = wanted;
    timestamp = time;
    blocks.push({ ...block, env: { ...block.blockOverrides, number, timestamp } });
  }
  return blocks;
}

function unsigned(call: CallObject, gasLeft: bigint): UnsignedTransaction {
  if (call.gasPrice !== undefined && (call.maxFeePerGas ?? call.maxPriorityFeePerGas) !== undefined)
    throw new RpcError(INVALID_PARAMS, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified');
  if (call.authorizationList) throw new RpcError(INVALID_PARAMS, 'authorizationList is not simulated');
  const message = messageOf(call, call.gas ?? gasLeft);
  const feeCap = call.gasPrice ?? call.maxFeePerGas ?? 0n;
  const tipCap = call.gasPrice ?? call.maxPriorityFeePerGas ?? 0n;
  if (tipCap > feeCap)
    throw new RpcError(INVALID_PARAMS, `maxFeePerGas (${feeCap}) < maxPriorityFeePerGas (${tipCap})`);
  const type = call.gasPrice === undefined ? 2 : call.accessList ? 1 : 0;
  return { message, nonce: call.nonce, type, feeCap, tipCap };
}

function formatSimulated({ header, hash, size, calls }: SimulatedBlock, full: boolean): Json {
  let logs = 0;
  return {
    ...formatHeader({ header, hash }),
    size: toQuantity(size),
    uncles: [],
    withdrawals: [],
    transactions: calls.map(({ tx, hash: one, transaction }, index) =>
      full
        ? {
            ...formatTransaction({ tx, hash: one, sender: transaction.message.from }),
            blockHash: hash,
            blockNumber: toQuantity(header.number),
            transactionIndex: toQuantity(index),
          }
        : one,
    ),
    calls: calls.map((call, index) => {
      const answer = formatCall(call, logs, {
        blockHash: hash,
        blockNumber: toQuantity(header.number),
        blockTimestamp: toQuantity(header.timestamp),
        transactionHash: call.hash,
        transactionIndex: toQuantity(index),
      });
      logs += answer.logs.length;
      return answer;
    }),
  };
}

function formatCall({ result, gasUsed }: SimulatedCall, firstLog: number, place: Json) {
  const failure = callFailure(result, VM_ERROR);
  return {
    status: failure ? '0x0' : '0x1',
    returnData: toHex(result.execResult.returnValue),
    gasUsed: toQuantity(gasUsed),
    logs: (result.execResult.logs ?? []).map(([address, topics, data], index) => ({
      address: toHex(address),
      topics: topics.map(toHex),
      data: toHex(data),
      ...place,
      logIndex: toQuantity(firstLog + index),
      removed: false,
    })),
    ...(failure && {
      error: {
        code: failure.code,
        message: failure.message,
        ...(failure.data !== undefined && { data: failure.data }),
      },
    }),
  };
}
