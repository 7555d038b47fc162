import pins from '../../../circuits/artifacts/pins.json' with { type: 'json' };
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { type ChainProfile, parseProfile, serializeProfile } from '../../protocol/profile.ts';
import type { AccessOptions } from '../access/options.ts';
import type { MemberKey } from '../committee/bls.ts';
import type { Deployment } from './deployment.ts';
import { adapterOperators } from './hsp-adapters.ts';
import { OFFERINGS } from './offering.ts';

export interface ProfileParts {
  /** `http://host:port`, as clients reach it. */
  baseUrl: string;
  mainchain: { chainId: number; genesisHash: Hex; validators: Address[] };
  execution: { chainId: number };
  access: AccessOptions;
  committee: { threshold: number; members: MemberKey[] };
  deployment: Deployment;
  desk: Address;
  hspOperator: Address;
}

/** Sealed descendants after which clients of this deployment call a mainchain header final. */
const FINALITY_DEPTH = 2;
/** The committee that the deployment registers. */
export const FIRST_EPOCH = 1n;

/** A network that is open to all says nothing about access in its profile. */
function isClosed({ senders, reads, gas }: AccessOptions): boolean {
  return senders !== 'open' || reads !== 'public' || gas !== 'market';
}

/** The profile as clients will parse it. */
export function buildProfile(parts: ProfileParts): ChainProfile {
  const { baseUrl, deployment } = parts;
  const profile: ChainProfile = {
    version: 1,
    name: 'Packaged reference network',
    mainchain: {
      chainId: parts.mainchain.chainId,
      rpcUrls: [`${baseUrl}/mainchain`],
      checkpoint: {
        number: 0n,
        hash: parts.mainchain.genesisHash,
        validators: parts.mainchain.validators,
      },
      finalityDepth: FINALITY_DEPTH,
      contracts: deployment.mainchain,
    },
    execution: {
      chainId: parts.execution.chainId,
      rpcUrls: [`${baseUrl}/execution`],
      currency: 'HSK',
      contracts: deployment.execution,
      ...(isClosed(parts.access) && { access: parts.access }),
    },
    committee: {
      epoch: FIRST_EPOCH,
      threshold: parts.committee.threshold,
      keys: parts.committee.members.map((member) => member.publicKey),
    },
    services: {
      committee: parts.committee.members.map((_, index) => `${baseUrl}/committee/${index}`),
      issuer: `${baseUrl}/issuer`,
      faucet: `${baseUrl}/faucet`,
      desk: `${baseUrl}/desk`,
      hsp: `${baseUrl}/hsp`,
      facilitator: `${baseUrl}/x402`,
    },
    hsp: { adapters: adapterOperators(parts.execution.chainId, parts.hspOperator) },
    products: deployment.products.map(({ symbol, token, termsHash }) => {
      const offering = OFFERINGS.find((entry) => entry.symbol === symbol);
      if (!offering)
        throw new HskError('DEPLOY_OTHER_PLAN', 'This data directory was deployed by another version', {
          details: symbol,
          action: 'Start that version, or use a new --data directory.',
        });
      const { name, decimals, policy, scopeTag } = offering;
      return {
        token,
        symbol,
        name,
        decimals,
        seller: parts.desk,
        policy,
        scopeTag,
        termsHash,
        termsUrl: `${baseUrl}/desk/terms/${symbol}`,
      };
    }),
    circuit: pins as ChainProfile['circuit'],
  };
  return parseProfile(JSON.parse(serializeProfile(profile)));
}
