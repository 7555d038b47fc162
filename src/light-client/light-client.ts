import {
  HskError,
  reviveError,
  type SerializedError,
  serializeError,
  toHskError,
} from '../protocol/errors.ts';
import { profileDigest } from '../protocol/evidence.ts';
import type { Header } from '../protocol/header.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import type { Proven } from '../protocol/trust.ts';
import type { OpenedEvm, OpenEvm } from '../evm/evm-api.ts';
import { EvmTurns } from '../evm/evm-turns.ts';
import { Follower } from './follower.ts';
import { MISBEHAVIOUR } from './misbehaviour.ts';
import { NodeSession } from './node-session.ts';
import type { OpenRoot } from './mainchain-root.ts';
import type {
  Answers,
  LightClientApi,
  LightClientStatus,
  Query,
  SessionInfo,
  SignedSignIn,
  SignInTerms,
  Unverified,
} from './light-client-api.ts';
import { describeStatus } from './status.ts';
import { answerFromProfile, answerRequest, answerUnverified, type RpcRequest } from './provider.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { closeHeader, openHeader } from './saved-heads.ts';
import { canShare, type News, SharedSync, type Wish } from './shared-sync.ts';
import { Reader } from './read.ts';
import { openSealedRoot } from './sealed-root.ts';
import { indexedDbStore, type Store } from './store.ts';
import { httpTransport, type HttpTransportOptions, type Transport } from './transport.ts';

/** What a test or another environment may bring of its own. */
export interface LightClientOptions {
  /** By default JSON-RPC over HTTP to the profile's endpoints. */
  transport?: (
    urls: readonly string[],
    chain: 'mainchain' | 'execution',
    options: Pick<HttpTransportOptions, 'authorization'>,
  ) => Transport;
  /** By default IndexedDB. */
  store?: Store;
  /** How the mainchain is proven; by default its validators' seals. */
  openRoot?: OpenRoot;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Where calls are executed; see also `useEvm`. Without it calls are refused. */
  evm?: OpenEvm;
  /** Milliseconds that a call may compute. */
  callTime?: number;
  /** Milliseconds between two questions for a new head. */
  intervals?: Partial<Intervals>;
}

interface Intervals {
  mainchain: number;
  execution: number;
  /** Execution, while something the page sent awaits its block. */
  eager: number;
  /** Both, while nobody watches. */
  idle: number;
}

const INTERVALS: Intervals = { mainchain: 2000, execution: 700, eager: 150, idle: 15_000 };

/** How long a call may compute, in milliseconds. */
const CALL_TIME = 8000;

/** How long the client stays eager after a transaction was sent, in milliseconds. */
const EAGER_FOR = 8000;

/** How long another tab's wish keeps this one awake, in milliseconds. */
const AWAKE_FOR = 6000;

/**
 * Follows the chains of one profile and answers only what it proved. Runs in its worker; in Node it takes a
 * transport, a store and a clock.
 */
export class LightClient implements LightClientApi {
  readonly #options: LightClientOptions;
  readonly #intervals: Intervals;
  readonly #now: () => number;
  readonly #listeners = new Map<number, (status: LightClientStatus) => void>();
  #nextListener = 1;
  #follower: Follower | undefined;
  #reader: Reader | undefined;
  #session: NodeSession | undefined;
  #status: LightClientStatus = { phase: 'starting', heads: {} };
  #described = '';
  #failures: { mainchain?: HskError; execution?: HskError } = {};
  #openEvm: OpenEvm | undefined;
  #pace: 'active' | 'idle' = 'active';
  #eagerUntil = 0;
  /** Another tab's page is watched until then. */
  #awakeUntil = 0;
  /** Absent where tabs cannot agree who follows. */
  #sync: SharedSync | undefined;
  #wake = new Set<() => void>();
  #stopped = false;
  readonly #waiting = new Set<() => void>();

  constructor(options: LightClientOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#openEvm = options.evm;
    this.#intervals = { ...INTERVALS, ...options.intervals };
  }

