import { connectChecker } from '../../src/light-client/connect-checker.ts';
import type { Address } from 'viem';
import { WalletChangeEvent } from '../../src/wallet/events.ts';
import type { ProverApi } from '../../src/identity/prover-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { BlockRef, Proven, Rung } from '../../src/protocol/trust.ts';
import type {
  Answers,
  LightClientApi,
  LightClientStatus,
  Query,
} from '../../src/light-client/light-client-api.ts';
import { Session } from '../../src/elements/shared/session.ts';
import { profile } from '../market/fixture.ts';

const now = Math.floor(Date.now() / 1000);

export function block(number: bigint, age = 4): BlockRef {
  return { number, hash: `0x${'ab'.repeat(32)}`, timestamp: BigInt(now - age) };
}

export function proven<T>(value: T, rung: Rung = 'attested', number = 120n): Proven<T> {
  return { value, rung, block: block(number), evidenceId: `${number}` };
}

/** A light client whose answers and heads the test decides: what is shown is tested here, not what is proven. */
export class ScriptedLightClient implements Pick<
  LightClientApi,
  'read' | 'evidence' | 'subscribe' | 'start'
> {
  answers: ((query: Query) => Answers[Query['kind']])[] = [];
  document: string | undefined;
  listeners: ((status: LightClientStatus) => void)[] = [];

  async read<Q extends Query>(query: Q): Promise<Proven<Answers[Q['kind']]>> {
    for (const answer of this.answers) {
      const value = answer(query);
      if (value !== undefined) return proven(value as Answers[Q['kind']]);
    }
    throw new HskError('TRANSPORT_UNREACHABLE', 'No endpoint answers');
  }

  async evidence(): Promise<string> {
    if (this.document === undefined) throw new HskError('EVIDENCE_UNKNOWN', 'No such answer');
    return this.document;
  }

  async subscribe(listener: (status: LightClientStatus) => void): Promise<number> {
    this.listeners.push(listener);
    return this.listeners.length;
  }

  async start(): Promise<void> {}

  tell(status: LightClientStatus): void {
    for (const listener of this.listeners) listener(status);
  }
}

export const LIVE: LightClientStatus = {
  phase: 'live',
  heads: { attested: block(120n), anchored: block(110n, 9), final: block(100n, 14) },
};

/** As the light client says it while nobody answers. */
export const UNREACHABLE: LightClientStatus = {
  ...LIVE,
  phase: 'unreachable',
  error: { code: 'TRANSPORT_UNREACHABLE', shortMessage: 'No endpoint of the chain answered' },
};

/** As the light client says it of a head whose seals it could not verify. */
export const REFUSED: LightClientStatus = {
  ...LIVE,
  phase: 'refused',
  error: { code: 'SEAL_QUORUM', shortMessage: 'Too few validators sealed the header', details: '2 of 4' },
};

/** The wallet as the elements see it, the real `<hsk-wallet>` inside another included: open or not. */
export class ScriptedWallet extends EventTarget {
  account: Address | undefined;
  readonly ready = Promise.resolve();

  get state(): 'locked' | 'unlocked' {
    return this.account ? 'unlocked' : 'locked';
  }

  async sent(): Promise<[]> {
    return [];
  }

  open(account: Address | undefined): void {
    this.account = account;
    this.dispatchEvent(new WalletChangeEvent());
  }
}

export async function openTestSession(
  connectProver: () => Promise<ProverApi> = () =>
    Promise.reject(new HskError('PROVER_STOPPED', 'No prover in this test')),
): Promise<{
  session: Session;
  lightClient: ScriptedLightClient;
  wallet: ScriptedWallet;
}> {
  const lightClient = new ScriptedLightClient();
  const wallet = new ScriptedWallet();
  const session = new Session({
    profile,
    lightClient: lightClient as never,
    vault: {} as never,
    wallet: wallet as never,
    connectProver,
    connectChecker: async () => connectChecker(),
  });
  await session.start();
  lightClient.tell(LIVE);
  return { session, lightClient, wallet };
}

/** Deepest `querySelector`: through shadow roots. */
export function deep<T extends Element>(root: ParentNode, selector: string): T | undefined {
  const here = root.querySelector<T>(selector);
  if (here) return here;
  for (const element of root.querySelectorAll('*')) {
    const found = element.shadowRoot && deep<T>(element.shadowRoot, selector);
    if (found) return found;
  }
  return undefined;
}
