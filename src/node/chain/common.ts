import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { paramsEVM } from '@ethereumjs/evm';
import { paramsTx } from '@ethereumjs/tx';
import { paramsVM } from '@ethereumjs/vm';
import { customCrypto } from './crypto.ts';

/** Prague rules under our own chain id. */
export function chainCommon(chainId: number): Common {
  const common = createCustomCommon({ chainId, name: `hsk-${chainId}` }, Mainnet, {
    hardfork: Hardfork.Prague,
    customCrypto,
  });
  for (const params of [paramsEVM, paramsVM, paramsTx]) common.updateParams(params);
  return common;
}
