import path from 'node:path';
import { quantity } from '../protocol/parse.ts';
import { type Access, type ChainProfile, serializeProfile } from '../protocol/profile.ts';
import { OPEN_ACCESS, requireOpen } from './access/options.ts';
import { deployProfile } from './deploy/deploy-profile.ts';
import { writeDurably } from './keys/durable-file.ts';
import { loadOrCreateKeys } from './keys/node-keys.ts';
import type { IssuerSettings } from './issuer/settings.ts';
import { localNetwork } from './network/local-network.ts';
import type { Report } from './ops/log.ts';
import { PARTS } from './parts/parts.ts';
import { rpcCaller } from './remote/json-rpc.ts';
import type { ServiceContext } from './service-context.ts';
import { startNode } from './start-node.ts';

export interface ReferenceNodeOptions {
  /** Everything of this node is kept here; made when missing. */
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** How clients reach this node, when not at host and port. No slash at the end. */
  publicUrl?: string;
  /** Who may send and see on the execution chain; default everybody. */
  access?: Partial<Access>;
  /** How the committee signs; default `bls`. Fixed by the first start. */
  scheme?: 'bls' | 'ecdsa';
  /** JSON-RPC of an existing network that takes the place of the embedded execution chain. */
  executionUrl?: string;
  /** Key file of an account that pays the first gas of the node's accounts there. */
  funder?: string;
  /** How the issuer is run, where not by its defaults. */
  issuer?: Partial<IssuerSettings>;
  /** How the facilitator is run, where not by its defaults. */
  facilitator?: ServiceContext['facilitator'];
  report?: Report;
}

export interface ReferenceNode {
  profile: ChainProfile;
  profileFile: string;
  /** Name to URL. */
  endpoints: Record<string, string>;
  /** Finishes what is at hand and frees the data directory. */
  close(): Promise<void>;
}

/**
 * Both chains, the committee, the anchorer, the bridge and all services in this process, behind one port.
 *
 * @throws `NODE_DATA_LOCKED`, `RPC_PORT_TAKEN`, `KEYS_DAMAGED`, `DEPLOY_OTHER_PLAN`, `ACCESS_OTHER_GAS`,
 *   `ACCESS_REGISTRY_MISSING`, `ACCESS_FOREIGN`, `EXECUTION_UNFUNDED`, `DEPLOY_OTHER_CHAIN`
 */
export async function startReferenceNode(options: ReferenceNodeOptions): Promise<ReferenceNode> {
  const dataDir = path.resolve(options.dataDir);
  const access = { ...OPEN_ACCESS, ...options.access };
  const scheme = options.scheme ?? 'bls';
  const { executionUrl, report = () => undefined } = options;
  if (executionUrl !== undefined) requireOpen(access);
  const profileFile = path.join(dataDir, 'profile.json');
  const { profile, close } = await startNode({
    dataDir,
    parts: executionUrl === undefined ? PARTS : PARTS.filter((part) => part !== 'execution'),
    port: options.port,
    ...(options.host !== undefined && { host: options.host }),
    identity: async (url) => {
      const keys = loadOrCreateKeys(path.join(dataDir, 'keys'));
      const foreign = executionUrl === undefined ? undefined : await describeForeign(executionUrl);
      return { ...keys, network: localNetwork(keys, options.publicUrl ?? url, access, scheme, foreign) };
    },
    profile: async (chains, { network, accounts }) => {
      const profile = await deployProfile(dataDir, network, chains, accounts.deployer, options.funder);
      writeDurably(profileFile, serializeProfile(profile), 0o644);
      return profile;
    },
    issuer: options.issuer,
    facilitator: options.facilitator,
    report,
  });
  return { profile: profile!, profileFile, endpoints: endpointsOf(profile!), close };
}

async function describeForeign(url: string): Promise<{ url: string; chainId: number }> {
  return { url, chainId: Number(quantity(await rpcCaller(url)('eth_chainId'), 'chainId')) };
}

function endpointsOf({ mainchain, execution, services }: ChainProfile): Record<string, string> {
  const { committee, ...rest } = services;
  return {
    mainchain: mainchain.rpcUrls[0]!,
    execution: execution.rpcUrls[0]!,
    committee: committee[0]!.replace(/\/0$/, ''),
    ...(rest as Record<string, string>),
  };
}
