import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from 'viem';
import type { ChainProfile } from '../protocol/profile.ts';
import { openFrame } from './frame.ts';
import type { Accounts } from './keys/node-keys.ts';
import type { Network } from './network/network.ts';
import { followChains, type OpenChains } from './network/open-chains.ts';
import { openOwnChains } from './network/own-chains.ts';
import type { IssuerSettings } from './issuer/settings.ts';
import type { Report } from './ops/log.ts';
import { serveChains } from './access/serve-chains.ts';
import { describeLinks, describeOwnChains } from './network/describe-chains.ts';
import { openParts } from './parts/open-parts.ts';
import type { PartName } from './parts/parts.ts';
import type { ServiceContext } from './service-context.ts';

export interface NodeOptions {
  /** Everything of this process is kept here; made when missing. */
  dataDir: string;
  /** What runs in this process. */
  parts: readonly PartName[];
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Asked once the data directory is held. @param url address of this process as reached from here */
  identity(url: string): NodeIdentity | Promise<NodeIdentity>;
  /** The profile of the deployment, once there is one. Not asked for where only chains run. */
  profile(chains: OpenChains, identity: NodeIdentity): Promise<ChainProfile>;
  /** How the issuer is run, where not by its defaults. */
  issuer?: Partial<IssuerSettings> | undefined;
  /** How the facilitator is run, where not by its defaults. */
  facilitator?: ServiceContext['facilitator'];
  report: Report;
}

/** Which network this process belongs to, and the keys that it holds there. */
export interface NodeIdentity {
  network: Network;
  accounts: Accounts;
  /** Keys of the validators; needed for the mainchain only. */
  validators?: Hex[];
  /** Secret scalars of the committee's members that run here. */
  members?: Uint8Array[];
  /** Token by which processes of one network see all of a private chain. */
  insider?: string | undefined;
}

export interface RunningNode {
  url: string;
  /** Absent where only chains run. */
  profile?: ChainProfile;
  /** Finishes what is at hand and frees the data directory. */
  close(): Promise<void>;
}

/**
 * Starts the parts of a network that run in this process, behind one port. Whatever moment the process ends
 * at, the next start with the same directory continues there.
 *
 * @throws `NODE_DATA_LOCKED`, `RPC_PORT_TAKEN`, `KEYS_NOT_HELD`, `DEPLOY_OTHER_PLAN`
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { dataDir, parts, report } = options;
  const runs = (part: PartName) => parts.includes(part);
  const frame = await openFrame(options);
  try {
    const identity = await options.identity(frame.url);
    const own = await openOwnChains({
      dataDir,
      network: identity.network,
      validators: runs('mainchain') ? (identity.validators ?? []) : undefined,
      embedded: runs('execution'),
      report,
    });
    frame.atEnd(own.close);
    serveChains(frame, own, identity, dataDir);
    describeOwnChains(frame, own);
    if (parts.every((part) => part === 'mainchain' || part === 'execution')) {
      frame.complete();
      return { url: frame.url, close: frame.close };
    }
    const chains = await followChains({
      network: identity.network,
      own,
      insider: identity.insider,
      report,
    });
    frame.atEnd(chains.close);
    describeLinks(frame, chains);
    const profile = await options.profile(chains, identity);
    const context = serviceContext(options, identity, chains, profile);
    await openParts({
      frame,
      context,
      chains,
      ownExecution: own.execution,
      network: identity.network,
      runs,
      members: identity.members ?? [],
    });
    frame.complete();
    return { url: frame.url, profile, close: frame.close };
  } catch (error) {
    await frame.close();
    throw error;
  }
}

function serviceContext(
  { dataDir, report, issuer, facilitator }: NodeOptions,
  { accounts, network }: NodeIdentity,
  { mainchain, execution, mainchainClient, executionClient }: OpenChains,
  profile: ChainProfile,
): ServiceContext {
  return {
    profile,
    mainchain,
    execution,
    mainchainClient,
    executionClient,
    accounts,
    addresses: network.accounts,
    dataDir,
    directory(name) {
      const directory = path.join(dataDir, name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    issuer,
    facilitator,
    report,
  };
}
