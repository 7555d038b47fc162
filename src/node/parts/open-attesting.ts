import { Anchorer } from '../anchorer/anchorer.ts';
import { describeAnchorer } from '../anchorer/describe.ts';
import { trustMethods } from '../anchorer/methods.ts';
import { chainTerms } from '../committee/check-proposal.ts';
import { DisclosureLog } from '../committee/disclosure-log.ts';
import { openCommittee } from '../committee/open-committee.ts';
import { mainchainRegistry } from '../committee/registry.ts';
import { createCommitteeRoutes } from '../committee/routes.ts';
import { gateway } from '../remote/gateway.ts';
import { genesisDocument } from '../remote/genesis-method.ts';
import type { PartsToOpen } from './open-parts.ts';

/**
 * What gathers attestations and anchors them, with the members of this process. Beside an execution chain that runs
 * elsewhere it serves the address for clients, which adds attestations and anchors to what the chain answers.
 */
export async function openAttesting({
  frame,
  context,
  chains,
  ownExecution: own,
  network,
  members,
}: PartsToOpen): Promise<void> {
  const { profile, accounts, report } = context;
  const { anchorRegistry } = profile.mainchain.contracts;
  const directory = context.directory('committee');
  const committee = await openCommittee({
    directory,
    chain: chains.execution,
    terms: chainTerms(
      profile,
      profile.execution.attestedAfter?.hash ?? (await chains.execution.block(0n))!.hash,
    ),
    registry: mainchainRegistry(chains.mainchainClient, anchorRegistry),
    sequencer: accounts.sequencer,
    ...(members.length > 0 ? { secrets: members } : { urls: () => profile.services.committee }),
    genesis: () => genesisDocument(chains.execution),
    report,
  });
  frame.atEnd(() => committee.close());
  const anchorer = await Anchorer.open(context, committee.aggregator);
  frame.atEnd(() => anchorer.close());
  const methods = trustMethods(context, committee.aggregator, anchorer.log);
  if (own) own.extend(methods);
  else frame.serve('/execution', gateway(network.execution.url, methods));
  frame.describe('anchorer', describeAnchorer(committee.aggregator, anchorer.log));
  if (committee.members.length === 0) return;
  // Members beside everything else answer everybody where the chain does, and keep the record all the same.
  const disclosures = DisclosureLog.open(directory);
  frame.atEnd(() => disclosures.close());
  const access = {
    sequencer: accounts.sequencer.address,
    auditors: [],
    publicReads: profile.execution.access?.reads !== 'private',
  };
  frame.mount({
    committee: {
      app: createCommitteeRoutes(committee.members.map((member) => ({ member, access, disclosures }))),
    },
  });
}
