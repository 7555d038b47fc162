import { proxyCallback } from '../../workers/boundary.ts';

/** A worker that executes calls: the page opens the EVM's worker for it, and ends it. */
export interface UsesEvm {
  useEvm(open: () => Promise<MessagePort>, end: () => void): Promise<void>;
}

/**
 * Lets `remote` open the local EVM when it first needs it.
 *
 * @param createWorker for hosts whose CSP forbids `blob:` workers
 * @returns ends an EVM that runs
 */
export function offerEvm(remote: UsesEvm, createWorker?: () => Worker): () => void {
  let endOpened: (() => void) | undefined;
  const stop = () => {
    endOpened?.();
    endOpened = undefined;
  };
  const open = async () => {
    stop();
    const { openEvm } = await import('./open-evm.ts');
    const { port, end } = await openEvm(createWorker);
    endOpened = end;
    return port;
  };
  void remote.useEvm(proxyCallback(open), proxyCallback(stop)).catch(() => undefined);
  return stop;
}
