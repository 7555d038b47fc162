/** In a module of its own: the page loads it only for a profile that begins at Ethereum. */
export function createEthereumWorker(): Worker {
  return new Worker(new URL('../../workers/light-client-ethereum.worker.ts', import.meta.url), {
    type: 'module',
  });
}
