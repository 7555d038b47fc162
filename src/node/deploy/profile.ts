import pins from '../../../circuits/artifacts/pins.json' with { type: 'json' };
import { type Hex, keccak256 } from 'viem';
import { zkidVerifierDeployedBytecode } from '../../contracts/bytecode/ZkidVerifier.ts';
import { HskError } from '../../protocol/errors.ts';
import { type Access, type ChainProfile, parseProfile, serializeProfile } from '../../protocol/profile.ts';
import { type Network, registeredMembers } from '../network/network.ts';
import type { Deployment } from './deployment.ts';
import { adapterOperators } from './hsp-adapters.ts';
import { PRINCIPALS } from './mandates.ts';
import { OFFERINGS } from './offering.ts';

export interface ProfileParts {
  network: Network;
  /** Hash of the mainchain's first block. */
  genesisHash: Hex;
  deployment: Deployment;
}

/** Sealed descendants after which clients of this deployment call a mainchain header final. */
const FINALITY_DEPTH = 2;
/** The committee that the deployment registers. */
export const FIRST_EPOCH = 1n;

/** A network that is open to all says nothing about access in its profile. */
function isClosed({ senders, reads, gas }: Access): boolean {
  return senders !== 'open' || reads !== 'public' || gas !== 'market';
}

/** The profile as clients will parse it. */
export function buildProfile(parts: ProfileParts): ChainProfile {
  const { network, deployment } = parts;
  const { mainchain, execution, accounts, committee, services } = network;
  const members = registeredMembers(network);
  const { attestedAfter, mandateSettlement, ...contracts } = deployment.execution;
  const profile: ChainProfile = {
    version: 1,
    name: 'Packaged reference network',
    mainchain: {
      chainId: mainchain.chainId,
      rpcUrls: [mainchain.url],
      checkpoint: { number: 0n, hash: parts.genesisHash, validators: mainchain.validators },
      finalityDepth: FINALITY_DEPTH,
      contracts: deployment.mainchain,
    },
    execution: {
      chainId: execution.chainId,
      rpcUrls: [services.gateway],
      currency: 'HSK',
      contracts,
      attestedAfter,
      ...(isClosed(execution.access) && { access: execution.access }),
    },
    committee: {
      epoch: FIRST_EPOCH,
      ...(committee.scheme === 'ecdsa' && { scheme: committee.scheme }),
      threshold: committee.threshold,
      keys: members.map((member) => member.publicKey),
    },
    services: {
      committee: members.map((member) => member.url),
      issuer: services.issuer,
      faucet: services.faucet,
      desk: services.desk,
      hsp: services.hsp,
      facilitator: services.facilitator,
    },
    hsp: { adapters: adapterOperators(execution.chainId, accounts.hspOperator) },
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
        seller: accounts.desk,
        policy,
        scopeTag,
        termsHash,
        termsUrl: `${services.desk}/terms/${symbol}`,
      };
    }),
    ...(mandateSettlement && { mandates: { service: mandateSettlement, policy: PRINCIPALS } }),
    circuit: { ...(pins as ChainProfile['circuit']), verifierCode: keccak256(zkidVerifierDeployedBytecode) },
  };
  return parseProfile(JSON.parse(serializeProfile(profile)));
}
