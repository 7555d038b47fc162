import type { ProverApi } from '../../identity/prover-api.ts';
import type { CheckerApi } from '../../light-client/connect-checker.ts';
import type { CheckedEvidence } from '../../light-client/check-evidence.ts';
import type { LightClientApi, LightClientStatus } from '../../light-client/light-client-api.ts';
import { HskError, toHskError } from '../../protocol/errors.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { WalletChangeEvent } from '../../wallet/events.ts';
import type { VaultApi } from '../../wallet/vault-api.ts';
import type { Wallet } from '../../wallet/wallet.ts';
import { loadCode } from './load-code.ts';

/** The rooms a session is made of. Tests and hosts with workers of their own may bring theirs. */
export interface SessionParts {
  profile: ChainProfile;
  lightClient: LightClientApi;
  vault: VaultApi;
  wallet: Wallet;
  /** Called once, when something is to be proven for the first time. */
  connectProver: () => Promise<ProverApi>;
  /** Called once, when the first evidence is to be verified. */
  connectChecker: () => Promise<CheckerApi>;
}

/** Tells that `Session.status` has changed. */
export class StatusEvent extends Event {
  static readonly type = 'status';
  constructor() {
    super(StatusEvent.type);
  }
}

/**
 * What the elements of one page share for one chain profile: a light client that follows the chains, a
 * wallet, a prover that is loaded when needed. Made by `openSession`.
 */
export class Session extends EventTarget {
  readonly profile: ChainProfile;
  readonly lightClient: LightClientApi;
  /** The keys' worker, for what the wallet does not wrap: budgets, the identity secret. */
  readonly vault: VaultApi;
  readonly wallet: Wallet;
  /** What the light client last said. */
  status: LightClientStatus = { phase: 'starting', heads: {} };
  readonly #connectProver: () => Promise<ProverApi>;
  #prover: Promise<ProverApi> | undefined;
  readonly #connectChecker: () => Promise<CheckerApi>;
  #checker: Promise<CheckerApi> | undefined;

  constructor(parts: SessionParts) {
    super();
    this.profile = parts.profile;
    this.lightClient = parts.lightClient;
    this.vault = parts.vault;
    this.wallet = parts.wallet;
    this.#connectProver = parts.connectProver;
    this.#connectChecker = parts.connectChecker;
  }

  /** Begins to follow the chains. */
  async start(): Promise<void> {
    await this.lightClient.subscribe((status: LightClientStatus) => {
      this.status = status;
      this.dispatchEvent(new StatusEvent());
    });
    await this.lightClient.start(this.profile);
  }

