import type { EVMResult } from '@ethereumjs/evm';
import { type Address, decodeAbiParameters, type Hex, zeroAddress } from 'viem';
import { address, hex, list, object, optional, quantity } from '../../protocol/parse.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toHex } from '../chain/bytes.ts';
import { CallEngines, type CallMessage, intrinsicGas } from '../chain/call.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import { param, requiredBlock, toQuantity } from './params.ts';
import { EXECUTION_REVERTED, INVALID_PARAMS, RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Most gas of one `eth_call`. */
const CALL_GAS = 100_000_000n;
const CALL_STIPEND = 2_300n;

const callObject = object<{
  from: Address | undefined;
  to: Address | undefined;
  gas: bigint | undefined;
  gasPrice: bigint | undefined;
  maxFeePerGas: bigint | undefined;
  value: bigint | undefined;
  data: Hex | undefined;
  input: Hex | undefined;
  accessList: { address: Address; storageKeys: Hex[] }[] | undefined;
  authorizationList: unknown[] | undefined;
}>({
  from: optional(address),
  to: optional(address),
  gas: optional(quantity),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  value: optional(quantity),
  data: optional(hex()),
  input: optional(hex()),
  accessList: optional(list(object({ address, storageKeys: list(hex(32)) }))),
  authorizationList: optional(list((value) => value, 256)),
});

function callMessage(params: unknown[], defaultGas: bigint): CallMessage {
  const call = param(params, 0, callObject);
  if (call.data && call.input && call.data !== call.input)
    throw new RpcError(
      INVALID_PARAMS,
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    );
  return {
    from: call.from ?? zeroAddress,
    to: call.to,
    data: call.input ?? call.data ?? '0x',
    value: call.value ?? 0n,
    gas: call.gas && call.gas < defaultGas ? call.gas : defaultGas,
    gasPrice: call.gasPrice ?? call.maxFeePerGas ?? 0n,
    accessList: call.accessList ?? [],
    authorizations: call.authorizationList?.length ?? 0,
  };
}

export function callMethods(ledger: Ledger): Record<string, RpcMethod> {
  const engines = new CallEngines(ledger);
  return {
    eth_call: async (params) => {
      const block = requiredBlock(ledger, params, 1);
      const message = callMessage(params, CALL_GAS);
      const { intrinsic } = intrinsicGas(message);
      if (message.gas < intrinsic)
        throw new RpcError(SERVER_ERROR, `intrinsic gas too low: have ${message.gas}, want ${intrinsic}`);
      const result = await engines.call(block, message);
      throwFailure(result);
      return toHex(result.execResult.returnValue);
    },
    eth_estimateGas: async (params) => {
      const block = requiredBlock(ledger, params, 1);
      return toQuantity(await estimate(ledger, engines, block, callMessage(params, block.header.gasLimit)));
    },
  };
}

/** The least gas, to 1.5 %, with which the message succeeds: gas used alone does not say (EIP-150, refunds). */
async function estimate(
  ledger: Ledger,
  engines: CallEngines,
  block: BlockRecord,
  message: CallMessage,
): Promise<bigint> {
  let high = message.gas;
  if (message.gasPrice > 0n) {
    const { balance } = await ledger.sender(message.from);
    if (balance < message.value) throw new RpcError(SERVER_ERROR, 'insufficient funds for transfer');
    const allowance = (balance - message.value) / message.gasPrice;
    if (allowance < high) high = allowance;
  }
  const { intrinsic, floor } = intrinsicGas(message);
  const least = intrinsic > floor ? intrinsic : floor;
  if (high < least) throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${high})`);
  const attempt = (gas: bigint) => engines.call(block, { ...message, gas });

  const first = await attempt(high);
  if (first.execResult.exceptionError?.error === 'out of gas')
    throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${high})`);
  throwFailure(first);
  const spent = intrinsic + first.execResult.executionGasUsed;
  let low = least - 1n;
  // EIP-150 keeps back 1/64 at each call: most often this guess is already enough.
  const guess = ((spent + CALL_STIPEND) * 64n) / 63n;
  for (const candidate of [least > spent ? least : spent, guess]) {
    if (candidate <= low || candidate >= high) continue;
    if ((await attempt(candidate)).execResult.exceptionError) low = candidate;
    else {
      high = candidate;
      break;
    }
  }
  while (low + 1n < high && (high - low) * 1000n > high * 15n) {
    const middle = (low + high) / 2n;
    if ((await attempt(middle)).execResult.exceptionError) low = middle;
    else high = middle;
  }
  return high;
}

function throwFailure({ execResult }: EVMResult): void {
  const error = execResult.exceptionError?.error;
  if (error === undefined) return;
  if (error === 'revert') {
    const data = toHex(execResult.returnValue);
    const reason = revertReason(data);
    throw new RpcError(
      EXECUTION_REVERTED,
      reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`,
      data,
    );
  }
  throw new RpcError(SERVER_ERROR, GETH_WORDS[error] ?? error);
}

/** ethereumjs's word to geth's, where they differ. */
const GETH_WORDS: Record<string, string> = {
  'insufficient balance': 'insufficient funds for transfer',
  'invalid JUMP': 'invalid jump destination',
  'static state change': 'write protection',
  'create collision': 'contract address collision',
  'code size to deposit exceeds maximum code size': 'max code size exceeded',
};

const PANICS: Record<string, string> = {
  '1': 'assert(false)',
  '17': 'arithmetic underflow or overflow',
  '18': 'division or modulo by zero',
  '33': 'enum overflow',
  '34': 'invalid encoded storage byte array accessed',
  '49': 'out-of-bounds array access; popping on an empty array',
  '50': 'out-of-bounds access of an array or bytesN',
  '65': 'out of memory',
  '81': 'uninitialized function',
};

/** The text of Solidity's `Error(string)` or `Panic(uint256)`. */
function revertReason(data: Hex): string | undefined {
  try {
    const body: Hex = `0x${data.slice(10)}`;
    if (data.startsWith('0x08c379a0')) return decodeAbiParameters([{ type: 'string' }], body)[0];
    if (data.startsWith('0x4e487b71')) {
      const [code] = decodeAbiParameters([{ type: 'uint256' }], body);
      return `panic: ${PANICS[code.toString()] ?? 'unknown panic code'} (0x${code.toString(16).padStart(2, '0')})`;
    }
  } catch {
    return undefined;
  }
  return undefined;
}
