import type { EvmApi } from '../src/evm/evm-api.ts';
import { runCall } from '../src/evm/run-call.ts';
import { exposeApi } from './boundary.ts';

/**
 * Executes calls on state that the light client has proven. It never talks to a chain, and the page may end it at
 * any moment. The page hands it the port to the light client's worker.
 */
addEventListener('message', ({ data: port }: MessageEvent<MessagePort>) => {
  exposeApi({ run: runCall, ping: async () => undefined } satisfies EvmApi, port);
  postMessage('ready');
});