  /**
   * The prover, which loads and checks its artefacts: a proof waits for them, tells how far they are and fails
   * with what they fail with.
   *
   * @param artefacts absolute URL of the folder that serves the circuit's files
   */
  async prover(artefacts: string): Promise<ProverApi> {
    const connecting = (this.#prover ??= this.#startProver());
    const disconnect = () => {
      if (this.#prover === connecting) this.#prover = undefined;
    };
    connecting.catch(disconnect);
    const prover = await connecting;
    prover.prepare(this.profile.circuit, artefacts).catch((error: unknown) => {
      if (toHskError(error).code === 'PROVER_WORKER') disconnect();
    });
    return prover;
  }

  async #startProver(): Promise<ProverApi> {
    const prover = await this.#connectProver();
    // What it keeps about a credential goes with the keys.
    this.wallet.addEventListener(WalletChangeEvent.type, () => {
      if (!this.wallet.account) prover.forget().catch(() => undefined);
    });
    return prover;
  }

  /**
   * Verifies an evidence document against this profile, in a worker.
   *
   * @throws what `checkEvidence` throws, `CODE_UNAVAILABLE`, `CHECKER_WORKER`
   */
  async checkEvidence(text: string): Promise<CheckedEvidence> {
    const checker = (this.#checker ??= this.#connectChecker());
    checker.catch(() => (this.#checker = undefined));
    return (await checker).check(this.profile, text);
  }
}

/** The files of `dist/worker`. */
type WorkerName = 'light-client' | 'light-client-ethereum' | 'evm' | 'evidence' | 'vault' | 'prover';

export interface SessionOptions {
  /** `sha256-` and base64 of the profile, as in subresource integrity. */
  integrity?: string;
  /** For hosts whose CSP forbids `blob:` workers: module workers of their own origin, from `hsk-embed/worker/*`. */
  createWorker?: (name: WorkerName) => Worker;
}

const sessions = new Map<string, Promise<Session>>();

/**
 * The page's session for a chain profile; the same one for every element that names the same profile.
 *
 * @param profileUrl where the host page keeps its pinned profile; relative to the page
 * @throws `PROFILE_UNAVAILABLE`, `PROFILE_INTEGRITY`, `PARSE_INVALID`, `CODE_UNAVAILABLE`
 */
export function openSession(profileUrl: string, options: SessionOptions = {}): Promise<Session> {
  const url = new URL(profileUrl, document.baseURI).href;
  const key = `${options.integrity ?? ''} ${url}`;
  const known = sessions.get(key);
  if (known) return known;
  const opening = open(url, options);
  sessions.set(key, opening);
  opening.catch(() => sessions.delete(key));
  return opening;
}

async function open(url: string, { integrity, createWorker }: SessionOptions): Promise<Session> {
  const [profile, [{ connectLightClient }, { connectVault }, { Wallet }]] = await Promise.all([
    fetchProfile(url, integrity),
    loadCode(() =>
      Promise.all([
        import('../../light-client/connect.ts'),
        import('../../wallet/connect-vault.ts'),
        import('../../wallet/wallet.ts'),
      ]),
    ),
  ]);
  const from = (name: WorkerName) => (createWorker ? { createWorker: () => createWorker(name) } : {});
  const evm = createWorker && { createEvmWorker: () => createWorker('evm') };
  const lightClient = connectLightClient({
    ...(profile.mainchain.root ? await ethereumWorker(createWorker) : from('light-client')),
    ...evm,
  });
  const vault = connectVault(from('vault'));
  const wallet = new Wallet({ vault, lightClient, profile });
  const connectProver = async () =>
    (await loadCode(() => import('../../identity/connect-prover.ts'))).connectProver(from('prover'));
  const connectChecker = async () =>
    (await loadCode(() => import('../../light-client/connect-checker.ts'))).connectChecker({
      ...from('evidence'),
      ...evm,
    });
  const session = new Session({ profile, lightClient, vault, wallet, connectProver, connectChecker });
  await session.start();
  return session;
}

/** The larger worker comes only with a profile whose mainchain is proven from Ethereum. */
async function ethereumWorker(
  createWorker: SessionOptions['createWorker'],
): Promise<{ createWorker: () => Worker }> {
  if (createWorker) return { createWorker: () => createWorker('light-client-ethereum') };
  const { createEthereumWorker } = await loadCode(() => import('../../light-client/ethereum-worker.ts'));
  return { createWorker: createEthereumWorker };
}

/** Reads the profile and checks it against the pin, byte for byte, before anything in it is believed. */
export async function fetchProfile(url: string, integrity?: string): Promise<ChainProfile> {
  const parser = loadCode(() => import('../../protocol/profile.ts'));
  // Waited for below; what is wrong with the profile is told first.
  parser.catch(() => undefined);
  let bytes: ArrayBuffer;
  try {
    const response = await fetch(url, { cache: 'no-cache' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    bytes = await response.arrayBuffer();
  } catch (cause) {
    throw new HskError('PROFILE_UNAVAILABLE', 'The chain profile could not be loaded', {
      details: `${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      action: 'Check your connection and try again.',
      cause,
    });
  }
  if (integrity) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const seen = `sha256-${btoa(String.fromCharCode(...digest))}`;
    if (!integrity.split(/\s+/).includes(seen))
      throw new HskError('PROFILE_INTEGRITY', 'The chain profile is not the one this page pins', {
        details: `${seen} at ${url}`,
        action: 'Tell the operator of this site.',
      });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new HskError('PARSE_INVALID', 'The chain profile is not JSON', { details: url, cause });
  }
  return (await parser).parseProfile(json);
}
