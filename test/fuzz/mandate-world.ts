import assert from 'node:assert/strict';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import { compile } from '../../src/contracts/compile.ts';
import {
  type AgentMandate,
  mandateBinding,
  mandateId,
  mandateScope,
} from '../../src/protocol/agent-mandate.ts';
import { dateNumber, policyHash } from '../../src/protocol/zkid.ts';
import {
  DAILY,
  MandateChain,
  MOST_AGENTS,
  principals,
  PROOF_LIFETIME,
  UNIT,
} from '../contracts/mandate-chain.ts';
import { CHAIN_ID, issuer, owner } from '../contracts/market-chain.ts';
import { account, type Contract, Reverted } from '../contracts/support.ts';

const ROOT = 7n;
const DAY = 86_400n;
export const AGENTS = ['ann', 'ben', 'cid', 'dee', 'eve'].map((name) => account(`agent ${name}`));
export const PRINCIPALS = 3;
export const SERVICES = 2;
const merchant = account('merchant').address;

/** What the ledger has of an agent's latest mandate. */
interface Standing {
  mandate: AgentMandate;
  principal: number;
  id: string;
  ended: boolean;
  epoch: number;
  provenUntil: bigint;
  window: bigint;
  spent: bigint;
}

interface Service {
  epoch: number;
  graceUntil: bigint;
  daily: bigint;
  standings: Map<string, Standing>;
  revoked: Set<number>;
  days: Map<number, { day: bigint; spent: bigint }>;
}

/**
 * The registries beside a ledger that says what they owe. Every call is foretold: one that succeeds although the
 * ledger forbids it, or fails although it allows it, ends the run. Proofs are believed.
 */
