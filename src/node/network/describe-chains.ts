import type { Chain, FollowedChain } from '../chain/chain.ts';
import type { Frame } from '../frame.ts';
import { ageOf, counted, type PartState } from '../ops/part-state.ts';
import type { PartName } from '../parts/parts.ts';
import type { RemoteChain } from '../remote/remote-chain.ts';
import type { OpenChains } from './open-chains.ts';

/** Seconds without a block after which a chain stands still: several periods, or heartbeats. */
const STILL = { mainchain: 20, execution: 120 } as const;

/** The chains of this process as its parts; those elsewhere as what the parts here depend on. */
export function describeChains(frame: Frame, chains: OpenChains, runs: (part: PartName) => boolean): void {
  for (const name of ['mainchain', 'execution'] as const) {
    const chain = chains[name];
    if (runs(name)) frame.describe(name, ownChain(chain as Chain, STILL[name]));
    else frame.describe(`${name} link`, () => link(chain as RemoteChain));
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
