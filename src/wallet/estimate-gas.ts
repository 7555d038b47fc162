import { type Hex, numberToHex } from 'viem';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { HskError } from '../protocol/errors.ts';
import { quantity } from '../protocol/parse.ts';
import type { Call } from './prepare.ts';

/**
 * Why an estimate may not be provable here although the endpoint is honest: no EVM, other rules, too much of it, or
 * state that a private chain does not show. Then the endpoint's word is taken; what it can cost is bounded.
 */
const NOT_PROVABLE = new Set([
  'BASE_FEE_RULE',
  'BODY_PRIVATE',
  'CALL_STATE_LIMIT',
  'CALL_STATE_PRIVATE',
  'EVM_RULES',
  'EVM_TIMEOUT',
  'EVM_UNAVAILABLE',
  'EVM_WORKER',
]);

type Chain = Pick<LightClientApi, 'request' | 'requestUnverified'>;

/** A proven answer where there is one, else the endpoint's guess. */
export async function provenOrGuess(
  chain: Chain,
  request: { method: string; params?: readonly unknown[] },
): Promise<unknown> {
  try {
    return await chain.request(request);
  } catch (error) {
    if (!(error instanceof HskError) || !NOT_PROVABLE.has(error.code)) throw error;
    return (await chain.requestUnverified(request)).value;
  }
}

/**
 * The gas that a call needs on the newest attested state.
 * @throws `CALL_REVERTS` when it would fail
 */
export async function estimateGas(chain: Chain, call: Call): Promise<bigint> {
  const request = { from: call.from, to: call.to, data: call.data, value: numberToHex(call.value) };
  try {
    const gas = await provenOrGuess(chain, { method: 'eth_estimateGas', params: [request] });
    return quantity(gas as Hex, 'eth_estimateGas');
  } catch (error) {
    if (!(error instanceof HskError) || !REVERTS.test(error.code)) throw error;
    const details = error.code === 'RPC_ERROR' ? error.details : error.shortMessage;
    throw new HskError('CALL_REVERTS', 'The contract would refuse this transaction', {
      ...(details !== undefined && { details }),
      action: 'Nothing was signed.',
      cause: error,
    });
  }
}

const REVERTS = /^(?:CALL_REVERTED|CALL_FAILED|RPC_ERROR)$/;