export class MandateWorld {
  readonly counts = new Map<string, number>();
  readonly granted: { mandate: AgentMandate; service: number; principal: number }[] = [];
  readonly #ended = new Set<string>();
  readonly #services: Service[] = Array.from({ length: SERVICES }, () => ({
    epoch: 2,
    graceUntil: 0n,
    daily: DAILY,
    standings: new Map(),
    revoked: new Set(),
    days: new Map(),
  }));

  private constructor(readonly chains: MandateChain) {}

  static async open(): Promise<MandateWorld> {
    const chains = await MandateChain.open();
    const world = new MandateWorld(chains);
    const { chain, market, registry } = chains;
    const { bytecode } = compile(['test/contracts/TrustingVerifier.sol']).TrustingVerifier!;
    const { address } = await chain.deploy(zkidVerifierAbi, bytecode, []);
    await chain.send(owner, market.registry, 'addVerifier', [address]);
    for (const { address: service } of world.#contracts) {
      const scope = mandateScope(CHAIN_ID, registry.address, service);
      await chain.send(owner, market.registry, 'setPolicy', [service, policyHash(principals), scope, 2, 0]);
    }
    for (const { address: to } of AGENTS)
      await chain.send(owner, market.dollar, 'mint', [to, 10n ** 9n * UNIT]);
    return world;
  }

  /** The time of the next block. */
  get now(): bigint {
    return this.chains.chain.timestamp + 2n;
  }

  mandate(service: number, agent: (typeof AGENTS)[number], change: Partial<AgentMandate>): AgentMandate {
    const person = { secret: 1n } as Parameters<MandateChain['mandate']>[0];
    return this.chains.mandate(person, agent.address, {
      service: this.#contracts[service]!.address,
      ...change,
    });
  }

  async grant(service: number, principal: number, mandate: AgentMandate): Promise<void> {
    const { chain, market, registry } = this.chains;
    await chain.send(issuer, market.registry, 'postRoot', [ROOT]);
    const terms = this.#services[service]!;
    const id = mandateId(CHAIN_ID, registry.address, mandate);
    const before = terms.standings.get(mandate.agent);
    const own = before && before.principal === principal;
    const others = [...terms.standings].filter(
      ([agent, one]) => agent !== mandate.agent && one.principal === principal && !this.#isOver(one),
    );
    const daily = others.reduce((sum, [, one]) => sum + mostInADay(one.mandate), mostInADay(mandate));
    const renews = own === true && before.id === id;
    const allowed =
      BigInt(mandate.notAfter) > this.now &&
      !this.#ended.has(id) &&
      !terms.revoked.has(principal) &&
      (!before || own || this.#isOver(before)) &&
      (renews || (others.length < MOST_AGENTS && daily <= terms.daily));
    const what = renews ? 'renewal' : 'grant';
    const done = await this.#expect(what, allowed, () =>
      chain.send(AGENTS[0]!, registry, 'grant', [
        mandate,
        { a: [0n, 0n], b: [[0n, 0n], [0n, 0n]], c: [0n, 0n] },
        [
          this.#nullifier(principal),
          ROOT,
          policyHash(principals),
          mandateScope(CHAIN_ID, registry.address, mandate.service),
          BigInt(dateNumber(this.now)),
          mandateBinding(CHAIN_ID, registry.address, mandate),
        ],
      ]),
    ); // prettier-ignore
    if (!done) return;
    const provenUntil = chain.timestamp + BigInt(PROOF_LIFETIME);
    if (renews) Object.assign(before, { provenUntil, epoch: terms.epoch });
    else {
      if (before && !this.#isOver(before, chain.timestamp)) this.#ended.add(before.id);
      const fresh = { ended: false, epoch: terms.epoch, provenUntil, window: 0n, spent: 0n };
      terms.standings.set(mandate.agent, { mandate, principal, id, ...fresh });
      this.granted.push({ mandate, service, principal });
    }
  }

  async pay(service: number, agent: (typeof AGENTS)[number], amount: bigint): Promise<void> {
    const terms = this.#services[service]!;
    const one = terms.standings.get(agent.address);
    const paid = await this.#expect('payment', amount <= this.remaining(service, agent.address), () =>
      this.chains.pay(agent, merchant, amount, [], this.#contracts[service]),
    );
    if (!paid || !one) return;
    const at = this.chains.chain.timestamp;
    const window = windowAt(one.mandate, at);
    one.spent = (window === one.window ? one.spent : 0n) + amount;
    one.window = window;
    const day = terms.days.get(one.principal);
    terms.days.set(one.principal, {
      day: at / DAY,
      spent: (day?.day === at / DAY ? day.spent : 0n) + amount,
    });
  }

  /** What the ledger lets an agent spend in the next block. */
  remaining(service: number, agent: string, at = this.now): bigint {
    const terms = this.#services[service]!;
    const one = terms.standings.get(agent);
    if (!one || this.#isOver(one, at) || at < BigInt(one.mandate.notBefore) || at >= one.provenUntil)
      return 0n;
    const epoch = one.epoch === terms.epoch || (one.epoch + 1 === terms.epoch && at < terms.graceUntil);
    if (!epoch || terms.revoked.has(one.principal)) return 0n;
    const spent = windowAt(one.mandate, at) === one.window ? one.spent : 0n;
    const day = terms.days.get(one.principal);
    const today = day?.day === at / DAY ? day.spent : 0n;
    const left = terms.daily > today ? terms.daily - today : 0n;
    return one.mandate.limit - spent < left ? one.mandate.limit - spent : left;
  }

  async revoke(service: number, agent: (typeof AGENTS)[number]): Promise<void> {
    const one = this.#services[service]!.standings.get(agent.address);
    const person = { secret: 1n } as Parameters<MandateChain['revoke']>[0];
    const mandate = one?.mandate ?? this.mandate(service, agent, {});
    const done = await this.#expect('revocation', one !== undefined && !one.ended, () =>
      this.chains.revoke(person, mandate),
    );
    if (done) this.#end(one!);
  }

  async renounce(service: number, agent: (typeof AGENTS)[number]): Promise<void> {
    const one = this.#services[service]!.standings.get(agent.address);
    const { chain, registry } = this.chains;
    const done = await this.#expect('renunciation', one !== undefined && !one.ended, () =>
      chain.send(agent, registry, 'renounce', [this.#contracts[service]!.address]),
    );
    if (done) this.#end(one!);
  }

  async setRevoked(service: number, principal: number, revoked: boolean): Promise<void> {
    const { chain, market } = this.chains;
    const at = this.#contracts[service]!.address;
    await chain.send(issuer, market.registry, 'setRevoked', [at, this.#nullifier(principal), revoked]);
    const { revoked: all } = this.#services[service]!;
    if (revoked) all.add(principal);
    else all.delete(principal);
  }

  async bumpEpoch(service: number, grace: number): Promise<void> {
    const { chain, market } = this.chains;
    await chain.send(owner, market.registry, 'bumpEpoch', [this.#contracts[service]!.address, grace]);
    const terms = this.#services[service]!;
    terms.epoch++;
    terms.graceUntil = grace === 0 ? 0n : chain.timestamp + BigInt(grace);
  }

  async setDaily(service: number, daily: bigint): Promise<void> {
    const { chain, market, registry } = this.chains;
    const at = this.#contracts[service]!.address;
    await chain.send(owner, registry, 'setDailyLimit', [at, market.dollar.address, daily]);
    this.#services[service]!.daily = daily;
  }

  /** The chain says of every agent what the ledger says. */
  async check(): Promise<void> {
    const { chain, registry } = this.chains;
    for (const [index, { address }] of this.#contracts.entries())
      for (const agent of AGENTS)
        assert.equal(
          await chain.read(registry, 'remaining', [address, agent.address]),
          this.remaining(index, agent.address, chain.timestamp),
          `what is left to ${agent.address}`,
        );
  }

  get #contracts(): Contract<MandateChain['service']['abi']>[] {
    return [this.chains.service, this.chains.other];
  }

  #nullifier(principal: number): bigint {
    return 1_000n + BigInt(principal);
  }

  #isOver({ ended, mandate }: Standing, at = this.now): boolean {
    return ended || at >= BigInt(mandate.notAfter);
  }

  #end(one: Standing): void {
    one.ended = true;
    this.#ended.add(one.id);
  }

  async #expect(what: string, allowed: boolean, call: () => Promise<unknown>): Promise<boolean> {
    const count = (name: string) => this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    try {
      await call();
    } catch (error) {
      if (!(error instanceof Reverted)) throw error;
      if (allowed) throw new Error(`${what} was refused: ${error.message}`, { cause: error });
      assert.ok(!/^(Panic|Error|unknown)/.test(error.errorName), `${what}: ${error.message}`);
      count(`${what}, refused`);
      return false;
    }
    if (!allowed) throw new Error(`${what} was not refused`);
    count(what);
    return true;
  }
}

function windowAt({ notBefore, period }: AgentMandate, at: bigint): bigint {
  return (at - BigInt(notBefore)) / BigInt(period);
}

function mostInADay({ limit, period }: AgentMandate): bigint {
  const seconds = BigInt(period);
  return seconds >= DAY ? limit : (limit * DAY + seconds - 1n) / seconds;
}
