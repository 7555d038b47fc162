import assert from 'node:assert/strict';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { executeClaim } from '../../src/evm/execute-claim.ts';
import { runCall } from '../../src/evm/run-call.ts';
import type { Reader } from '../../src/light-client/read.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { HskError } from '../../src/protocol/errors.ts';
import {
  bigintToString,
  type Evidence,
  parseEvidence,
  serializeEvidence,
} from '../../src/protocol/evidence.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { atLeast, type Proven, RUNGS } from '../../src/protocol/trust.ts';
import { type EvidenceDecision, verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { type Peer, type Question, record, type Recording, session } from './recorded-session.ts';
import type { FuzzOptions } from './run.ts';

/** Milliseconds after which an answer counts as never given. */
const HANGS = 20_000;

/** What became of the runs: `the truth`, `nothing` (null), or the code of the refusal. */
export type Outcomes = Map<string, number>;

/** So many altered answers to a recorded session: each is refused with a typed error or changes nothing. */
export async function fuzz({ runs, seed }: FuzzOptions): Promise<void> {
  const recording = await record();
  const begun = performance.now();
  const { outcomes, ways } = await mutationRun(recording, { runs, seed }, (done) =>
    console.log(`  ${done} after ${((performance.now() - begun) / 1000).toFixed(0)} s`),
  );
  show(runs, begun, ways, outcomes);
}

/** The counts of a run that began then, by `performance.now()`. */
export function show(runs: number, begun: number, ...counted: Outcomes[]): void {
  const seconds = (performance.now() - begun) / 1000;
  for (const counts of counted) {
    console.log('');
    for (const [name, count] of [...counts].toSorted((a, b) => b[1] - a[1]))
      console.log(`  ${String(count).padStart(8)}  ${name}`);
  }
  console.log(
    `\n${runs} mutations in ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} a second; none accepted`,
  );
}

/** @throws at the first false value, untyped error or hanging answer, with the seed that repeats it */
export async function mutationRun(
  recording: Recording,
  { runs, seed }: FuzzOptions,
  progress?: (done: number) => void,
): Promise<{ outcomes: Outcomes; ways: Outcomes }> {
  const outcomes: Outcomes = new Map();
  const ways: Outcomes = new Map();
  const truths = await Promise.all(
    recording.questions.map(async (question) => {
      const reader = await recalled(recording, recording.peer);
      return { question, truth: await question.ask(reader), asked: await countAsked(recording, question) };
    }),
  );
  const heads = await followed(recording, recording.peer);
  const isDocument = ({ question }: { question: Question }) => question.name.startsWith('evidence');
  const documents = truths.filter(isDocument);
  const reads = truths.filter((each) => !isDocument(each));
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    for (let run = 0; run < runs; run++) {
      const random = new Random(seed + run);
      const lies: (() => string)[] = [];
      // Pairings cost a hundred times what hashes do: most runs are plain reads.
      const kind = random.below(100);
      const follows = kind < 2;
      const { question, truth, asked } = random.pick(kind < 5 ? documents : reads);
      const total = follows ? heads.asked : asked;
      const which = new Set([random.below(total), ...(random.chance(25) ? [random.below(total)] : [])]);
      let count = 0;
      const peer: Peer = (chain, method, params) => {
        const honest = recording.peer(chain, method, params);
        if (!which.has(count++)) return honest;
        const [way, said] = mutate(random, honest, recording.answers);
        tally(ways, way);
        lies.push(() => `${chain} ${method} ${text(params)}: ${way}: ${text(said)?.slice(0, 2000)}`);
        return said;
      };
      const outcome = await judge(
        follows
          ? followed(recording, peer).then(({ told }) => told)
          : kind < 4
            ? alteredDocument(random, truth as string, recording, lies, ways)
            : ask(recording, peer, question),
        (value) => (follows ? sameHeads(value, heads.told) : sameAnswer(question, value, truth, recording)),
      ).catch((error: unknown) => {
        throw new Error(
          `seed ${seed + run}, ${follows ? 'following' : kind < 4 ? 'the document: ' : ''}${follows ? '' : question.name}: ${String(error)}\n${lies.map((lie) => lie()).join('\n')}`,
          { cause: error },
        );
      });
      tally(outcomes, outcome);
      if (progress && (run + 1) % 10_000 === 0) progress(run + 1);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual(unhandled, [], 'a rejection that nobody handled');
  } finally {
    process.off('unhandledRejection', note);
  }
  return { outcomes, ways };
}

/** The truth, nothing, or the code of a typed error. @throws for anything else */
export async function judge(
  answer: Promise<unknown>,
  isTrue: (value: unknown) => boolean | Promise<boolean>,
): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), HANGS);
  });
  try {
    const value = await Promise.race([answer, hangs]);
    assert.ok(await isTrue(value), `a false value was accepted: ${JSON.stringify(value, bigintToString)}`);
    return value === null ? 'nothing' : 'the truth';
  } catch (error) {
    if (error instanceof HskError) return error.code;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function recalled(recording: Recording, peer: Peer): Promise<Reader> {
  const reader = session(recording, peer, recording.store);
  await reader.follower.recall();
  return reader;
}

async function ask(recording: Recording, peer: Peer, question: Question): Promise<unknown> {
  return question.ask(await recalled(recording, peer));
}

async function countAsked(recording: Recording, question: Question): Promise<number> {
  let count = 0;
  await ask(recording, (...asked) => (count++, recording.peer(...asked)), question);
  return count;
}

/** The heads a newcomer reaches; the error of a chain that could not be followed is thrown after both were tried. */
async function followed(recording: Recording, peer: Peer): Promise<{ told: unknown; asked: number }> {
  let asked = 0;
  const counted: Peer = (...question) => (asked++, peer(...question));
  const { follower } = session(recording, counted, memoryStore());
  const steps = [() => follower.followMainchain(), () => follower.followExecution()];
  let error: unknown;
  for (const step of steps) await step().catch((thrown: unknown) => (error ??= thrown));
  const { sequenced: _peers, ...heads } = follower.heads;
  const told = {
    mainchain: follower.root.heads.head?.hash,
    attested: heads.attested?.block.hash,
    anchored: heads.anchored?.block.hash,
    final: heads.final?.block.hash,
  };
  if (error && Object.values(told).every((hash) => hash === undefined)) throw error;
  return { told, asked };
}

/** An evidence document altered after it was written. */
async function alteredDocument(
  random: Random,
  honest: string,
  { profile }: Recording,
  lies: (() => string)[],
  ways: Outcomes,
): Promise<string> {
  const [way, said] = mutate(random, JSON.parse(honest), [JSON.parse(honest)]);
  tally(ways, way);
  lies.push(() => `document: ${way}: ${text(said)?.slice(0, 5000)}`);
  const evidence = parseEvidence(said);
  await verified(evidence, profile);
  return serializeEvidence(evidence);
}

async function verified(evidence: Evidence, profile: ChainProfile): Promise<EvidenceDecision> {
  const executed = await executeClaim(evidence, profile.execution.chainId, runCall);
  return verifyEvidence(evidence, profile, anchorRegistrySlots, executed);
}

/** Each head is the honest one or absent. */
export function sameHeads(value: unknown, honest: unknown): boolean {
  const truth = Object.values(honest as object);
  return Object.values(value as object).every((hash) => hash === undefined || truth.includes(hash));
}

async function sameAnswer(
  question: Question,
  value: unknown,
  truth: unknown,
  { profile }: Recording,
): Promise<boolean> {
  if (question.name.startsWith('evidence')) {
    const [said, honest] = [value, truth].map((text) => parseEvidence(JSON.parse(text as string)));
    // What is written holds, whatever was lied about on the way.
    const { claim } = await verified(said!, profile);
    return text({ ...claim, block: 0 }) === text({ ...honest!.claim, block: 0 });
  }
  // JSON-RPC's null for a transaction says that none is known, not that there is none.
  if (value === null) return /^eth_getTransaction(ByHash|Receipt)$/.test(question.name);
  if (typeof truth !== 'object' || truth === null || !('rung' in truth)) return text(value) === text(truth);
  const [said, honest] = [value as Proven<unknown>, truth as Proven<unknown>];
  return (
    text([said.value, said.block]) === text([honest.value, honest.block]) &&
    RUNGS.includes(said.rung) &&
    atLeast(honest.rung, said.rung)
  );
}

export const text = (value: unknown) => JSON.stringify(value, bigintToString);

export function tally(counts: Outcomes, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
