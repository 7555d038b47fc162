import path from 'node:path';
import type { Hex, PrivateKeyAccount } from 'viem';
import type { FollowedChain } from '../chain/chain.ts';
import { Aggregator, type FindMember } from './aggregator.ts';
import type { ChainTerms } from './check-proposal.ts';
import { HttpMember } from './http-member.ts';
import { Member } from './member.ts';
import type { CommitteeRegistry } from './registry.ts';
import { addedUrls } from './rotate.ts';

export interface CommitteeParts {
  /** Of the aggregator's attestations, and of the members of this process. */
  directory: string;
  /** The execution chain. */
  chain: FollowedChain;
  terms: ChainTerms;
  registry: CommitteeRegistry;
  /** Signs every proposal and every request to a member. */
  sequencer: PrivateKeyAccount;
  /** Keys of members that run in this process, each below `directory/<i>`. */
  secrets?: readonly Uint8Array[];
  /** Base URLs of members that run elsewhere, beside those of `directory/members.json`; asked again whenever a key has no member. */
  urls?: () => readonly string[];
  /** The document that the chain's first state is laid from, where there is one. */
  genesis?: Uint8Array | undefined;
  report: (message: string) => void;
}

export interface OpenCommittee {
  /** Those of this process. */
  members: Member[];
  aggregator: Aggregator;
  close(): Promise<void>;
}

/** The aggregator over members of this process, of other processes, or both. */
export async function openCommittee(parts: CommitteeParts): Promise<OpenCommittee> {
  const { directory, terms, registry, sequencer, secrets = [], urls = () => [] } = parts;
  const members = await Promise.all(
    secrets.map((secret, index) =>
      Member.open({
        directory: path.join(directory, String(index)),
        secret,
        terms,
        registry,
        sequencer: sequencer.address,
      }),
    ),
  );
  const aggregator = await Aggregator.open({
    directory,
    chain: parts.chain,
    terms,
    registry,
    sequencer,
    findMember: memberFinder(members, () => [...urls(), ...addedUrls(directory)], sequencer),
    report: (message) => parts.report(`committee: ${message}`),
    ...(parts.genesis && { genesis: parts.genesis }),
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

/** By the key that each says it holds: the order of the URLs means nothing. */
export function memberFinder(
  members: readonly Member[],
  urls: () => readonly string[],
  account: PrivateKeyAccount,
): FindMember {
  const remote = new Map<string, HttpMember>();
  return async (publicKey: Hex) => {
    const own = members.find((member) => member.key.publicKey === publicKey);
    if (own) return own;
    const candidates = urls().map((url) => {
      const known = remote.get(url) ?? new HttpMember({ url, account });
      remote.set(url, known);
      return known;
    });
    const keys = await Promise.all(candidates.map((one) => one.publicKey().catch(() => undefined)));
    return candidates.find((_, index) => keys[index] === publicKey);
  };
}
