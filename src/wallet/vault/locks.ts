/** Runs tasks of one name one after another, whoever asks: tabs of one browser, vaults of one process. */
export interface Locks {
  exclusive<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/** Web Locks: held across all tabs and workers of the origin, freed when their holder dies. */
export function webLocks(): Locks {
  return {
    exclusive: async <T>(name: string, task: () => Promise<T>) =>
      // The lock manager's type does not see that the task's promise is awaited.
      (await navigator.locks.request(name, task)) as T,
  };
}

/** The same within one process. */
export function memoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    exclusive(name, task) {
      const result = (tails.get(name) ?? Promise.resolve()).then(task);
      tails.set(
        name,
        result.catch(() => undefined),
      );
      return result;
    },
  };
}
