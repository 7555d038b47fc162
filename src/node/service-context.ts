import type { Hono } from 'hono';
import type { Address } from 'viem';
import type { ChainProfile } from '../protocol/profile.ts';
import type { FollowedChain } from './chain/chain.ts';
import type { ChainClient } from './chain-client.ts';
import type { IssuerSettings } from './issuer/settings.ts';
import type { MandateRule } from './facilitator/mandates.ts';
import type { Report } from './ops/log.ts';
import type { Describe } from './ops/part-state.ts';
import type { Accounts, Role } from './keys/node-keys.ts';

/** What every service of the node is given. Each keeps its own state below `directory(name)`. */
export interface ServiceContext {
  /** The deployment that this node serves, as it is printed to DATA/profile.json. */
  profile: ChainProfile;
  /** The chains themselves, or what follows them where they run elsewhere. */
  mainchain: FollowedChain;
  execution: FollowedChain;
  /** viem clients (public and wallet actions) over `chain.request`. */
  mainchainClient: ChainClient;
  executionClient: ChainClient;
  /** The node's own accounts by role; each service signs with its own role only. */
  accounts: Accounts;
  /** Who the roles are, held here or not. */
  addresses: Readonly<Record<Role, Address>>;
  /** Where everything of this node is kept. */
  dataDir: string;
  /** A directory for one service, created when missing, below `dataDir`. */
  directory(name: string): string;
  /** How the issuer is run, where not by its defaults. */
  issuer?: Partial<IssuerSettings> | undefined;
  /** How the facilitator is run, where not by its defaults. */
  facilitator?: { mandates: MandateRule } | undefined;
  report: Report;
}

/** A service as the node mounts it: routes below its own path, and how it ends. */
export interface Service {
  app: Hono;
  /** Bytes of a request, where more than other services take; its routes then have limits of their own. */
  largestBody?: number;
  /** Routes right below its path that pages of other origins may not ask. */
  ownOrigin?: readonly string[];
  /** How it is; without it, it serves. */
  state?: Describe;
  close?(): Promise<void>;
}
