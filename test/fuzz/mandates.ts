import { DAILY, UNIT } from '../contracts/mandate-chain.ts';
import { AGENTS, MandateWorld, PRINCIPALS, SERVICES } from './mandate-world.ts';
import { Random } from './random.ts';
import type { FuzzOptions } from './run.ts';

const STEPS = 150;
const PERIODS = [60, 3_600, 86_400, 7 * 86_400, 2 ** 32 - 1];

/**
 * Random lives of agents' mandates beside a ledger that foretells every call.
 *
 * @returns what happened how often
 * @throws Error naming the seed and the step when the chain and the ledger differ
 */
export async function fuzzMandates({ runs, seed }: FuzzOptions, steps = STEPS): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed + run);
    const world = await MandateWorld.open();
    for (let step = 0; step < steps; step++)
      try {
        await act(world, random);
        // Every call is foretold; what is left of every mandate is read now and then.
        if (step % 10 === 9) await world.check();
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`seed ${seed + run}, step ${step}: ${message}`, { cause });
      }
    for (const [what, times] of world.counts) counts.set(what, (counts.get(what) ?? 0) + times);
  }
  return counts;
}

async function act(world: MandateWorld, random: Random): Promise<void> {
  const service = random.below(SERVICES);
  const principal = random.below(PRINCIPALS);
  const agent = random.pick(AGENTS);
  const dice = random.below(100);
  if (dice < 25) {
    const now = Number(world.now);
    const period = random.pick(PERIODS);
    const mandate = world.mandate(service, agent, {
      limit: random.amount(period < 86_400 ? UNIT : 60n * UNIT),
      period,
      notBefore: random.chance(70) ? now : random.chance(50) ? 0 : now + random.below(7_200),
      notAfter: now + 7_201 + random.below(10 * 86_400),
    });
    await world.grant(service, principal, mandate);
  } else if (dice < 35 && world.granted.length > 0) {
    // One that was granted before, by whoever: a renewal, or a replay.
    const again = random.pick(world.granted);
    await world.grant(again.service, random.chance(80) ? again.principal : principal, again.mandate);
  } else if (dice < 70) {
    const able = AGENTS.filter(({ address }) => world.remaining(service, address) > 0n);
    const payer = able.length > 0 && random.chance(80) ? random.pick(able) : agent;
    const left = world.remaining(service, payer.address);
    await world.pay(service, payer, left > 0n && random.chance(70) ? random.amount(left) : left + 1n);
  } else if (dice < 75) await world.revoke(service, agent);
  else if (dice < 79) await world.renounce(service, agent);
  else if (dice < 83) await world.setRevoked(service, principal, random.chance(40));
  else if (dice < 87) await world.bumpEpoch(service, random.chance(50) ? 0 : 1 + random.below(7_200));
  else if (dice < 90) await world.setDaily(service, random.chance(30) ? UNIT : random.amount(2n * DAILY));
  else world.chains.chain.timestamp += BigInt(random.pick([60, 3_600, 86_400, 20 * 86_400]));
}

/** `npm run fuzz mandates -- --runs N`. */
export async function fuzz(options: FuzzOptions): Promise<void> {
  const counts = await fuzzMandates(options);
  for (const [what, times] of [...counts].toSorted()) console.log(`${String(times).padStart(8)}  ${what}`);
}
