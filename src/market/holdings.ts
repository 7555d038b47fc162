import type { Address } from 'viem';
import { fundTokenSlots } from '../contracts/abi/FundToken.ts';
import { hongKongDollarSlots } from '../contracts/abi/HongKongDollar.ts';
import type { LightClientApi } from '../light-client/light-client-api.ts';
import { mappingSlot } from '../protocol/anchor.ts';
import type { ChainProfile, Product } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { Offer } from './products.ts';

/** Units of a product that are proven to stand in a wallet, and what the desk's figure makes of them. */
export interface Holding {
  /** Base units of the asset. */
  units: Proven<bigint>;
  /** Base units of the payment token at `offer.nav`, rounded down; without an offer there is no value. */
  value: bigint | undefined;
}

type Reader = Pick<LightClientApi, 'read'>;

/** Balance of a product's token, proven from its storage. */
export async function readUnits(reader: Reader, product: Product, holder: Address): Promise<Proven<bigint>> {
  return readSlot(reader, product.token, fundTokenSlots.balances, holder);
}

/** Balance of the stablecoin on the execution chain, proven from its storage. */
export async function readCash(
  reader: Reader,
  profile: ChainProfile,
  holder: Address,
): Promise<Proven<bigint>> {
  return readSlot(reader, profile.execution.contracts.stablecoin, hongKongDollarSlots.balances, holder);
}

/** What `units` base units are worth at the offer's figure, rounded down. */
export function valueUnits(units: bigint, offer: Offer): bigint {
  return (units * offer.nav) / 10n ** BigInt(offer.product.decimals);
}

async function readSlot(
  reader: Reader,
  contract: Address,
  mapping: bigint,
  holder: Address,
): Promise<Proven<bigint>> {
  const answer = await reader.read({
    kind: 'storage',
    address: contract,
    slots: [mappingSlot(mapping, holder)],
  });
  return { ...answer, value: answer.value[0] ?? 0n };
}
