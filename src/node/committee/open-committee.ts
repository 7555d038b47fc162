import path from 'node:path';
import { committeeHash } from '../../protocol/committee.ts';
import type { ServiceContext } from '../service-context.ts';
import { Aggregator } from './aggregator.ts';
import { expandKey } from './bls.ts';
import type { CommitteeTerms } from './check-proposal.ts';
import { Member } from './member.ts';

export interface OpenCommittee {
  members: Member[];
  aggregator: Aggregator;
  close(): Promise<void>;
}

/** All members in this process, each below DATA/committee/<i>, and the aggregator over them. */
export async function openCommittee(
  context: ServiceContext,
  secrets: readonly Uint8Array[],
): Promise<OpenCommittee> {
  const { profile, execution } = context;
  const { epoch, threshold, keys } = profile.committee;
  const directory = context.directory('committee');
  const terms: CommitteeTerms = {
    domain: {
      mainchainId: profile.mainchain.chainId,
      anchorRegistry: profile.mainchain.contracts.anchorRegistry,
    },
    executionChainId: profile.execution.chainId,
    genesisHash: (await execution.block(0n))!.hash,
    epoch,
    committeeHash: committeeHash(threshold, keys.map(expandKey)),
    lockbox: profile.execution.contracts.lockbox,
  };
  const members = await Promise.all(
    secrets.map((secret, index) => Member.open(path.join(directory, String(index)), secret, terms)),
  );
  const aggregator = await Aggregator.open({
    directory,
    chain: execution,
    terms,
    committee: profile.committee,
    members,
    report: (message) => context.report(`committee: ${message}`),
  });
  return {
    members,
    aggregator,
    async close() {
      await aggregator.close();
      await Promise.all(members.map((member) => member.close()));
    },
  };
}
