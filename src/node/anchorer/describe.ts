import type { Aggregator } from '../committee/aggregator.ts';
import { counted, type Describe } from '../ops/part-state.ts';
import type { AnchorLog } from './anchor-log.ts';

/** How far attestations and anchors follow the execution chain, and which members carry them. */
export function describeAnchorer(aggregator: Aggregator, anchors: AnchorLog): Describe {
  return () => {
    const { head, attested, answering, members, stopped } = aggregator.status();
    const anchored = anchors.latest?.blockNumber ?? 0n;
    return {
      ok: !stopped,
      words: [
        stopped
          ? `attestations stopped at block ${counted(attested)}: ${stopped.reason}`
          : `attested block ${counted(attested)}`,
        `${answering} of ${members.length} members answer`,
        `anchored block ${counted(anchored)}`,
      ].join(' · '),
      figures: {
        attested_block: Number(attested),
        unattested_blocks: Number(head > attested ? head - attested : 0n),
        anchored_block: Number(anchored),
        members: members.length,
        members_answering: answering,
      },
    };
  };
}
