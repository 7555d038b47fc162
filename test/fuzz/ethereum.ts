import assert from 'node:assert/strict';
import { Follower } from '../../src/light-client/follower.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { profileDigest } from '../../src/protocol/evidence.ts';
import { AIR_GAP, EthereumWorld, type Lie } from '../light-client/ethereum-world.ts';
import { SmallDeployment } from '../light-client/small-deployment.ts';
import { judge, type Outcomes, sameHeads, show, tally, text } from './light-client.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { FuzzOptions } from './run.ts';

/** So many sessions of a newcomer who begins at Ethereum, one or two answers altered in each. */
export async function fuzz({ runs, seed }: FuzzOptions): Promise<void> {
  const begun = performance.now();
  const { outcomes, ways } = await ethereumRun({ runs, seed }, (done) =>
    console.log(`  ${done} after ${((performance.now() - begun) / 1000).toFixed(0)} s`),
  );
  show(runs, begun, ways, outcomes);
}

/** @throws at the first false head, untyped error or hanging session, with the seed that repeats it */
export async function ethereumRun(
  { runs, seed }: FuzzOptions,
  progress?: (done: number) => void,
): Promise<{ outcomes: Outcomes; ways: Outcomes }> {
  const chains = await SmallDeployment.open();
  try {
    const world = await recordedWorld(chains);
    const [outcomes, ways]: [Outcomes, Outcomes] = [new Map(), new Map()];
    const others: unknown[] = [];
    let total = 0;
    const honest = await session(world, (_source, _what, _params, answer) => {
      total++;
      others.push(answer);
      return answer;
    });
    assert.ok(Object.values(honest).every(Boolean), `the honest session reaches everything: ${text(honest)}`);
    for (let run = 0; run < runs; run++) {
      const random = new Random(seed + run);
      const which = new Set([random.below(total), ...(random.chance(25) ? [random.below(total)] : [])]);
      const lies: string[] = [];
      let asked = 0;
      const lie: Lie = (source, what, params, answer) => {
        if (!which.has(asked++)) return answer;
        const [way, said] = mutate(random, answer, others);
        tally(ways, way);
        lies.push(`${source} ${what} ${text(params)}: ${way}: ${text(said)?.slice(0, 2000)}`);
        return said;
      };
      const outcome = await judge(session(world, lie), (heads) => sameHeads(heads, honest)).catch(
        (error: unknown) => {
          throw new Error(`seed ${seed + run}: ${String(error)}\n${lies.join('\n')}`, { cause: error });
        },
      );
      tally(outcomes, outcome);
      if (progress && (run + 1) % 500 === 0) progress(run + 1);
    }
    return { outcomes, ways };
  } finally {
    await chains.close();
  }
}

/** Two claims on Ethereum: one resolved and past its air gap, one newer that nobody has refuted. */
async function recordedWorld(chains: SmallDeployment): Promise<EthereumWorld> {
  const { block: first } = await chains.transfer('0x00000000000000000000000000000000000000aa', 1n);
  const { block } = await chains.transfer('0x00000000000000000000000000000000000000aa', 2n);
  await chains.attest(block);
  const world = await EthereumWorld.over(chains);
  world.anchor(first.header.number, await chains.outputRoot(first));
  world.play(await world.mainchainBlock(10n), { resolvedAgo: BigInt(AIR_GAP) + 1n });
  world.anchor(block.header.number, await chains.outputRoot(block));
  world.play(await world.mainchainBlock(20n));
  await world.finalize();
  return world;
}

/** The heads that a newcomer reaches; refused where there is none. */
async function session(world: EthereumWorld, lie: Lie): Promise<object> {
  const { profile, now } = world;
  const follower = new Follower({
    ...world.sources(lie),
    profile,
    digest: profileDigest(profile),
    store: memoryStore(),
    now: () => now,
  });
  let error: unknown;
  for (const step of [() => follower.followMainchain(), () => follower.followExecution()])
    await step().catch((thrown: unknown) => (error ??= thrown));
  const { attested, anchored, final } = follower.heads;
  const { head, settled } = follower.root.heads;
  const heads = {
    mainchain: head?.hash,
    settled: settled?.hash,
    attested: attested?.block.hash,
    anchored: anchored?.block.hash,
    final: final?.block.hash,
  };
  if (error && Object.values(heads).every((hash) => hash === undefined)) throw error;
  return heads;
}
