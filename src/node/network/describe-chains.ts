import type { Chain, FollowedChain } from '../chain/chain.ts';
import type { Frame } from '../frame.ts';
import { ageOf, counted, type PartState } from '../ops/part-state.ts';
import { RemoteChain } from '../remote/remote-chain.ts';
import type { OpenChains } from './open-chains.ts';
import type { OwnChains } from './own-chains.ts';

/** Seconds without a block after which a chain stands still: several periods, or heartbeats. */
const STILL = { mainchain: 20, execution: 120 } as const;

/** The chains of this process, as parts of it. */
export function describeOwnChains(frame: Frame, own: OwnChains): void {
  for (const name of ['mainchain', 'execution'] as const) {
    const chain = own[name];
    if (chain) frame.describe(name, ownChain(chain, STILL[name]));
  }
}

/** The chains elsewhere that the parts of this process depend on. */
export function describeLinks(frame: Frame, chains: OpenChains): void {
  for (const name of ['mainchain', 'execution'] as const) {
    const chain = chains[name];
    if (chain instanceof RemoteChain) frame.describe(`${name} link`, () => link(chain));
  }
}

function ownChain(chain: Chain, still: number): () => Promise<PartState> {
  let transactions = 0;
  chain.onBlock((block) => {
    transactions += block.transactions.length;
  });
  return async () => {
    const age = ageOf(chain.head().header.timestamp);
    const { pending } = (await chain.request('txpool_status')) as { pending: string };
    const waiting = Number(pending);
    return {
      ok: age < still,
      words: `${ageWords(chain, age)}${waiting > 0 ? ` · ${counted(waiting)} transactions wait` : ''}`,
      figures: { ...figures(chain, age), pending_transactions: waiting, transactions_total: transactions },
    };
  };
}

function link(chain: RemoteChain): PartState {
  const age = ageOf(chain.head().header.timestamp);
  return {
    ok: chain.reachable,
    words: chain.reachable ? ageWords(chain, age) : `does not answer; last seen at ${ageWords(chain, age)}`,
    figures: { ...figures(chain, age), reachable: Number(chain.reachable) },
  };
}

function figures(chain: FollowedChain, age: number) {
  return { head_block: Number(chain.head().header.number), head_age_seconds: age };
}

function ageWords(chain: FollowedChain, age: number): string {
  return `block ${counted(chain.head().header.number)}, ${age} s old`;
}
