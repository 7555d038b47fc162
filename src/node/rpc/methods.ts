import type { RpcMethod } from '../chain/chain.ts';
import { toHex } from '../chain/bytes.ts';
import { keccak } from '../chain/crypto.ts';
import type { Ledger } from '../chain/ledger.ts';
import { blockMethods } from './block-methods.ts';
import { callMethods } from './call-methods.ts';
import { feeMethods } from './fee-methods.ts';
import { filterMethods } from './filter-methods.ts';
import { inclusionMethods } from './inclusion-methods.ts';
import { logMethods } from './log-methods.ts';
import { VERSION } from '../ops/version.ts';
import { bytesParam, toQuantity } from './params.ts';
import { sendMethods } from './send-methods.ts';
import { simulateMethods } from './simulate-methods.ts';
import { stateMethods } from './state-methods.ts';

const CLIENT = `hsk-node/${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`;

/** The JSON-RPC methods of one chain. */
export function createMethods(ledger: Ledger): Map<string, RpcMethod> {
  const logs = logMethods(ledger);
  return new Map(
    Object.entries({
      ...blockMethods(ledger),
      ...inclusionMethods(ledger),
      ...stateMethods(ledger),
      ...sendMethods(ledger),
      ...callMethods(ledger),
      ...simulateMethods(ledger),
      ...feeMethods(ledger),
      ...logs,
      ...filterMethods(ledger, logs.eth_getLogs),
      eth_chainId: () => Promise.resolve(toQuantity(ledger.chainId)),
      eth_syncing: () => Promise.resolve(false),
      eth_accounts: () => Promise.resolve([]),
      eth_mining: () => Promise.resolve(false),
      eth_protocolVersion: () => Promise.resolve('0x44'),
      net_version: () => Promise.resolve(String(ledger.chainId)),
      net_listening: () => Promise.resolve(true),
      net_peerCount: () => Promise.resolve('0x0'),
      web3_clientVersion: () => Promise.resolve(CLIENT),
      web3_sha3: (params: unknown[]) =>
        Promise.resolve(toHex(keccak(Buffer.from(bytesParam(params, 0).slice(2), 'hex')))),
      txpool_status: () => Promise.resolve({ pending: toQuantity(ledger.pool.size), queued: '0x0' }),
    }),
  );
}
