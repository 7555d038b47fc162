import type { Address, Hex } from 'viem';
import { accessRegistrySlots } from '../../contracts/abi/AccessRegistry.ts';
import { dvPSettlementSlots } from '../../contracts/abi/DvPSettlement.ts';
import { fundTokenSlots } from '../../contracts/abi/FundToken.ts';
import { hongKongDollarSlots } from '../../contracts/abi/HongKongDollar.ts';
import { identityRegistrySlots } from '../../contracts/abi/IdentityRegistry.ts';
import { mandateRegistrySlots } from '../../contracts/abi/MandateRegistry.ts';
import {
  ACCESS_REGISTRY,
  type DisclosedSlots,
  mappingSlot,
  PUBLIC_CODE,
  PUBLIC_STATE,
  wordSlot,
} from '../access/registry.ts';
import type { Deployment } from './deployment.ts';
import type { MandateContracts } from './mandates.ts';

/**
 * What of the contracts may be shown when reads are private: their code and terms to everybody, their records
 * each to the account they are about. Only the Lockbox is public whole: the output root is computed from it.
 */
export function disclosures(
  {
    lockbox,
    stablecoin,
    identityRegistry,
    settlement,
    mandateRegistry,
    mandateSettlement,
  }: Pick<Deployment['execution'], 'lockbox' | 'stablecoin' | 'identityRegistry' | 'settlement'> &
    MandateContracts,
  tokens: readonly Address[],
): [subject: Address, word: bigint, slots: DisclosedSlots[]][] {
  return [
    [lockbox, PUBLIC_CODE | PUBLIC_STATE, []],
    [
      ACCESS_REGISTRY,
      PUBLIC_CODE,
      [
        everybodys(accessRegistrySlots.admin, 2),
        everybodys(accessRegistrySlots.minimumTip),
        holders(accessRegistrySlots.permissions),
      ],
    ],
    [
      stablecoin,
      PUBLIC_CODE,
      [
        // Supply, name, symbol and their fallbacks.
        everybodys(hongKongDollarSlots.totalSupply, 5),
        holders(hongKongDollarSlots.balances),
        holders(hongKongDollarSlots.nonces),
      ],
    ],
    [
      identityRegistry,
      PUBLIC_CODE,
      [
        everybodys(identityRegistrySlots.rootLifetime),
        ...tokens.flatMap((token) => [
          everybodys(mappingSlot(token, identityRegistrySlots.policies), 3),
          holders(mappingSlot(token, identityRegistrySlots.admissions)),
        ]),
        everybodys(mappingSlot(mandateSettlement, identityRegistrySlots.policies), 3),
      ],
    ],
    [
      mandateRegistry,
      PUBLIC_CODE,
      [
        everybodys(mandateRegistrySlots.owner, 2),
        everybodys(mappingSlot(mandateSettlement, mandateRegistrySlots.services)),
        // An agent's mandate is shown to the agent.
        holders(mappingSlot(mandateSettlement, mandateRegistrySlots.records), 6),
      ],
    ],
    [mandateSettlement, PUBLIC_CODE, []],
    [
      settlement,
      PUBLIC_CODE,
      [
        everybodys(dvPSettlementSlots.owner, 4),
        ...tokens.map((token) => everybodys(mappingSlot(token, dvPSettlementSlots.isAssetPaused))),
        holders(mappingSlot(stablecoin, dvPSettlementSlots.proceeds)),
      ],
    ],
    ...tokens.map((token): [Address, bigint, DisclosedSlots[]] => [
      token,
      PUBLIC_CODE,
      [
        // Supply, names, owner and registry; and the names that the token changed to.
        everybodys(fundTokenSlots.totalSupply, 6),
        everybodys(fundTokenSlots.tokenName, 3),
        holders(fundTokenSlots.balances),
        holders(fundTokenSlots.frozenTokens),
        holders(fundTokenSlots.frozenAddresses),
        holders(fundTokenSlots.isIssuerAccount),
      ],
    ]),
  ];
}

function everybodys(base: bigint | Hex, words = 1): DisclosedSlots {
  return { base: typeof base === 'bigint' ? wordSlot(base) : base, words, keyed: false };
}

/** The words of a mapping from address, each shown to the account that is its key. */
function holders(base: bigint | Hex, words = 1): DisclosedSlots {
  return { ...everybodys(base, words), keyed: true };
}
