import { HskError } from '../../protocol/errors.ts';
import { hex } from '../../protocol/parse.ts';
import { toBytes, toHex } from '../chain/bytes.ts';
import type { FollowedChain, RpcMethod } from '../chain/chain.ts';
import { METHOD_NOT_FOUND, RpcError } from '../rpc/rpc-error.ts';
import { readGenesisDocument } from '../store/genesis-document.ts';

/** `hsk_getGenesis`: the document that the chain's first state is laid from, in hex, for the committee to keep. */
export function genesisMethod(directory: string): Record<string, RpcMethod> {
  return {
    hsk_getGenesis: async () => {
      const document = readGenesisDocument(directory);
      if (!document) throw new HskError('CHAIN_NO_GENESIS', 'The chain has no genesis document yet');
      return toHex(document);
    },
  };
}

/** The genesis document of a chain, wherever it runs; `undefined` for another program's chain. */
export async function genesisDocument(
  chain: Pick<FollowedChain, 'request'>,
): Promise<Uint8Array | undefined> {
  try {
    return toBytes(hex()(await chain.request('hsk_getGenesis'), 'genesis'));
  } catch (error) {
    if (error instanceof RpcError && error.code === METHOD_NOT_FOUND) return undefined;
    throw error;
  }
}
