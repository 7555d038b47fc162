import type { Address, Hex } from 'viem';
import type { BeaconConfig } from './beacon-config.ts';
import { HskError } from './errors.ts';
import type { EthereumRoot } from './ethereum-root.ts';
import type { OutputContracts } from './op-stack.ts';
import type { EthereumMainchain } from './profile.ts';

/** What is publicly known of an OP Stack chain and its Ethereum; what is not, a deployment has to bring. */
export interface PublicMainchain {
  chainId: number;
  name: string;
  rpcUrls: string[];
  /** Chain id of its Ethereum. */
  ethereumId: number;
  beacon: BeaconConfig;
  /** Absent where nobody has published them. */
  outputs?: OutputContracts;
}

/** Two weeks, what Ethereum's clients commonly allow as the weak subjectivity period. Seconds. */
export const CHECKPOINT_MAX_AGE = 1_209_600;

const ETHEREUM: BeaconConfig = {
  preset: 'mainnet',
  genesisTime: 1_606_824_023,
  secondsPerSlot: 12,
  genesisValidatorsRoot: '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95',
  forks: [
    { name: 'altair', epoch: 74_240, version: '0x01000000' },
    { name: 'bellatrix', epoch: 144_896, version: '0x02000000' },
    { name: 'capella', epoch: 194_048, version: '0x03000000' },
    { name: 'deneb', epoch: 269_568, version: '0x04000000' },
    { name: 'electra', epoch: 364_032, version: '0x05000000' },
    { name: 'fulu', epoch: 411_392, version: '0x06000000' },
  ],
};

const SEPOLIA: BeaconConfig = {
  preset: 'mainnet',
  genesisTime: 1_655_733_600,
  secondsPerSlot: 12,
  genesisValidatorsRoot: '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078',
  forks: [
    { name: 'altair', epoch: 50, version: '0x90000070' },
    { name: 'bellatrix', epoch: 100, version: '0x90000071' },
    { name: 'capella', epoch: 56_832, version: '0x90000072' },
    { name: 'deneb', epoch: 132_608, version: '0x90000073' },
    { name: 'electra', epoch: 222_464, version: '0x90000074' },
    { name: 'fulu', epoch: 272_640, version: '0x90000075' },
  ],
};

/** HashKey Chain and its testnet, by chain id. */
export const HASHKEY_CHAINS: Readonly<Record<177 | 133, PublicMainchain>> = {
  177: {
    chainId: 177,
    name: 'HashKey Chain',
    rpcUrls: ['https://mainnet.hsk.xyz'],
    ethereumId: 1,
    beacon: ETHEREUM,
    outputs: {
      kind: 'games',
      factory: '0x04ec030f362ce5a0b5fe2d4b4219f287c2ebde50',
      // OptimismPortal2 3.11: it keeps the blacklist itself. Permissioned games (type 1) are respected.
      guard: { kind: 'portal', address: '0xe7aa79b59cac06f9706d896a047feb9d3bda8bd3' },
      airGap: 302_400,
    },
  },
  133: {
    chainId: 133,
    name: 'HashKey Chain Testnet',
    rpcUrls: ['https://testnet.hsk.xyz'],
    ethereumId: 11_155_111,
    beacon: SEPOLIA,
  },
};

/** What only a deployment, or whoever vouches for it, can say. */
export interface MainchainDeployment {
  contracts?: { anchorRegistry?: Address; vault?: Address; stablecoin?: Address };
  /** Root of a beacon block finalised lately, compared between two independent sources. */
  checkpoint?: Hex;
  beaconUrls?: string[];
  executionUrls?: string[];
  /** Instead of the public endpoints. */
  rpcUrls?: string[];
  outputs?: OutputContracts;
}

/**
 * The `mainchain` part of a profile on HashKey Chain: what is public, completed by the deployment's own.
 *
 * @throws `NETWORK_INCOMPLETE` naming everything that is neither public nor given: nothing is made up
 */
export function hashkeyMainchain(chainId: 177 | 133, own: MainchainDeployment): EthereumMainchain {
  const network = HASHKEY_CHAINS[chainId];
  const { anchorRegistry, vault, stablecoin } = own.contracts ?? {};
  const outputs = own.outputs ?? network.outputs;
  const { checkpoint, beaconUrls = [], executionUrls = [] } = own;
  const missing = [
    !anchorRegistry && `the address of AnchorRegistry on ${network.name}`,
    !vault && `the address of Vault on ${network.name}`,
    !stablecoin && `the address of the stablecoin on ${network.name}`,
    !outputs && `the addresses of DisputeGameFactory and OptimismPortal of ${network.name} on its Ethereum`,
    !checkpoint && 'a checkpoint: the root of a beacon block finalised lately',
    beaconUrls.length === 0 && 'the URL of a beacon node that serves light clients',
    executionUrls.length === 0 && 'the URL of an Ethereum node that answers eth_getProof',
  ].filter((part) => part !== false);
  if (!anchorRegistry || !vault || !stablecoin || !outputs || !checkpoint || missing.length > 0)
    throw new HskError('NETWORK_INCOMPLETE', `A profile on ${network.name} needs what is not public`, {
      details: missing.join('; '),
      action: 'Deploy the contracts there, take the rest from sources you trust, and name all of it.',
    });
  const root: EthereumRoot = {
    kind: 'ethereum',
    chainId: network.ethereumId,
    beaconUrls,
    executionUrls,
    beacon: network.beacon,
    checkpoint: { root: checkpoint, maxAge: CHECKPOINT_MAX_AGE },
    outputs,
  };
  return {
    chainId,
    rpcUrls: own.rpcUrls ?? network.rpcUrls,
    contracts: { anchorRegistry, vault, stablecoin },
    root,
  };
}
