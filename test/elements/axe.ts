import axe from 'axe-core';
import { assert } from 'chai';

/** Fails with the rule and the element when axe finds anything in `element`, contrast included. */
export async function assertAccessible(element: Element): Promise<void> {
  // Colours in the middle of a transition are nobody's colours.
  const running = [...document.getAnimations(), ...(element.shadowRoot?.getAnimations() ?? [])];
  await Promise.all(
    running
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
      .map((animation) => animation.finished.catch(() => undefined)),
  );
  const { violations } = await axe.run(element, { resultTypes: ['violations'] });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary ?? ''}`),
  );
  assert.deepEqual(found, []);
}
