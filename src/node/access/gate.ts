import type { Address } from 'viem';
import { address, integer, object, optional } from '../../protocol/parse.ts';
import type { Chain } from '../chain/chain.ts';
import { optionalParam } from '../rpc/params.ts';
import { INVALID_PARAMS, RpcError, SERVER_ERROR } from '../rpc/rpc-error.ts';
import type { Caller, ChainView } from '../rpc/view.ts';
import { Disclosed } from './disclosed.ts';
import { DisclosureLog } from './disclosure-log.ts';
import { bearer, GuardedView } from './guarded-view.ts';
import { FilterOwners, type Shown, type Viewer } from './inquiry.ts';
import { Nonces, NONCE_SECONDS } from './nonces.ts';
import { POLICY, SUBSCRIPTIONS } from './policy.ts';
import { RateLimit } from './rate-limit.ts';
import { LIMIT_EXCEEDED, noSuchMethod, notDisclosed, sessionNeeded } from './refusals.ts';
import { ADMITTED, AUDITOR, DEPLOYER, SUSPENDED } from './registry.ts';
import { keepLogs } from './rules-blocks.ts';
import { Sessions } from './sessions.ts';
import { verifySignIn } from './sign-in.ts';

export interface GateOptions {
  chain: Chain;
  /** Where the log of disclosures is kept. */
  directory: string;
  /** URLs by which clients reach the chain's JSON-RPC; the first is the one to sign for. */
  urls: () => readonly string[];
  /** Whether only admitted accounts send. */
  senders?: 'open' | 'admitted';
  /** Seconds since 1970. */
  now?: () => number;
}

/** Characters of the parameters that the log keeps. */
const WHAT = 300;
/** Attempts to sign in: at once, and again each second. */
const ATTEMPTS = { burst: 60, perSecond: 1 };
const MOST_DISCLOSURES = 500;