  async start(profile: ChainProfile): Promise<void> {
    const digest = profileDigest(profile);
    if (this.#follower) {
      if (this.#follower.parts.digest === digest) return;
      throw new HskError('LIGHT_CLIENT_STARTED', 'The light client already follows another profile', {
        action: 'Connect a second light client for it.',
      });
    }
    const session = new NodeSession(profile, this.#now);
    const transport: NonNullable<LightClientOptions['transport']> =
      this.#options.transport ?? ((urls, _chain, options) => httpTransport(urls, options));
    this.#session = session;
    this.#follower = new Follower({
      profile,
      digest,
      mainchain: transport(profile.mainchain.rpcUrls, 'mainchain', {}),
      execution: transport(profile.execution.rpcUrls, 'execution', {
        authorization: (url) => session.authorization(url),
      }),
      store: this.#options.store ?? indexedDbStore(),
      openRoot: this.#options.openRoot ?? openSealedRoot,
      now: () => BigInt(Math.floor(this.#now() / 1000)),
    });
    const evm = new EvmTurns(() => this.#evm(), this.#options.callTime ?? CALL_TIME);
    this.#reader = new Reader(this.#follower, evm);
    void this.#run(this.#follower);
  }

  /** How the first call opens an EVM. */
  async useEvm(open: OpenEvm): Promise<void> {
    this.#openEvm = open;
  }

  /** Ends the following; reads keep answering from what is known. */
  stop(): void {
    this.#stopped = true;
    this.#sync?.close();
    this.#wakeAll();
  }

  async status(): Promise<LightClientStatus> {
    return this.#status;
  }

  async subscribe(listener: (status: LightClientStatus) => void): Promise<number> {
    const id = this.#nextListener++;
    this.#listeners.set(id, listener);
    listener(this.#status);
    return id;
  }

  async unsubscribe(id: number): Promise<void> {
    this.#listeners.delete(id);
  }

  async pace(pace: 'active' | 'idle'): Promise<void> {
    this.#pace = pace;
    if (pace === 'active') this.#wakeAll();
  }

  async read<Q extends Query>(query: Q): Promise<Proven<Answers[Q['kind']]>> {
    return this.#signedIn((reader) => reader.read(query));
  }

  async evidence(evidenceId: string): Promise<string> {
    const misbehaviour = this.#follower?.misbehaviour;
    if (evidenceId === MISBEHAVIOUR && misbehaviour !== undefined) return misbehaviour;
    return this.#signedIn((reader) => reader.evidence(evidenceId));
  }

  async header(number: bigint): Promise<Header> {
    return (await (await this.#ready()).block(number)).header;
  }

  async request(request: RpcRequest): Promise<unknown> {
    const given = this.#follower && answerFromProfile(this.#follower.parts.profile, request.method);
    if (given !== undefined) return given;
    const reader = await this.#ready();
    if (request.method === 'eth_sendRawTransaction') this.#eagerUntil = this.#now() + EAGER_FOR;
    const answer =
      request.method === 'eth_sendRawTransaction'
        ? await answerRequest(reader, request)
        : await this.#signedIn((signed) => answerRequest(signed, request));
    if (request.method === 'eth_sendRawTransaction') {
      this.#sync?.wish('quick');
      this.#wakeAll();
    }
    return answer;
  }

  async requestUnverified(request: RpcRequest): Promise<Unverified> {
    return this.#signedIn((reader) => answerUnverified(reader.follower.parts.execution, request));
  }

  async signInTerms(): Promise<SignInTerms | null> {
    const { follower } = await this.#ready();
    return this.#session!.terms(follower.parts.execution);
  }

  async signIn(signed: SignedSignIn): Promise<SessionInfo> {
    const { follower } = await this.#ready();
    const session = await this.#session!.open(follower.parts.execution, signed);
    this.#publish(follower);
    return session;
  }

  async signOut(): Promise<void> {
    const { follower } = await this.#ready();
    await this.#session!.close(follower.parts.execution);
    this.#publish(follower);
  }

  /** Asks once there is a session, where one is needed; again when the endpoint has forgotten it meanwhile. */
  async #signedIn<T>(ask: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = await this.#ready();
    await this.#session!.ready();
    try {
      return await ask(reader);
    } catch (error) {
      if (!this.#session!.lost(error)) throw error;
      this.#publish(reader.follower);
      await this.#session!.ready();
      return ask(reader);
    }
  }

  async #evm(): Promise<OpenedEvm> {
    if (this.#openEvm) return this.#openEvm();
    throw new HskError('EVM_UNAVAILABLE', 'This light client was given no EVM', {
      action: 'Read the storage slots behind the call: read({kind: "storage"}) proves them.',
    });
  }

  #failure(): HskError | undefined {
    return this.#failures.mainchain ?? this.#failures.execution;
  }

  /** Waits until both chains were followed once, or for why they cannot be; a proven contradiction ends all answers. */
  async #ready(): Promise<Reader> {
    const reader = this.#reader;
    const follower = this.#follower;
    if (!reader || !follower)
      throw new HskError('LIGHT_CLIENT_NOT_STARTED', 'The light client does not follow a chain yet', {
        action: 'Call start with the chain profile first.',
      });
    const undecided = () => !follower.synced && !follower.contradiction && !this.#failure();
    while (undecided()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    if (follower.contradiction) throw follower.contradiction;
    if (!follower.newest() && this.#failure()) throw this.#failure();
    return reader;
  }

  async #run(follower: Follower): Promise<void> {
    // What does not fit together is as good as absent: the chains tell it again.
    await follower.recall().catch(() => undefined);
    this.#publish(follower);
    if (canShare() && (await follower.parts.store.isShared())) {
      const first = this.#pause(this.#intervals.execution);
      this.#sync = new SharedSync(`hsk-light-client/${follower.parts.digest}`, this.#now, (message) =>
        this.#heed(follower, message),
      );
      await first;
    }
    const loop = async (chain: 'mainchain' | 'execution', step: () => Promise<void>) => {
      while (!this.#stopped) {
        if (this.#sync?.leads === false) {
          if (chain === 'mainchain' && this.#pace === 'active') this.#sync.wish('awake');
        } else {
          try {
            await step();
            delete this.#failures[chain];
          } catch (error) {
            this.#failures[chain] = toHskError(error, 'LIGHT_CLIENT_INTERNAL');
          }
          this.#publish(follower);
          this.#sync?.tell(this.#news(follower));
        }
        await this.#pause(this.#interval(chain, follower));
      }
    };
    // The first round runs in order: an attestation counts only under the committee of the sealed epoch.
    await Promise.all([
      loop('mainchain', async () => {
        const first = !follower.committeeKnown;
        await follower.followMainchain();
        if (first) this.#wakeAll();
      }),
      loop('execution', () => follower.followExecution()),
    ]);
  }

  #interval(chain: 'mainchain' | 'execution', follower: Follower): number {
    if (chain === 'execution' && this.#now() < this.#eagerUntil) return this.#intervals.eager;
    const idle = this.#pace === 'idle' && this.#now() > this.#awakeUntil;
    if (idle && follower.synced) return this.#intervals.idle;
    if (chain === 'mainchain') return this.#intervals.mainchain;
    return follower.awaitsAttestation() ? this.#intervals.eager : this.#intervals.execution;
  }

  #news(follower: Follower): News {
    const { sequenced } = follower.heads;
    const told = (error: HskError | undefined) => error && serializeError(error);
    return {
      heads: headsOf(follower),
      synced: follower.synced,
      sequenced: sequenced && closeHeader(sequenced),
      mainchain: told(this.#failures.mainchain),
      execution: told(this.#failures.execution),
      contradiction: told(follower.contradiction),
    };
  }

  /** What another tab says; nothing, once this one is to follow the chains. */
  #heed(follower: Follower, { news, wish }: { news?: News | undefined; wish?: Wish | undefined }): void {
    if (news) return void this.#takeUp(follower, news);
    if (wish === 'news') return this.#sync?.tell(this.#news(follower));
    const asleep = this.#pace === 'idle' && this.#now() > this.#awakeUntil;
    if (wish === 'awake') this.#awakeUntil = this.#now() + AWAKE_FOR;
    if (wish === 'quick') this.#eagerUntil = this.#now() + EAGER_FOR;
    if (wish !== 'awake' || asleep) this.#wakeAll();
  }

  async #takeUp(follower: Follower, news: News): Promise<void> {
    const revived = (error: SerializedError | undefined) => error && reviveError(error);
    try {
      if (news.heads !== headsOf(follower)) await follower.recall();
      follower.contradiction ??= revived(news.contradiction);
      if (news.sequenced) follower.heads.sequenced = openHeader(news.sequenced, executionHash);
    } catch (error) {
      follower.contradiction ??= toHskError(error, 'LIGHT_CLIENT_INTERNAL');
    }
    const [mainchain, execution] = [revived(news.mainchain), revived(news.execution)];
    this.#failures = { ...(mainchain && { mainchain }), ...(execution && { execution }) };
    follower.synced ||= news.synced;
    this.#publish(follower);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake) wake();
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wake.add(wake);
      if (this.#stopped) wake();
    });
  }

  /** Tells the listeners when what they would see has changed. */
  #publish(follower: Follower): void {
    const status: LightClientStatus = {
      ...describeStatus(follower, this.#failures, BigInt(Math.floor(this.#now() / 1000))),
      ...(this.#session!.needed && { signIn: true }),
    };
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    const described = JSON.stringify(status, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    if (described === this.#described) return;
    this.#described = described;
    this.#status = status;
    for (const listener of this.#listeners.values()) listener(status);
  }
}

/** Names the heads that the store keeps. */
function headsOf(follower: Follower): string {
  const { root, heads } = follower;
  const blocks = [root.heads.head, heads.attested?.block, heads.anchored?.block, heads.final?.block];
  return [...blocks.map((block) => block?.hash), follower.misbehaviour?.length].join();
}
