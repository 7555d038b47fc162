import { address, flag, object } from '../../protocol/parse.ts';
import { rpcCaller } from '../remote/json-rpc.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import type { Gate } from './gate.ts';

const parseSession = object<{ account: `0x${string}`; auditor: boolean; admitted: boolean }>({
  account: address,
  auditor: flag,
  admitted: flag,
});

/** Who presents a session, asked of the execution chain that opened it. */
export function remoteViewers(executionUrl: string): Pick<Gate, 'viewerOf'> {
  const ask = rpcCaller(executionUrl);
  return {
    async viewerOf(authorization) {
      if (authorization === undefined) return undefined;
      try {
        const session = parseSession(await ask('hsk_getSession', [], { authorization }), 'session');
        return { ...session, deployer: false, sends: false };
      } catch (error) {
        if (error instanceof RpcError) return undefined;
        throw error;
      }
    },
  };
}
