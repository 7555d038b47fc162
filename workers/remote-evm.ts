import type { EvmApi, OpenEvm } from '../src/evm/evm-api.ts';
import { proxyObject, wrapWorker } from './boundary.ts';

/** The EVM in the worker that the page opens, and ends. */
export function remoteEvm(open: () => Promise<MessagePort>, end: () => void): OpenEvm {
  return async () => {
    const evm = wrapWorker<EvmApi>(await open());
    return {
      run: (task, source) => evm.run(task, proxyObject(source)),
      ping: () => evm.ping(),
      end,
    };
  };
}
