import { formatHeader } from '../rpc/format.ts';
import { matchingLogs, parseLogFilter } from '../rpc/log-methods.ts';
import { createMethods } from '../rpc/methods.ts';
import { RpcError, METHOD_NOT_FOUND } from '../rpc/rpc-error.ts';
import { HskError } from '../../protocol/errors.ts';
import type { Chain, RpcMethod } from './chain.ts';
import { Ledger, type LedgerOptions } from './ledger.ts';
import { describeReplay, type ReplayState } from './replay-progress.ts';
import { Sequencer } from './sequencer.ts';

export interface RunningOptions {
  /** More JSON-RPC methods; see also `Chain.extend`. */
  extraMethods?: Record<string, RpcMethod>;
  /** Told once, when nothing can be built or stored any more. Default: the process ends with the error. */
  onError?: (error: unknown) => void;
  /** Told in words how a long start goes on. */
  report?: (words: string) => void;
}

/** Opens a ledger, starts its clock and puts the JSON-RPC surface in front. */
export async function openChain(options: LedgerOptions, running: RunningOptions): Promise<Chain> {
  const { report, onError = rethrow } = running;
  const onReplay = report && ((state: ReplayState) => report(describeReplay(state)));
  const ledger = await Ledger.open({ ...options, onReplay });
  let failed = false;
  const fail = (error: unknown) => {
    if (failed) return;
    failed = true;
    sequencer.stop();
    // The calls that failed with it are answered first.
    setImmediate(onError, error);
  };
  const sequencer = new Sequencer(ledger, fail);
  ledger.events.on('failed', fail);
  const methods: Map<string, RpcMethod> = createMethods(ledger);
  const onBlock: Chain['onBlock'] = (listener) => {
    ledger.events.on('block', listener);
    return () => ledger.events.off('block', listener);
  };
  const chain: Chain = {
    chainId: ledger.chainId,
    head: () => ledger.head,
    block: (numberOrHash) => ledger.block(numberOrHash),
    onBlock,
    onHead: (listener) => onBlock((block) => listener(formatHeader(block))),
    onLogs: (filter, listener) => {
      const parsed = parseLogFilter([filter ?? {}]);
      return onBlock((block) => matchingLogs(ledger, block, parsed).forEach(listener));
    },
    onPending: (listener) => {
      ledger.events.on('pending', listener);
      return () => ledger.events.off('pending', listener);
    },
    request: async (method, params = []) => {
      const run = methods.get(method);
      if (!run) throw new RpcError(METHOD_NOT_FOUND, `the method ${method} does not exist/is not available`);
      return run(params);
    },
    extend: (added) => {
      for (const [name, method] of Object.entries(added)) {
        if (methods.has(name)) throw new HskError('RPC_METHOD_TAKEN', `${name} is already a method`);
        methods.set(name, method);
      }
    },
    produce: () => sequencer.produce(),
    close: async () => {
      sequencer.stop();
      await ledger.close();
    },
  };
  chain.extend(running.extraMethods ?? {});
  return chain;
}

/** A chain that cannot write must not go on as if it could. */
function rethrow(error: unknown): void {
  throw error;
}
