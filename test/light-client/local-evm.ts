import type { OpenEvm } from '../../src/evm/evm-api.ts';
import { runCall } from '../../src/evm/run-call.ts';

/** The EVM in this process: it cannot be ended. */
export const localEvm: OpenEvm = async () => ({
  run: runCall,
  ping: async () => undefined,
  end: () => undefined,
});
