import type { Address } from 'viem';
import type { LightClientApi } from '../../../light-client/light-client-api.ts';
import { readCash, readUnits } from '../../../market/holdings.ts';
import { STABLECOIN } from '../../../protocol/eip3009.ts';
import type { ChainProfile, Product } from '../../../protocol/profile.ts';
import type { Proven } from '../../../protocol/trust.ts';

/** Something the wallet can hold on the execution chain. */
export type Asset = { symbol: string; name: string; decimals: number } & (
  { kind: 'cash'; token: Address } | { kind: 'fund'; token: Address; product: Product } | { kind: 'native' }
);

/** The stablecoin, the funds of the profile, and the currency that fees are paid in. */
export function assetsOf(profile: ChainProfile): Asset[] {
  const { stablecoin } = profile.execution.contracts;
  const { currency } = profile.execution;
  return [
    { kind: 'cash', token: stablecoin, ...STABLECOIN },
    ...profile.products.map((product): Asset => {
      const { token, symbol, name, decimals } = product;
      return { kind: 'fund', token, symbol, name, decimals, product };
    }),
    { kind: 'native', symbol: currency, name: currency, decimals: 18 },
  ];
}

/** What `account` holds of it, proven. */
export async function readBalance(
  reader: Pick<LightClientApi, 'read'>,
  profile: ChainProfile,
  asset: Asset,
  account: Address,
): Promise<Proven<bigint>> {
  if (asset.kind === 'cash') return readCash(reader, profile, account);
  if (asset.kind === 'fund') return readUnits(reader, asset.product, account);
  const answer = await reader.read({ kind: 'account', address: account });
  return { ...answer, value: answer.value.balance };
}

/** What is signed is written in full: money with at least its cents. */
export function inFull(asset: Asset): { min?: number } {
  return asset.kind === 'cash' ? { min: 2 } : {};
}

/** What is held is written as people read it: money with cents, units with all they have, coins with six decimals. */
export function decimalsShown(asset: Asset): { min?: number; max?: number } {
  return { cash: { min: 2, max: 2 }, fund: {}, native: { max: 6 } }[asset.kind];
}
