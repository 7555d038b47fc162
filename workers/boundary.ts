import * as Comlink from 'comlink';
import { reviveError, type SerializedError, serializeError } from '../src/protocol/errors.ts';

/**
 * The wall between page and worker. Comlink carries only `message` and `stack` of an Error; this handler
 * carries our typed errors whole, and makes every other thrown value one of ours.
 */
const throwHandler = Comlink.transferHandlers.get('throw') as Comlink.TransferHandler<
  { value: unknown },
  SerializedError
>;

Comlink.transferHandlers.set('throw', {
  canHandle: throwHandler.canHandle,
  serialize: ({ value }: { value: unknown }) => [serializeError(value), []],
  deserialize: (error: SerializedError) => {
    throw reviveError(error);
  },
} as Comlink.TransferHandler<{ value: unknown }, SerializedError>);

/** Worker side: answers calls to `api` on this worker's own port, or on the endpoint given. */
export function exposeApi(api: object, endpoint?: Comlink.Endpoint): void {
  Comlink.expose(api, endpoint);
}

/** Page side. `T` lists asynchronous methods only; callbacks among the arguments must be `proxyCallback`s. */
export function wrapWorker<T>(worker: Worker | MessagePort): T {
  return Comlink.wrap(worker) as unknown as T;
}

/** A port as an argument or an answer: it goes over instead of being copied. */
export function transferPort(port: MessagePort): MessagePort {
  return Comlink.transfer(port, [port]);
}

/** An object whose methods the other side may call. */
export function proxyObject<T extends object>(object: T): T {
  return Comlink.proxy(object) as unknown as T;
}

export function proxyCallback<T extends (...args: never[]) => unknown>(callback: T): T {
  return Comlink.proxy(callback) as unknown as T;
}
