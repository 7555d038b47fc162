import type { RpcMethod } from '../chain/chain.ts';
import { type Accessed, CallEngines, type CallMessage, type CallOverrides, gasSpent } from '../chain/call.ts';
import { intrinsicGas, leastGas } from '../../protocol/call-gas.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toHex } from '../chain/bytes.ts';
import type { Ledger } from '../chain/ledger.ts';
import { callFailure, throwFailure } from './call-failure.ts';
import { CALL_GAS, callMessage, overridesParam } from './call-params.ts';
import { requiredBlock, toQuantity } from './params.ts';
import { RpcError, SERVER_ERROR } from './rpc-error.ts';

/** Code that reads its own gas can touch something else every time. */
const ACCESS_ROUNDS = 16;

export function callMethods(ledger: Ledger): Record<string, RpcMethod> {
  const engines = new CallEngines(ledger);
  return {
    eth_call: async (params) => {
      const block = requiredBlock(ledger, params, 1);
      const overrides = overridesParam(params);
      const message = callMessage(params, CALL_GAS);
      requireIntrinsic(message);
      const result = await engines.call(block, message, overrides);
      throwFailure(result);
      return toHex(result.execResult.returnValue);
    },
    eth_estimateGas: async (params) => {
      const block = requiredBlock(ledger, params, 1);
      const overrides = overridesParam(params);
      const message = callMessage(params, block.header.gasLimit);
      return toQuantity(await estimate(ledger, engines, block, message, overrides));
    },
    /** What the call touches beyond what is warm anyway, and the gas that it uses with that list. */
    eth_createAccessList: async (params) => {
      const block = requiredBlock(ledger, params, 1);
      const message = callMessage(params, block.header.gasLimit);
      for (let round = 1; ; round++) {
        requireIntrinsic(message);
        const { result, accessed } = await engines.access(block, message);
        // Warm slots cost less gas, which the code may look at: the list is right once it changes nothing.
        if (extend(message, accessed) && round < ACCESS_ROUNDS) continue;
        const failure = callFailure(result);
        return {
          accessList: message.accessList,
          gasUsed: toQuantity(gasSpent(message, result)),
          ...(failure && { error: failure.message }),
        };
      }
    },
  };
}

/** The least gas with which the message succeeds. */
async function estimate(
  ledger: Ledger,
  engines: CallEngines,
  block: BlockRecord,
  message: CallMessage,
  overrides: CallOverrides,
): Promise<bigint> {
  let high = message.gas;
  if (message.gasPrice > 0n) {
    const balance = overrides.state[message.from]?.balance ?? (await ledger.sender(message.from)).balance;
    if (balance < message.value) throw new RpcError(SERVER_ERROR, 'insufficient funds for transfer');
    const allowance = (balance - message.value) / message.gasPrice;
    if (allowance < high) high = allowance;
  }
  const { intrinsic, floor } = intrinsicGas(message);
  const least = intrinsic > floor ? intrinsic : floor;
  if (high < least) throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${high})`);
  const attempt = (gas: bigint) => engines.call(block, { ...message, gas }, overrides);

  const first = await attempt(high);
  if (first.execResult.exceptionError?.error === 'out of gas')
    throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${high})`);
  throwFailure(first);
  return leastGas(
    message,
    high,
    first.execResult.executionGasUsed,
    async (gas) => !(await attempt(gas)).execResult.exceptionError,
  );
}

function requireIntrinsic(message: CallMessage): void {
  const { intrinsic } = intrinsicGas(message);
  if (message.gas < intrinsic)
    throw new RpcError(SERVER_ERROR, `intrinsic gas too low: have ${message.gas}, want ${intrinsic}`);
}

/** Adds to the message's access list; false when all of it was there. */
function extend(message: CallMessage, accessed: Accessed): boolean {
  const all = new Map(message.accessList.map(({ address, storageKeys }) => [address, new Set(storageKeys)]));
  let added = false;
  for (const [name, slots] of accessed) {
    const known = all.get(`0x${name}`) ?? new Set();
    added ||= !all.has(`0x${name}`) || [...slots].some((slot) => !known.has(`0x${slot}`));
    all.set(`0x${name}`, known);
    for (const slot of slots) known.add(`0x${slot}`);
  }
  message.accessList = [...all].map(([address, keys]) => ({ address, storageKeys: [...keys].toSorted() }));
  return added;
}