/**
 * Stands between the connections and the chain when reads are private. Each call is answered as the policy says
 * for whoever has signed in; every disclosure is on the disk before it leaves. Services of this process ask the
 * chain itself.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #now: () => number;
  readonly #nonces = new Nonces();
  readonly #sessions = new Sessions();
  readonly #attempts = new RateLimit(ATTEMPTS.burst, ATTEMPTS.perSecond);
  readonly #disclosed: Disclosed;
  readonly #filters = new FilterOwners();
  readonly #log: DisclosureLog;

  /** @throws `STORE_LOG_CORRUPT` */
  constructor(options: GateOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.#disclosed = new Disclosed(options.chain);
    this.#log = DisclosureLog.open(options.directory);
  }

  /** The chain as one connection sees it. */
  admit(caller: Caller): ChainView {
    return new GuardedView(this, caller);
  }

  /** Who presents this `Authorization` header; undefined without a session. */
  async viewerOf(authorization: string | undefined): Promise<Viewer | undefined> {
    const token = bearer(authorization);
    return token === undefined ? undefined : this.viewer(token);
  }

  async viewer(token: string): Promise<Viewer | undefined> {
    const session = this.#sessions.find(token, this.#now());
    if (!session) return undefined;
    const word = await this.#disclosed.permissions(session.account);
    const admitted = (word & ADMITTED) !== 0n;
    return {
      account: session.account,
      auditor: (word & AUDITOR) !== 0n,
      admitted,
      sends: !(word & SUSPENDED) && (admitted || this.#options.senders !== 'admitted'),
      deployer: (word & DEPLOYER) !== 0n,
    };
  }

  /** Answers one call. @throws `RpcError` */
  async answer(method: string, params: unknown[], token: string | undefined): Promise<unknown> {
    const rule = POLICY.get(method);
    if (!rule) throw noSuchMethod(method);
    const viewer = token === undefined ? undefined : await this.viewer(token);
    const { chain } = this.#options;
    const inquiry = {
      method,
      params,
      viewer,
      ask: (other = params) => chain.request(method, other),
      chain,
      disclosed: this.#disclosed,
      filters: this.#filters,
    };
    const shown = await rule.show(inquiry).catch((error: unknown) => {
      // A token that was presented and is good for nothing is the reason, not that none was.
      throw isSessionNeeded(error) && token !== undefined && !viewer ? sessionNeeded(true) : error;
    });
    await this.keep(method, params, viewer, shown);
    return shown.result;
  }

  /** Puts into the log what is about to leave. */
  async keep(method: string, params: unknown[], viewer: Viewer | undefined, { about }: Shown): Promise<void> {
    if (!about) return;
    const account = viewer?.account ?? about[0];
    if (!account) return;
    await this.#log.keep({
      time: this.#now(),
      account,
      auditor: viewer?.auditor ?? false,
      method,
      what: JSON.stringify(params).slice(0, WHAT),
      block: Number(this.#options.chain.head().header.number),
      about,
    });
  }

  /** @throws `RpcError` -32001, -32002 when the caller may not have this pushed */
  async mayFollow(kind: unknown, token: string | undefined): Promise<void> {
    const access = typeof kind === 'string' && Object.hasOwn(SUBSCRIPTIONS, kind) && SUBSCRIPTIONS[kind];
    if (!access) throw new RpcError(INVALID_PARAMS, `no "${String(kind)}" subscription in eth namespace`);
    if (access === 'public') return;
    const viewer = token === undefined ? undefined : await this.viewer(token);
    if (!viewer) throw sessionNeeded(token !== undefined);
    if (access === 'auditor' && !viewer.auditor) throw notDisclosed('only auditors see what waits');
  }

  /** The log as far as the viewer may see it, before it is pushed. */
  async pushedLogs(
    filter: unknown,
    logs: Record<string, unknown>[],
    token: string | undefined,
  ): Promise<Record<string, unknown>[]> {
    const viewer = token === undefined ? undefined : await this.viewer(token);
    if (!viewer) return [];
    const shown = await keepLogs(
      { chain: this.#options.chain, disclosed: this.#disclosed },
      viewer,
      logs as never,
    );
    await this.keep('eth_subscription', [filter], viewer, shown);
    return shown.result as Record<string, unknown>[];
  }

  get chain(): Chain {
    return this.#options.chain;
  }

  /** What to put into the message; EIP-4361. */
  issueNonce(): unknown {
    const [uri] = this.#options.urls();
    if (uri === undefined)
      throw new RpcError(SERVER_ERROR, 'the node is starting', { code: 'NODE_STARTING' });
    return {
      nonce: this.#nonces.issue(this.#now()),
      domain: new URL(uri).host,
      uri,
      chainId: this.chain.chainId,
      version: '1',
      expiresIn: NONCE_SECONDS,
    };
  }

  async openSession(params: unknown[], peer: string): Promise<unknown> {
    const now = this.#now();
    if (!this.#attempts.take(peer, now))
      throw new RpcError(LIMIT_EXCEEDED, 'too many attempts to sign in', { code: 'SIGN_IN_RATE' });
    const uris = this.#options.urls();
    const { account, nonce, until } = await verifySignIn(
      params,
      {
        domains: uris.map((uri) => new URL(uri).host),
        uris,
        chainId: this.chain.chainId,
        now,
        knowsNonce: (given) => this.#nonces.holds(given, now),
      },
      this.chain,
    );
    // Taken only now, so that nobody uses up another's, and at once, so that no two use the same.
    if (!this.#nonces.use(nonce, now))
      throw new RpcError(SERVER_ERROR, 'sign-in refused: the nonce is used', { code: 'SIGN_IN_NONCE' });
    const token = this.#sessions.open({ account, until }, now);
    return { token, ...(await this.session(token)) };
  }

  /** @throws `RpcError` -32001 */
  async session(
    token: string | undefined,
  ): Promise<{ account: Address; expiresAt: number; auditor: boolean; admitted: boolean }> {
    const session = token === undefined ? undefined : this.#sessions.find(token, this.#now());
    const viewer = session && (await this.viewer(token!));
    if (!viewer) throw sessionNeeded(token !== undefined);
    const { account, auditor, admitted } = viewer;
    return { account, expiresAt: session.until, auditor, admitted };
  }

  endSession(token: string | undefined): boolean {
    return token !== undefined && this.#sessions.end(token);
  }

  /** Auditors read all of the log; an account what it was shown and what was shown about it. */
  async disclosures(params: unknown[], token: string | undefined): Promise<unknown> {
    const viewer = token === undefined ? undefined : await this.viewer(token);
    if (!viewer) throw sessionNeeded(token !== undefined);
    const query = optionalParam(params, 0, parseQuery);
    if (!viewer.auditor && query?.account !== undefined && query.account !== viewer.account)
      throw notDisclosed('the disclosures of another account');
    const { disclosures, next } = this.#log.read({
      account: viewer.auditor ? query?.account : viewer.account,
      from: query?.from ?? 0,
      to: query?.to ?? Number.MAX_SAFE_INTEGER,
      before: query?.before ?? Number.MAX_SAFE_INTEGER,
      limit: Math.min(query?.limit ?? 100, MOST_DISCLOSURES),
    });
    return {
      // Whom else an answer was about is theirs.
      disclosures: viewer.auditor
        ? disclosures
        : disclosures.map((one) => ({
            ...one,
            about: one.about.filter((account) => account === viewer.account),
          })),
      ...(next !== undefined && { next }),
    };
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

const parseQuery = object<{
  account: Address | undefined;
  from: number | undefined;
  to: number | undefined;
  before: number | undefined;
  limit: number | undefined;
}>({
  account: optional(address),
  from: optional(integer),
  to: optional(integer),
  before: optional(integer),
  limit: optional(integer),
});

function isSessionNeeded(error: unknown): boolean {
  return (
    error instanceof RpcError && (error.data as { code?: unknown } | undefined)?.code === 'SESSION_NEEDED'
  );
}
