import { HskError } from '../../protocol/errors.ts';

/** What came back in time: member index to answer. */
export interface Gathered<T> {
  answers: Map<number, T>;
  failures: Map<number, unknown>;
}

export interface GatherOptions {
  /** How many answers are enough. */
  threshold: number;
  /** Milliseconds after which a silent member counts as failed. */
  timeout: number;
  /** Milliseconds that stragglers get once there are enough. */
  grace: number;
}

/**
 * Asks all at once and waits for the threshold, not for the slowest. Resolves early when all answered, or
 * when enough did and the grace is over.
 *
 * @throws `COMMITTEE_BELOW_THRESHOLD` when too few answered in time
 */
export async function gather<T>(
  asks: readonly (() => Promise<T>)[],
  { threshold, timeout, grace }: GatherOptions,
): Promise<Gathered<T>> {
  const answers = new Map<number, T>();
  const failures = new Map<number, unknown>();
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(resolve, timeout);
    let patience: NodeJS.Timeout | undefined;
    const settle = () => {
      const open = asks.length - answers.size - failures.size;
      const decided = open === 0 || answers.size + open < threshold;
      if (answers.size >= threshold && !patience) patience = setTimeout(resolve, grace);
      if (decided) resolve();
      if (open === 0) {
        clearTimeout(deadline);
        clearTimeout(patience);
      }
    };
    asks.forEach((ask, index) => {
      Promise.resolve()
        .then(ask)
        .then(
          (answer) => answers.set(index, answer),
          (error: unknown) => failures.set(index, error),
        )
        .finally(settle);
    });
  });
  if (answers.size < threshold)
    throw new HskError('COMMITTEE_BELOW_THRESHOLD', 'Too few committee members signed', {
      details: `${answers.size} of ${threshold}; ${[...failures].map(([index, error]) => `member ${index}: ${String(error)}`).join('; ')}`,
      action: 'Start the missing members again; nothing is lost meanwhile.',
      cause: [...failures.values()][0],
    });
  return { answers: new Map(answers), failures: new Map(failures) };
}
