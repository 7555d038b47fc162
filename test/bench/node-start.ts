import { rmSync } from 'node:fs';
import { startNode } from '../support/stack.ts';

export interface NodeStartFigures {
  /** Milliseconds from spawn to the line that says ready: keys, genesis, contracts of a new network. */
  firstMs: number;
  /** The same with the data folder of a node that was killed. */
  againMs: number;
}

/** Measures the packaged node as built. */
export async function measureNodeStart(): Promise<NodeStartFigures> {
  const begun = performance.now();
  const first = await startNode();
  const firstMs = performance.now() - begun;
  await first.kill('SIGKILL');
  const resumed = performance.now();
  const again = await startNode({ data: first.data });
  const againMs = performance.now() - resumed;
  await again.kill('SIGKILL');
  rmSync(first.data, { recursive: true, force: true });
  return { firstMs, againMs };
}
