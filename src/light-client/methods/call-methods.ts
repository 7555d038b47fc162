import { proveCall } from '../prove-call.ts';
import { blockAt, type Method } from './block-at.ts';

const called =
  (method: 'eth_call' | 'eth_estimateGas'): Method =>
  async (reader, params) =>
    proveCall(reader, method, params, await blockAt(reader, params[1]));

/** Executed here, on proven state. */
export const CALL_METHODS: Record<string, Method> = {
  eth_call: called('eth_call'),
  eth_estimateGas: called('eth_estimateGas'),
};
