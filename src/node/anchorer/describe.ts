import type { FollowedChain } from '../chain/chain.ts';
import type { Aggregator } from '../committee/aggregator.ts';
import { counted, type Describe } from '../ops/part-state.ts';
import type { AnchorLog } from './anchor-log.ts';

/** Blocks without an attestation from which on attestations have stopped, not merely fallen behind. */
const STOPPED_BLOCKS = 25n;

/** How far attestations and anchors follow the execution chain. */
export function describeAnchorer(
  execution: FollowedChain,
  aggregator: Aggregator,
  anchors: AnchorLog,
): Describe {
  return () => {
    const head = execution.head().header.number;
    const attested = aggregator.latest?.attestation.blockNumber ?? 0n;
    const anchored = anchors.latest?.blockNumber ?? 0n;
    const behind = head > attested ? head - attested : 0n;
    const ok = behind < STOPPED_BLOCKS;
    return {
      ok,
      words: `attested block ${counted(attested)}${ok ? '' : `, ${counted(behind)} blocks behind`} · anchored block ${counted(anchored)}`,
      figures: {
        attested_block: Number(attested),
        unattested_blocks: Number(behind),
        anchored_block: Number(anchored),
      },
    };
  };
}
