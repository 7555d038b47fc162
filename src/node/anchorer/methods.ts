import { quantity } from '../../protocol/parse.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Aggregator } from '../committee/aggregator.ts';
import { encodeSignedAttestation } from '../committee/attestation-store.ts';
import { formatCommitteeStatus } from '../committee/committee-status.ts';
import type { ServiceContext } from '../service-context.ts';
import { type AnchorLog, formatAnchor } from './anchor-log.ts';
import { committeeLookup } from './committee-lookup.ts';

/** The execution chain's further JSON-RPC methods. All answers are hints: a client proves them by itself. */
export function trustMethods(
  { profile, mainchainClient: client }: ServiceContext,
  aggregator: Aggregator,
  anchors: AnchorLog,
): Record<string, RpcMethod> {
  const block = (params: unknown[]): bigint | 'latest' =>
    params[0] === undefined || params[0] === 'latest' ? 'latest' : quantity(params[0], 'block');
  const findCommittee = committeeLookup(client, profile.mainchain.contracts.anchorRegistry);
  return {
    /** `[block]` → SignedAttestation or null; integers as decimal strings. */
    hsk_getAttestation: async (params) => {
      const wanted = block(params);
      const signed = wanted === 'latest' ? aggregator.latest : await aggregator.attestation(wanted);
      return signed ? encodeSignedAttestation(signed) : null;
    },
    /** `[]` → up to where blocks are attested, how each member stands, and since when and why it stopped, if it did. */
    hsk_getAttestationStatus: async () => formatCommitteeStatus(aggregator.status()),
    /** `[epoch]` → Committee or null; without an epoch, the newest one. */
    hsk_getCommittee: async (params) =>
      findCommittee(
        params[0] === undefined ? await aggregator.registry.currentEpoch() : quantity(params[0], 'epoch'),
      ),
    /** `[block]` → the first anchor at or above it, or null; `latest` → the newest anchor. */
    hsk_getAnchor: async (params) => {
      const wanted = block(params);
      const entry = wanted === 'latest' ? anchors.latest : await anchors.firstFrom(wanted);
      return entry ? formatAnchor(entry) : null;
    },
  };
}
