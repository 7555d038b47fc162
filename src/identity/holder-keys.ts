import { bytesToHex, type Hex, hexToBytes } from 'viem';
import type { VaultApi } from '../wallet/vault-api.ts';

/** What the holder asks of the vault. */
export type HolderKeys = Pick<
  VaultApi,
  'zkidSecret' | 'sealForHolder' | 'openForHolder' | 'holderLocator' | 'madeHere'
>;

export function sealJson(keys: HolderKeys, value: unknown, context: string): Promise<Hex> {
  return keys.sealForHolder(bytesToHex(new TextEncoder().encode(JSON.stringify(value))), context);
}

/** @throws `SEAL_BROKEN` */
export async function openJson(keys: HolderKeys, sealed: Hex, context: string): Promise<unknown> {
  // What opens under the wallet's own seal was written by this wallet.
  return JSON.parse(new TextDecoder().decode(hexToBytes(await keys.openForHolder(sealed, context))));
}
