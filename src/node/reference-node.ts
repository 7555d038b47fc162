import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HskError } from '../protocol/errors.ts';
import { type ChainProfile, serializeProfile } from '../protocol/profile.ts';
import { auditorsOnly } from './access/auditors-only.ts';
import { Gate } from './access/gate.ts';
import { type AccessOptions, OPEN_ACCESS } from './access/options.ts';
import { Anchorer } from './anchorer/anchorer.ts';
import { trustMethods } from './anchorer/methods.ts';
import { fundExecution } from './bridge/fund-execution.ts';
import { Relayer } from './bridge/relayer.ts';
import { openChains, type OpenChains } from './chains.ts';
import { openCommittee } from './committee/open-committee.ts';
import { createCommitteeRoutes } from './committee/routes.ts';
import { memberKey } from './committee/bls.ts';
import { deploy, THRESHOLD } from './deploy/deploy.ts';
import { buildProfile } from './deploy/profile.ts';
import { lockDataDirectory } from './keys/data-lock.ts';
import { writeDurably } from './keys/durable-file.ts';
import { loadOrCreateKeys } from './keys/node-keys.ts';
import { refuse } from './refuse.ts';
import { startRpcServer } from './rpc/server.ts';
import type { Service, ServiceContext } from './service-context.ts';
import { openServices } from './services.ts';

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
  access?: Partial<AccessOptions>;
  /** One line for the operator. */
  report?: (message: string) => void;
}

/** Bytes of a request to any service; the chains have their own limit. */
const LARGEST_BODY = 256 * 1024;

/** What would show other accounts' transactions past the gate of the chain. */
const WHOLE_RECORDS = ['/committee/:index/get/*', '/committee/:index/get-by-hash/*', '/hsp/payments'];

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
 * Whatever moment the process ends at, the next start with the same directory continues there.
 *
 * @throws `NODE_DATA_LOCKED`, `RPC_PORT_TAKEN`, `KEYS_DAMAGED`, `DEPLOY_OTHER_PLAN`,
 * `ACCESS_OTHER_GAS`, `ACCESS_REGISTRY_MISSING`
 */
export async function startReferenceNode(options: ReferenceNodeOptions): Promise<ReferenceNode> {
  const dataDir = path.resolve(options.dataDir);
  const report = options.report ?? (() => undefined);
  // Undone from the last to the first, at the end as after a failed start.
  const undo: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).toReversed())
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => report(`close: ${String(error)}`));
  };
  try {
    const lock = lockDataDirectory(dataDir);
    undo.push(() => lock.release());
    const keys = loadOrCreateKeys(path.join(dataDir, 'keys'));
    const access = { ...OPEN_ACCESS, ...options.access };
    const chains = await openChains(dataDir, keys, access);
    undo.push(chains.close);

    let routes = new Hono();
    const app = new Hono();
    app.use(cors());
    app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: tooLarge }));
    app.onError((error, context) => refuse(context, error));
    const { mainchain, execution } = chains;
    let baseUrls: string[] = [];
    const gate =
      access.reads === 'private'
        ? new Gate({
            chain: execution,
            directory: path.join(dataDir, 'access'),
            urls: () => baseUrls.map((url) => `${url}/execution`),
          })
        : undefined;
    if (gate) {
      undo.push(() => gate.close());
      for (const route of WHOLE_RECORDS) app.get(route, auditorsOnly(gate));
    }
    app.all('*', (context) => routes.fetch(context.req.raw));
    const server = await startRpcServer({
      chains: { '/mainchain': mainchain, '/execution': gate ?? execution },
      app,
      port: options.port,
      ...(options.host !== undefined && { host: options.host }),
    });
    undo.push(() => server.close());
    baseUrls = [options.publicUrl ?? reachable(server.url), reachable(server.url)];

    const members = keys.members.map(memberKey);
    const deployment = await deploy({ dataDir, chains, accounts: keys.accounts, members });
    const profile = buildProfile({
      baseUrl: baseUrls[0]!,
      mainchain: {
        chainId: mainchain.chainId,
        genesisHash: mainchain.block(0n)!.hash,
        validators: chains.validators,
      },
      execution: { chainId: execution.chainId },
      access,
      committee: { threshold: THRESHOLD, members },
      deployment,
      desk: keys.accounts.desk.address,
      hspOperator: keys.accounts.hspOperator.address,
    });
    const context = serviceContext(dataDir, chains, profile, keys.accounts, report);

    const committee = await openCommittee(context, keys.members);
    undo.push(() => committee.close());
    const anchorer = await Anchorer.open(context, committee.aggregator);
    undo.push(() => anchorer.close());
    execution.extend(trustMethods(context, committee.aggregator, anchorer.log));
    const relayer = new Relayer(context);
    undo.push(() => relayer.close());
    const services = await openServices(context);
    undo.push(async () => {
      await Promise.all(Object.values(services).map((service) => service.close?.()));
    });
    routes = compose({ committee: { app: createCommitteeRoutes(committee.members) }, ...services });

    const funding = fundExecution(context).catch((error: unknown) => report(`bridge: ${String(error)}`));
    undo.push(() => funding);

    const profileFile = path.join(dataDir, 'profile.json');
    writeDurably(profileFile, serializeProfile(profile), 0o644);
    return { profile, profileFile, endpoints: endpointsOf(profile), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function serviceContext(
  dataDir: string,
  { mainchain, execution, mainchainClient, executionClient }: OpenChains,
  profile: ChainProfile,
  accounts: ServiceContext['accounts'],
  report: ServiceContext['report'],
): ServiceContext {
  return {
    profile,
    mainchain,
    execution,
    mainchainClient,
    executionClient,
    accounts,
    dataDir,
    directory(name) {
      const directory = path.join(dataDir, name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    report,
  };
}

function compose(services: Record<string, Service>): Hono {
  const app = new Hono();
  app.get('/', (context) => context.json({ services: Object.keys(services).map((name) => `/${name}`) }));
  for (const [name, { app: routes }] of Object.entries(services)) app.route(`/${name}`, routes);
  app.notFound((context) =>
    refuse(
      context,
      new HskError('NODE_NO_SUCH_ROUTE', 'There is nothing at this path', {
        details: `${context.req.method} ${context.req.path}`,
      }),
      { NODE_NO_SUCH_ROUTE: 404 },
    ),
  );
  return app;
}

function tooLarge(context: Context): Response {
  const error = new HskError('NODE_BODY_TOO_LARGE', 'The body is longer than any service takes', {
    details: `more than ${LARGEST_BODY} bytes`,
  });
  return refuse(context, error, { NODE_BODY_TOO_LARGE: 413 });
}

/** An address that listens everywhere is reached, from here, at the loopback. */
function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://127.0.0.1:');
}

function endpointsOf(profile: ChainProfile): Record<string, string> {
  const { committee, ...services } = profile.services;
  return {
    mainchain: profile.mainchain.rpcUrls[0]!,
    execution: profile.execution.rpcUrls[0]!,
    committee: committee[0]!.replace(/\/0$/, ''),
    ...(services as Record<string, string>),
  };
}
