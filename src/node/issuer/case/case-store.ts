import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Hex } from 'viem';
import { HskError } from '../../../protocol/errors.ts';
import { AppendLog } from '../../store/append-log.ts';
import type { Seal } from '../seal.ts';
import { type Case, type CaseEvent, type CaseState, isOpenApplication, nextState } from './case.ts';

/** One frame of the log: what happened to one case. Nothing of the form is in it. */
interface Step {
  id: string;
  event?: CaseEvent;
  /** With the first event of a case. */
  opened?: Pick<Case, 'ticket' | 'commitment' | 'person' | 'openedAt'>;
  cleared?: readonly string[];
  locator?: Hex;
  /** Id of the provider's event that asked for it. */
  delivery?: string;
}

/**
 * Every case, in a sealed append-only log that is read again on each start. A step is on the disk before anything
 * shows it.
 */
export class CaseStore {
  readonly #log: AppendLog;
  readonly #seal: Seal;
  readonly #cases = new Map<string, Case>();
  readonly #byTicket = new Map<string, Case>();
  readonly #byCommitment = new Map<string, Set<Case>>();
  readonly #byPerson = new Map<string, Set<Case>>();
  readonly #deliveries = new Set<string>();
  #frames = 0;
  #open = 0;

  private constructor(log: AppendLog, seal: Seal, steps: readonly Step[]) {
    this.#log = log;
    this.#seal = seal;
    for (const step of steps) this.#apply(step);
    this.#frames = steps.length;
  }

  /** @throws `STORE_LOG_CORRUPT`, `ISSUER_DAMAGED` */
  static open(directory: string, seal: Seal): CaseStore {
    const steps: Step[] = [];
    const log = AppendLog.open(path.join(directory, 'cases.log'), 0, (payload) => {
      steps.push(seal.openJson(payload, place(steps.length)) as Step);
    });
    return new CaseStore(log, seal, steps);
  }

  /** Whether there is one to be opened, and hence a key that has to be there. */
  static exists(directory: string): boolean {
    return existsSync(path.join(directory, 'cases.log'));
  }

  /** @throws `ISSUER_NO_SUCH_CASE` */
  get(id: string): Case {
    const found = this.#cases.get(id);
    if (!found)
      throw new HskError('ISSUER_NO_SUCH_CASE', 'There is no such case', { details: id.slice(0, 40) });
    return found;
  }

  all(): Case[] {
    return [...this.#cases.values()];
  }

  /** @throws `ISSUER_NO_SUCH_APPLICATION` when it is not there any more for its applicant */
  byTicket(ticket: string): Case {
    const found = this.#byTicket.get(ticket);
    if (!found || forgotten(found.now))
      throw new HskError('ISSUER_NO_SUCH_APPLICATION', 'The issuer knows no such application', {
        action: 'Apply again.',
      });
    return found;
  }

  withCommitment(commitment: string): Case[] {
    return [...(this.#byCommitment.get(commitment) ?? [])];
  }

  ofPerson(person: string): Case[] {
    return [...(this.#byPerson.get(person) ?? [])];
  }

  /** Applications that wait. */
  get open(): number {
    return this.#open;
  }

  /** Whether this event of a provider was taken before. */
  delivered(delivery: string): boolean {
    return this.#deliveries.has(delivery);
  }

  /** @throws what `nextState` throws, and then nothing is written */
  async step(step: Step): Promise<Case> {
    if (step.event) nextState(this.#cases.get(step.id)?.now ?? { state: 'new' }, step.event);
    await this.#log.append(this.#seal.sealJson(step, place(this.#frames++)));
    return this.#apply(step);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #apply({ id, event, opened, cleared, locator, delivery }: Step): Case {
    const one = this.#cases.get(id) ?? this.#begin({ id, ...opened! });
    if (event) this.#move(one, nextState(one.now, event));
    if (cleared) one.cleared = [...new Set([...one.cleared, ...cleared])];
    if (locator) one.locator = locator;
    if (delivery !== undefined) this.#deliveries.add(delivery);
    return one;
  }

  #begin(opened: Omit<Case, 'now' | 'cleared'>): Case {
    const one: Case = { ...opened, now: { state: 'new' }, cleared: [] };
    this.#cases.set(one.id, one);
    this.#byTicket.set(one.ticket, one);
    for (const [index, key] of [
      [this.#byCommitment, one.commitment],
      [this.#byPerson, one.person],
    ] as const)
      index.set(key, (index.get(key) ?? new Set()).add(one));
    return one;
  }

  #move(one: Case, next: CaseState): void {
    this.#open += Number(isOpenApplication(next)) - Number(isOpenApplication(one.now));
    one.now = next;
  }
}

function place(frame: number): string {
  return `cases.log ${frame}`;
}

function forgotten(now: CaseState): boolean {
  return now.state === 'ended' && ['withdrawn', 'replaced', 'abandoned'].includes(now.outcome);
}
