import type { Address } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import { type Committee, parseCommittee } from '../../protocol/attestation.ts';
import { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import { HskError } from '../../protocol/errors.ts';
import { committeeLookup } from '../anchorer/committee-lookup.ts';
import type { ChainClient } from '../chain-client.ts';

/** The committees that the mainchain registered, as members and aggregator see them. */
export interface CommitteeRegistry {
  /** The newest epoch seen; 0 before the first. */
  currentEpoch(): Promise<bigint>;
  /** The committee of an epoch, old ones too. */
  committee(epoch: bigint): Promise<PreparedCommittee | undefined>;
}

/** Milliseconds for which an answer about the newest epoch is good. */
const FRESH = 1000;

/**
 * The registry contract behind a client. An epoch once seen is never unseen, and while the mainchain does
 * not answer the last one holds: a rotation then waits, and nothing else does.
 */
export function mainchainRegistry(client: ChainClient, address: Address): CommitteeRegistry {
  const find = committeeLookup(client, address);
  const prepared = new Map<bigint, PreparedCommittee>();
  let newest = 0n;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const epoch = await client.readContract({ address, abi: anchorRegistryAbi, functionName: 'epoch' });
    if (epoch > newest) newest = epoch;
    askedAt = performance.now();
  }

  return {
    async currentEpoch() {
      if (performance.now() - askedAt > FRESH) {
        asking ??= ask().finally(() => (asking = undefined));
        if (newest === 0n) await asking;
        else await asking.catch(() => undefined);
      }
      return newest;
    },
    async committee(epoch) {
      const known = prepared.get(epoch);
      if (known) return known;
      const found = await find(epoch);
      if (!found) return undefined;
      const committee = new PreparedCommittee(parseCommittee(found, 'committee'));
      const [hash] = await client.readContract({
        address,
        abi: anchorRegistryAbi,
        functionName: 'committees',
        args: [epoch],
      });
      if (committee.hash !== hash)
        throw new HskError(
          'COMMITTEE_MISMATCH',
          'The event names another committee than the registry keeps',
          {
            details: `epoch ${epoch}: ${committee.hash}, registered ${hash}`,
            action: 'The mainchain endpoint is wrong; ask another.',
          },
        );
      prepared.set(epoch, committee);
      if (epoch > newest) newest = epoch;
      return committee;
    },
  };
}

/** A registry that never turns: of one committee. */
export function fixedRegistry(committee: Committee): CommitteeRegistry {
  const only = new PreparedCommittee(committee);
  return {
    currentEpoch: async () => only.epoch,
    committee: async (epoch) => (epoch === only.epoch ? only : undefined),
  };
}
