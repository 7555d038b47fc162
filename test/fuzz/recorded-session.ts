import { type Address, type Hex, numberToHex } from 'viem';
import { EvmTurns } from '../../src/evm/evm-turns.ts';
import { Follower } from '../../src/light-client/follower.ts';
import type { Query } from '../../src/light-client/light-client-api.ts';
import { answerRequest } from '../../src/light-client/provider.ts';
import { Reader } from '../../src/light-client/read.ts';
import { openSealedRoot } from '../../src/light-client/sealed-root.ts';
import { memoryStore, type Store } from '../../src/light-client/store.ts';
import type { Transport } from '../../src/light-client/transport.ts';
import { HskError, toHskError } from '../../src/protocol/errors.ts';
import { profileDigest } from '../../src/protocol/evidence.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { localEvm } from '../light-client/local-evm.ts';
import { EMITTER, holder, SmallDeployment } from '../light-client/small-deployment.ts';

type ChainName = 'mainchain' | 'execution';
/** Answers one question; throws where the peer refuses. */
export type Peer = (chain: ChainName, method: string, params: readonly unknown[]) => unknown;

const NOBODY: Address = '0x00000000000000000000000000000000000000bb';
const PAYEE: Address = '0x00000000000000000000000000000000000000aa';
/** Creates a contract that returns its slot 3, which holds 42. */
const SLOT_READER: Hex = '0x602a600355600b6011600039600b6000f360035460005260206000f3';
const word = (value: number): Hex => numberToHex(value, { size: 32 });

/** A question to the light client. */
export interface Question {
  name: string;
  ask(reader: Reader): Promise<unknown>;
}

/** Both chains at one moment, everything that an honest session asked of them, and what it was told. */
export interface Recording {
  profile: ChainProfile;
  /** Seconds since 1970. */
  now: bigint;
  peer: Peer;
  /** All answers, as material for lies. */
  answers: unknown[];
  /** What the honest session verified. */
  store: Store;
  questions: Question[];
}

/** A client in the middle of a session, without its timers. */
export function session(recording: Pick<Recording, 'profile' | 'now'>, peer: Peer, store: Store): Reader {
  const transport = (chain: ChainName): Transport => ({
    request: async (method, params) => peer(chain, method, params),
  });
  const { profile, now } = recording;
  return new Reader(
    new Follower({
      profile,
      digest: profileDigest(profile),
      mainchain: transport('mainchain'),
      execution: transport('execution'),
      openRoot: openSealedRoot,
      store,
      now: () => now,
    }),
    new EvmTurns(localEvm, 10_000),
  );
}

/** Runs an honest session over a chain with every kind of thing that can be read, and records it. */
export async function record(): Promise<Recording> {
  const chains = await SmallDeployment.open();
  try {
    const slotReader = await chains.deploy(SLOT_READER);
    const first = await chains.transfer(EMITTER, 1n, word(3));
    await chains.transfer(PAYEE, 5n);
    const logged = await chains.transfer(EMITTER, 2n, word(4));
    await chains.anchor(first.block.header.number, await chains.outputRoot(first.block));
    for (let block = 0; block < 3; block++) await chains.mainchain.produce();
    await chains.attest(logged.block);
    await chains.anchor(logged.block.header.number, await chains.outputRoot(logged.block));

    const known = new Map<string, { answer?: unknown; refusal?: string }>();
    const keyOf = (...question: unknown[]) => JSON.stringify(question).toLowerCase();
    const live = async (chain: ChainName, method: string, params: readonly unknown[]): Promise<unknown> => {
      const key = keyOf(chain, method, params);
      // The chains go on; the recording stays at the moment of its first question.
      const said = known.get(key);
      if (said) return said.answer;
      try {
        const answer = await chains[chain].request(method, [...params]);
        known.set(key, { answer: structuredClone(answer) });
        return answer;
      } catch (error) {
        known.set(key, { refusal: toHskError(error).message });
        throw new HskError('RPC_ERROR', toHskError(error).message);
      }
    };
    const profile = chains.firstProfile;
    const now = BigInt(Math.floor(Date.now() / 1000));
    const questions = questionsOf(slotReader, first.hash, logged.hash, logged.block.header.number);
    const store = memoryStore();
    const reader = session({ profile, now }, live, store);
    await reader.follower.followMainchain();
    await reader.follower.followExecution();
    for (const { ask } of questions) await ask(reader);
    // Once more from what was saved: it asks less, and some things otherwise.
    const again = session({ profile, now }, live, store);
    await again.follower.recall();
    for (const { ask } of questions) await ask(again);

    return {
      profile,
      now,
      store,
      questions,
      answers: [...known.values()].filter(({ answer }) => answer !== undefined).map(({ answer }) => answer),
      peer: (...question) => {
        const said = known.get(keyOf(...question));
        if (!said || said.refusal !== undefined)
          throw new HskError(
            'RPC_ERROR',
            said?.refusal ?? `nobody asked in the recorded session: ${keyOf(...question)}`,
          );
        return said.answer;
      },
    };
  } finally {
    await chains.close();
  }
}

function questionsOf(slotReader: Address, first: Hex, logged: Hex, top: bigint): Question[] {
  const read = (name: string, query: Query): Question => ({ name, ask: (reader) => reader.read(query) });
  const rpc = (method: string, ...params: unknown[]): Question => ({
    name: method,
    ask: (reader) => answerRequest(reader, { method, params }),
  });
  const evidence = (name: string, query: Query): Question => ({
    name: `evidence of ${name}`,
    ask: async (reader) => reader.evidence((await reader.read(query)).evidenceId),
  });
  const account: Query = { kind: 'account', address: holder.address };
  const call: Query = { kind: 'call', call: { to: slotReader } };
  const receipt: Query = { kind: 'receipt', transactionHash: logged };
  return [
    read('account', account),
    read('account absent', { kind: 'account', address: NOBODY }),
    read('storage', { kind: 'storage', address: EMITTER, slots: [word(2), word(7)] }),
    read('receipt', receipt),
    read('logs', { kind: 'logs', address: EMITTER, topics: [], fromBlock: 0n, toBlock: top }),
    read('logs of a topic', {
      kind: 'logs',
      address: EMITTER,
      topics: [word(4)],
      fromBlock: 1n,
      toBlock: top,
    }),
    read('code', { kind: 'code', address: EMITTER }),
    read('block', { kind: 'block', number: top }),
    read('call', call),
    rpc('eth_getBalance', PAYEE, 'latest'),
    rpc('eth_getTransactionCount', holder.address, 'finalized'),
    rpc('eth_getStorageAt', EMITTER, '0x2', 'safe'),
    rpc('eth_getCode', EMITTER, 'latest'),
    rpc('eth_call', { to: slotReader }, 'latest'),
    rpc('eth_getBlockByNumber', numberToHex(top), true),
    rpc('eth_getBlockByNumber', '0x1', false),
    rpc('eth_getTransactionByHash', first),
    rpc('eth_getTransactionReceipt', logged),
    rpc('eth_getLogs', { address: EMITTER, fromBlock: '0x0', toBlock: numberToHex(top) }),
    evidence('account', account),
    evidence('storage', { kind: 'storage', address: EMITTER, slots: [word(2)] }),
    evidence('receipt', receipt),
    evidence('code', { kind: 'code', address: EMITTER }),
    evidence('block', { kind: 'block', number: top }),
    evidence('call', call),
  ];
}
